"""Of an excluded device nothing is kept: not its frames, nor what its neighbours say of it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from netscope.assemble import Options, assemble
from netscope.config.exclude import Exclude
from netscope.config.schema import Config
from netscope.demo.wire import SECOND, Frame
from netscope.engine.correlate.exclusion import Exclusion, is_device
from netscope.engine.outbox import Outbox
from netscope.model.dns import DnsRecord
from netscope.model.errors import NetScopeError
from netscope.model.link import ArpMessage
from netscope.model.records import DnsQuery
from tests.engine.memory_source import MemorySource
from tests.engine.small_network import (
    LAPTOP,
    PHONE,
    ROUTER_MAC,
    SERVER,
    START_NS,
    arp_reply,
    conversation,
    in_order,
    lookup,
    tls_hello,
)

PHONE_IP = "192.168.1.31"
PHONE_MAC = PHONE.mac.hex(":")


def an_evening_with_the_phone() -> list[Frame]:
    """The phone claims its address, looks a name up and uses it, the laptop talks to it and resolves its name."""
    return in_order(
        [arp_reply(ROUTER_MAC, "192.168.1.1", START_NS), arp_reply(PHONE.mac, PHONE_IP, START_NS + 1)],
        lookup(PHONE, "app-measurement.com", "93.184.216.34", START_NS + SECOND),
        conversation(PHONE, SERVER, 443, tls_hello("app-measurement.com"), b"x", START_NS + 2 * SECOND),
        conversation(LAPTOP, PHONE, 8080, b"GET / HTTP/1.1\r\nHost: phone\r\n\r\n", b"x", START_NS + 3 * SECOND),
        lookup(LAPTOP, "phone.home.example", PHONE_IP, START_NS + 4 * SECOND, port=41000),
        lookup(LAPTOP, "www.example.org", "93.184.216.34", START_NS + 5 * SECOND, port=41001),
    )


def everything_in(path: Path) -> str:
    """Every value of every table."""
    connection = sqlite3.connect(path)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}  # noqa: S608
    connection.close()
    return json.dumps(rows, default=str).lower()


@pytest.mark.parametrize("excluded", [PHONE_MAC, PHONE_MAC.upper().replace(":", "-"), PHONE_IP])
def test_nothing_of_it_is_in_any_table_or_on_the_screen(tmp_path: Path, excluded: str) -> None:
    outbox = Outbox()
    config = Config(exclude=Exclude(devices=(excluded,)))
    engine = assemble(
        Options(record=tmp_path / "home.db", config=config, learning_s=0),
        MemorySource(an_evening_with_the_phone()),
        outbox=outbox,
    )
    engine.run()
    assert engine.error is None
    kept = everything_in(tmp_path / "home.db")
    for trace in (PHONE_IP, "31.1.168.192", "app-measurement", "phone.home.example"):
        assert trace not in kept
    if excluded != PHONE_IP:
        assert PHONE_MAC not in kept
    assert "www.example.org" in kept
    assert LAPTOP.mac.hex(":") in kept
    assert outbox.latest is not None
    assert PHONE_IP not in repr(outbox.latest)
    assert engine.pipeline.session.counters["excluded_packets"] > 10
    assert engine.pipeline.session.packets == len(an_evening_with_the_phone())


def test_without_a_list_all_is_kept(tmp_path: Path) -> None:
    engine = assemble(Options(record=tmp_path / "home.db"), MemorySource(an_evening_with_the_phone()))
    engine.run()
    kept = everything_in(tmp_path / "home.db")
    assert all(trace in kept for trace in (PHONE_IP, PHONE_MAC, "app-measurement", "phone.home.example"))


def test_its_address_is_learned_from_arp_and_left_out_where_its_mac_is_not_seen(tmp_path: Path) -> None:
    """Behind another router its packets carry that router's MAC."""
    elsewhere = PHONE._replace(mac=bytes.fromhex("2c91ab000002"))
    frames = [
        arp_reply(PHONE.mac, PHONE_IP, START_NS),
        *conversation(elsewhere, SERVER, 443, tls_hello("app-measurement.com"), b"x", START_NS + SECOND),
    ]
    config = Config(exclude=Exclude(devices=(PHONE_MAC,)))
    engine = assemble(Options(record=tmp_path / "home.db", config=config), MemorySource(frames))
    engine.run()
    kept = everything_in(tmp_path / "home.db")
    assert "app-measurement" not in kept
    assert PHONE_IP not in kept


def test_arp_of_it_and_about_it_is_hidden() -> None:
    exclusion = Exclusion([PHONE_MAC])
    nobody, router = "00:00:00:00:00:00", ROUTER_MAC.hex(":")
    assert exclusion.hides(ArpMessage(1, PHONE_MAC, PHONE_IP, nobody, "192.168.1.1"))
    assert exclusion.hides(ArpMessage(1, router, "192.168.1.1", nobody, PHONE_IP))
    assert not exclusion.hides(ArpMessage(1, router, "192.168.1.1", nobody, "192.168.1.32"))


def a_query(name: str, *answers: str) -> DnsQuery:
    query = DnsQuery(None, "192.168.1.2", "192.168.1.1", "udp", START_NS, 7, name, "A", "NOERROR")
    query.answers = tuple(DnsRecord(name, "A", 1, 60, text, False) for text in answers)
    return query


@pytest.mark.parametrize(
    ("record", "is_hidden"),
    [
        (a_query("a.example", "192.168.1.32", "192.168.1.3"), False),
        (a_query("a.example", "10.0.0.1", PHONE_IP), True),
        (a_query("31.1.168.192.in-addr.arpa"), True),
    ],
)
def test_records_that_name_it_are_told_apart(record: object, is_hidden: bool) -> None:
    assert Exclusion([PHONE_IP]).names(record) is is_hidden


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("192.168.1.5", True),
        ("http://192.168.1.5:80/desc.xml", True),
        ("192.168.1.50", False),
        ("192.168.1.5.6", False),
        ("1192.168.1.5", False),
        ("AABBCCDDEEFF", True),
        ("aa-bb-cc-dd-ee-ff", True),
        ("aabbccddeeff00", False),
        ("fe80::a8bb:ccff:fedd:eeff", True),
        ("5.1.168.192.in-addr.arpa", True),
        ("15.1.168.192.in-addr.arpa", False),
        ("2001:db8::5", True),
        ("2001:db8::51", False),
    ],
)
def test_it_is_known_in_every_way_it_is_written(text: str, is_named: bool) -> None:
    exclusion = Exclusion(["aa:bb:cc:dd:ee:ff", "192.168.1.5", "2001:db8::5"])
    assert exclusion.names((text,)) is is_named


def test_entries_are_macs_or_addresses() -> None:
    assert [is_device(text) for text in ("aa:bb:cc:dd:ee:ff", "AA-BB-CC-DD-EE-FF", "10.0.0.1", "fe80::1")] == [True] * 4
    assert [is_device(text) for text in ("", "aa:bb", "10.0.0", "host", "10.0.0.0/8")] == [False] * 5


def test_there_is_a_bound() -> None:
    with pytest.raises(NetScopeError, match="at most 64 MACs and 256 addresses"):
        Exclusion([f"02:00:00:00:00:{number:02x}" for number in range(65)])
    exclusion = Exclusion(["aa:bb:cc:dd:ee:ff"])
    for number in range(1000):
        exclusion.hides(ArpMessage(1, "aa:bb:cc:dd:ee:ff", f"10.0.{number >> 8}.{number & 255}", "", "10.9.9.9"))
    assert len(exclusion.addresses) < 256
