"""Memory: every table of every detector refuses at its bound under a flood of keys, and says so."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sized
from itertools import islice, product
from typing import Any

import pytest

from netscope.engine.analyze import new_device
from netscope.engine.analyze.catalogue import all_detectors
from netscope.engine.analyze.judge import Judge
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import Room
from netscope.engine.analyze.unusual_traffic import UnusualTraffic
from netscope.model.dns import DnsRecord
from netscope.model.flow import Flow
from netscope.model.records import DeviceSeen, DnsQuery, IcmpErrorSeen
from netscope.model.service import ClearCredential, HeartbeatSeen, PortMappingSeen, ServiceSeen, WebAttackSeen
from tests.engine.analyze.samples import (
    at,
    certificate,
    claim,
    device,
    dhcp,
    flow,
    hello,
    query,
    refused,
    request,
    unanswered,
)

MEMORY_BOUND_BYTES = 60_000_000
"""All detectors' tables together at a bound of 2,000 a table and with the flood below."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table at most 50 entries."""
    monkeypatch.setattr(Room, "keys", 50)


def addresses(count: int) -> list[str]:
    return [f"10.{a}.{b}.{c}" for a, b, c in islice(product(range(1, 250), range(1, 250), range(1, 250)), count)]


def answered(name: str, address: str, seconds: float) -> DnsQuery:
    """By LLMNR."""
    records = (DnsRecord(name, "A", 1, 30, address, False),)
    return DnsQuery(None, "10.0.0.1", "224.0.0.252", "llmnr", at(seconds), 7, name, "A", "NOERROR", records)


def flood(judge: Judge, count: int) -> None:
    for n, address in enumerate(addresses(count)):
        mac = f"02:00:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:00:{n & 255:02x}"
        owner = device(n + 1, mac, bytes_sent=n)
        judge.observe(DeviceSeen(owner, at(n / 1000), True, address))
        same: dict[str, Any] = {"client": address, "device_id": n + 1, "seconds": n / 1000}
        flows: list[Flow] = [
            refused(80, **same), unanswered(445, server=f"203.0.113.{n % 250}", **same),
            unanswered(99, server=f"198.51.{n % 250}.9", protocol="udp", **same), flow(country="DE", asn=n, **same),
            flow(port=22, size=(900, 900), **same),
            flow(port=4444, app_protocol="stratum", app_protocol_source="content", **same),
            flow(server=address, server_device_id=n + 1, **(same | {"client": f"198.51.{n % 250}.{n % 199}"})),
            flow(port=0, server=f"198.18.{n >> 8}.{n & 255}", protocol="icmp", packets=(9, 0), **same),
            flow(port=9, server=f"198.19.{n >> 8}.{n & 255}", protocol="udp", packets=(9, 0), **same),
            flow(port=n % 1000, state="OTH", history="", packets=(1, 0), **same),
            flow(port=7777, lasts_s=20_000, **same),
            flow(port=53, server="198.51.100.53", protocol="udp", packets=(0, 20), **same),
        ]  # fmt: skip
        for made in flows:
            judge.flow_opened(made)
            judge.flow_closed(made)
        for record in (
            claim(mac, address, n / 1000, reply=False, target="10.0.0.1"),
            query(f"x{n}.zone{n}.org", n / 1000, client=address),
            query(f"y{n}.zone{n}.org", n / 1000, client=address, rcode="NXDOMAIN"),
            query(f"z{n}.zone{n}.org", n / 1000, client=address, rcode="NOERROR", answers=("203.0.113.9",)),
            dhcp("DISCOVER", n / 1000, mac=mac),
            hello(n / 1000, of=flows[3], ja4=f"ja4-{n}", sni=f"s{n}.org"),
            request(f"/a?email=a{n}@b.org", n / 1000, status=404, of=flows[3], host=f"h{n}.org", id=n + 1),
            request(f"/a?email=a{n}@b.org", n / 1000, status=None, of=flows[3], host=f"h{n}.org", id=n + 1),
            WebAttackSeen(flows[3], at(n / 1000), f"h{n}.org", "Log4Shell", "/"),
            ServiceSeen(flows[3], at(n / 1000), "backdoor", "shell", "Unix shell", "client"),
            PortMappingSeen(flows[3], at(n / 1000), "tcp", 80, 80, None, None),
            HeartbeatSeen(flows[3], at(n / 1000), True, 99, 0, 0),
            IcmpErrorSeen(at(n / 1000), address, 3, 3, 17, "10.0.0.1", 5, address, n),
            answered(f"n{n}", address, n / 1000),
            certificate(of=flows[3], sha256=f"{n:064x}", self_signed=True),
            hello(n / 1000, of=flows[3], negotiated_version="SSLv3", cipher="TLS_RSA_WITH_RC4_128_SHA"),
            ClearCredential(flows[3], at(n / 1000), "ftp", "pass"),
        ):
            judge.observe(record)
        if n % 5 == 0:
            judge.second(at(n / 1000), flows)


