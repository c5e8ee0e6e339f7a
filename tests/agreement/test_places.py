"""Every network of MaxMind's test databases, by the command line into a recording, against the databases' records."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import maxminddb
import pytest

from netscope.demo.synthesis import write_pcap
from netscope.demo.wire import End, Frame, ip_bytes, udp
from netscope.engine.enrich.special_ranges import inner_ipv4, special_name
from tests.engine.enrich.test_place import renamed
from tests.engine.small_network import PHONE, ROUTER_MAC, START_NS

KINDS = ("City", "Country", "ASN")
PHONE_V6 = End(PHONE.mac, ip_bytes("fd00::31"))


def documented(folder: Path) -> dict[str, tuple[str | None, str | None, int | None, str | None]]:
    """(country, city, AS number, AS owner) by the first, middle and last address of every network, the global ones."""
    readers = {kind: maxminddb.open_database(folder / f"GeoLite2-{kind}-Test.mmdb") for kind in KINDS}
    networks = {network for reader in readers.values() for network, _ in reader}
    addresses = {str(n[place]) for n in networks for place in (0, n.num_addresses // 2, n.num_addresses - 1)}
    found = {}
    for address in addresses:
        packed = ip_address(address).packed
        if special_name(inner_ipv4(packed) or packed) is None:
            city, country, asn = (_record(readers[kind], address) for kind in KINDS)
            found[address] = (
                _country(city) or _country(country), city.get("city", {}).get("names", {}).get("en"),
                asn.get("autonomous_system_number"), asn.get("autonomous_system_organization"),
            )  # fmt: skip
    return found


def _record(reader: maxminddb.Reader, address: str) -> dict[str, Any]:
    record = reader.get(address)
    return record if isinstance(record, dict) else {}


def _country(record: dict[str, Any]) -> str | None:
    for kind in ("country", "registered_country"):
        code = record.get(kind, {}).get("iso_code")
        if code is not None:
            return str(code)
    return None


def asked(addresses: Iterator[str]) -> Iterator[Frame]:
    for number, address in enumerate(addresses):
        client = PHONE_V6 if ":" in address else PHONE
        server = End(ROUTER_MAC, ip_bytes(address))
        yield START_NS + number * 1_000_000, udp(client, 40000, server, 9999, b"\x01\x02\x03")


@pytest.mark.parametrize("maker", ["GeoLite2-{}", "DBIP-{}-Lite"])
def test_every_documented_network_has_its_place_in_the_recording(maker: str, shared_dir: Path, tmp_path: Path) -> None:
    folder = shared_dir / "data" / "geoip"
    truth = documented(folder)
    assert len(truth) > 1_900
    write_pcap(tmp_path / "asked.pcap", asked(iter(truth)))
    arguments = [sys.executable, "-m", "netscope", "-r", tmp_path / "asked.pcap", "--record", tmp_path / "home.db"]
    for kind in KINDS:
        copy = renamed(folder / f"GeoLite2-{kind}-Test.mmdb", maker.format(kind), tmp_path / f"{kind}.mmdb")
        arguments += ["--geoip", copy]
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "none")}
    run = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    rows = sqlite3.connect(tmp_path / "home.db").execute("SELECT server_ip, country, city, asn, as_org FROM flows")
    recorded = {str(ip_address(ip)): tuple(place) for ip, *place in rows}
    wrong = {ip: (place, recorded.get(ip)) for ip, place in truth.items() if recorded.get(ip) != place}
    assert not wrong, json.dumps(wrong, indent=1)
