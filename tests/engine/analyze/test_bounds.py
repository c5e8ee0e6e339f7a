"""Memory: every table of every detector refuses at its bound under a flood of keys, and says so."""

from __future__ import annotations

import tracemalloc
from itertools import islice, product
from typing import Any

import pytest

from netscope.engine.analyze import new_device
from netscope.engine.analyze.catalogue import all_detectors
from netscope.engine.analyze.judge import Judge
from netscope.engine.analyze.tables import Room
from netscope.model.flow import Flow
from netscope.model.records import DeviceSeen
from tests.engine.analyze.samples import at, claim, device, dhcp, flow, hello, query, refused, request, unanswered

MEMORY_BOUND_BYTES = 160_000_000
"""All detectors' tables together at a bound of 2,000 a table and with the flood below."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table at most 50 entries."""
    monkeypatch.setattr(Room, "keys", 50)


def addresses(count: int) -> list[str]:
    return [f"10.{a}.{b}.{c}" for a, b, c in islice(product(range(1, 250), range(1, 250), range(1, 250)), count)]


def flood(judge: Judge, count: int) -> None:
    for n, address in enumerate(addresses(count)):
        mac = f"02:00:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:00:{n & 255:02x}"
        owner = device(n + 1, mac, bytes_sent=n)
        judge.observe(DeviceSeen(owner, at(n / 1000), True, address))
        same: dict[str, Any] = {"client": address, "device_id": n + 1, "seconds": n / 1000}
        flows: list[Flow] = [
            refused(80, **same), unanswered(445, server=f"203.0.113.{n % 250}", **same),
            unanswered(99, server="198.51.100.9", protocol="udp", **same), flow(country="DE", asn=n, **same),
            flow(port=22, size=(900, 900), **same),
            flow(port=4444, app_protocol="stratum", app_protocol_source="content", **same),
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
        ):
            judge.observe(record)
        if n % 500 == 0:
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
        "address_conflict_addresses", "syn_flood",
    } <= refusing  # fmt: skip


def test_a_flood_of_keys_stays_within_memory() -> None:
    judge = Judge(all_detectors(None, ()))
    tracemalloc.start()
    try:
        flood(judge, 3000)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # 24 keys in as many tables for each of 3,000 strangers, their devices included.
    assert grown < MEMORY_BOUND_BYTES


def test_the_line_of_fresh_devices_is_bounded() -> None:
    detector = new_device.NewDevice(new_device.Limits(learning_s=0.0, at_once=10_000.0))
    for n in range(new_device.MAX_FRESH * 3):
        detector.observe(DeviceSeen(device(n, f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}"), at(n), True, None))
    updates = list(detector.second(at(10_000), []))
    assert len(updates) == new_device.MAX_FRESH