@pytest.mark.usefixtures("small")
def test_full_tables_refuse_and_say_so() -> None:
    judge = Judge(all_detectors(None, ()))
    flood(judge, 400)
    counters = judge.counters()
    assert {name: n for name, n in counters.items() if name.endswith("_entries") and n > 50} == {}
    refusing = {name.removesuffix("_refused") for name, n in counters.items() if name.endswith("_refused") and n > 0}
    assert {
        "port_scan_pairs", "host_sweeps", "udp_scan_pairs", "arp_sweep_askers", "mac_flapping_macs", "dns_tunnel_zones",
        "nxdomain_storm_clients", "dns_rebinding_names", "fast_flux_names", "beacon_pairs", "brute_force_pairs",
        "mining_miners", "web_scan_pairs", "http_callback_hosts", "personal_url_pairs", "resolver_bypass",
        "new_place_country", "new_service", "hello_change", "upload", "fan_out_devices", "gateway_spoof_addresses",
        "address_conflict_addresses", "syn_flood", "udp_flood", "icmp_flood", "dhcp_flood", "web_attack_pairs",
        "stealth_scan_pairs", "os_probe_pairs", "weak_tls_clients", "clear_credentials_clients", "inbound_doors",
        "backdoor", "port_mapping", "heartbleed", "name_spoof_addresses", "reflection",
    } <= refusing  # fmt: skip


BY_DEVICE = frozenset(("_days", "_known", "_last_ns", "_learned", "_refused", "_senders"))
"""Keyed by device: as many as the device table holds."""


@pytest.mark.usefixtures("small")
def test_nothing_a_detector_holds_grows_past_its_bound() -> None:
    """Whatever it is called: each container of each detector is looked at."""
    judge = Judge(all_detectors(None, ()))
    flood(judge, 300)
    held = {
        f"{detector.name}.{name}": len(value)
        for detector in judge.detectors
        for name, value in ((name, getattr(detector, name)) for name in names_of(detector))
        if isinstance(value, Sized) and not isinstance(value, str) and name not in BY_DEVICE
    }
    assert len(held) > 45
    assert {name: size for name, size in held.items() if size > 50} == {}


@pytest.mark.usefixtures("small")
def test_devices_beyond_those_with_hours_of_their_own_are_counted() -> None:
    neighbours = Neighbours([device(n, f"02:00:00:00:00:{n:02x}") for n in range(60)])
    detector = UnusualTraffic(neighbours)
    detector.minute(at(0), [])
    assert detector.counters() == {"unusual_traffic_devices": 50, "unusual_traffic_refused": 10}


def names_of(detector: object) -> set[str]:
    """Attributes of an instance, whether it is interpreted or compiled."""
    own = {name for name in dir(detector) if name.startswith("_") and not name.startswith("__")}
    return {name for name in own if hasattr(detector, name)}


def test_a_flood_of_keys_stays_within_memory() -> None:
    judge = Judge(all_detectors(None, ()))
    tracemalloc.start()
    try:
        flood(judge, 800)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # 24 keys in as many tables for each of 800 strangers, their devices included.
    assert grown < MEMORY_BOUND_BYTES


def test_the_line_of_fresh_devices_is_bounded() -> None:
    detector = new_device.NewDevice(new_device.Limits(learning_s=0.0, at_once=10_000.0))
    for n in range(new_device.MAX_FRESH * 3):
        detector.observe(DeviceSeen(device(n, f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}"), at(n), True, None))
    updates = list(detector.second(at(10_000), []))
    assert len(updates) == new_device.MAX_FRESH
