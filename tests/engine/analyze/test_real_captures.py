"""Real captures: each known attack is found, and ordinary ones make at most one alert above low."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.commands.detectors import judge_file
from netscope.engine.analyze.catalogue import all_detectors
from netscope.engine.analyze.detector import RANK
from netscope.engine.enrich.domains import registered_domain
from netscope.engine.enrich.stage import Enricher
from netscope.model.errors import NetScopeError
from netscope.model.records import Alert

FOUND = {
    "malcolm__zeek-quasarrat-detector__09ffabf7-774a-43a3-8c97-68f2046fd385.pcap": "beacon",
    "elcabezzonn__capture-Thu-11-24-16-10-28-11_cerber.pcap": "host_sweep",
    "chrissanders__cryptowall4_c2.pcapng": "http_callback",
    "chrissanders__ek_to_cryptowall4.pcapng": "http_callback",
    "ndpi__emotet.pcap": "program_download",
    "ndpi__synscan.pcap": "port_scan",
    "chrissanders__activeosfingerprinting.pcapng": "os_probe",
    "zeek__nmap-vsn.pcap": "arp_sweep",
    "esnet__nmap__nmap_80_all.pcap": "web_scan",
    "stopddos__pkt.TCP.synflood.spoofed.pcap": "syn_flood",
    "elastic__dns-tunnel-iodine.pcap": "dns_tunnel",
    "ndpi__dns_exfiltration.pcap": "dns_tunnel",
    "sniperdz__arp_spoofing.pcap": "gateway_spoof",
    "zeek__dhcp__dhcp_flood.pcap": "dhcp_flood",
    "ndpi__monero.pcap": "mining",
}
"""Capture of an attack -> the detector that must tell it, above low."""


@pytest.fixture(scope="module")
def enricher() -> Enricher:
    return Enricher.open(use_home=False)


def alerts_above_low(path: Path, enricher: Enricher) -> list[Alert]:
    alerts = judge_file(str(path), enricher, all_detectors(None, (), None, registered_domain)).values()
    return [alert for alert in alerts if RANK[alert.severity] > RANK["low"]]


@pytest.mark.parametrize("name", FOUND)
def test_the_attack_in_a_real_capture_is_found(name: str, captures_dir: Path, enricher: Enricher) -> None:
    assert FOUND[name] in {alert.detector for alert in alerts_above_low(captures_dir / name, enricher)}


def test_who_poses_as_router_is_named(captures_dir: Path, enricher: Enricher) -> None:
    """The recording begins with forged replies, so the first MAC heard is the wrong one."""
    alerts = alerts_above_low(captures_dir / "sniperdz__arp_spoofing.pcap", enricher)
    spoof = next(alert for alert in alerts if alert.detector == "gateway_spoof")
    assert spoof.severity == "critical"
    assert spoof.evidence["suspect_mac"] == "b4:b6:86:fb:db:07"
    assert spoof.evidence["other_mac"] == "50:a7:2b:73:a9:c6"


def test_the_scan_is_told_with_its_extent(captures_dir: Path, enricher: Enricher) -> None:
    alerts = alerts_above_low(captures_dir / "ndpi__synscan.pcap", enricher)
    scan = next(alert for alert in alerts if alert.detector == "port_scan")
    # Of 1,000 ports 3 answered, and the last tenth may not have been told separately.
    assert 900 <= scan.evidence["observed"]["failed_ports"] <= 997
    assert scan.evidence["target"] == "64.13.134.52"


@pytest.mark.timeout(300)
def test_ordinary_captures_make_at_most_one_alert_above_low(
    captures_dir: Path, truth_dir: Path, enricher: Enricher
) -> None:
    rows = [line.split("\t") for line in (truth_dir / "ANOMALIES.tsv").read_text().splitlines()[1:]]
    special = {row[0] for row in rows if row[-1] != "benign"}
    noisy = {}
    for path in sorted(captures_dir.glob("*.pcap*")):
        if path.name in special:
            continue
        try:
            alerts = alerts_above_low(path, enricher)
        except NetScopeError:
            continue
        if len(alerts) > 1:
            noisy[path.name] = [alert.title for alert in alerts]
    assert noisy == {}


def test_captures_named_as_ordinary_make_none(captures_dir: Path, truth_dir: Path, enricher: Enricher) -> None:
    rows = [line.split("\t") for line in (truth_dir / "ANOMALIES.tsv").read_text().splitlines()[1:]]
    benign = [row[0] for row in rows if row[-1] == "benign"]
    assert len(benign) >= 10
    assert {name: alerts_above_low(captures_dir / name, enricher) for name in benign} == {name: [] for name in benign}
