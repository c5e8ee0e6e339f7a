"""Names and MACs made unrecognisable."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.export.address_masks import AddressMask
from netscope.export.name_masks import NameMask

ADDRESSES = AddressMask(bytes(range(32)))
MASK = NameMask(b"k" * 32, ADDRESSES, keep_oui=False)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("www.example.co.uk", r"[a-z2-7]{10}\.[a-z2-7]{10}\.co\.uk"),
        ("EXAMPLE.org", r"[a-z2-7]{10}\.org"),
        ("annas-tv.local", r"[a-z2-7]{10}\.local"),
        ("annas-tv", r"[a-z2-7]{10}"),
        ("nas.anna-family", r"[a-z2-7]{10}\.[a-z2-7]{10}"),
        ("*.example.org", r"\*\.[a-z2-7]{10}\.org"),
        ("Anna's TV._airplay._tcp.local", r"[a-z2-7]{10}\._airplay\._tcp\.local"),
        ("_services._dns-sd._udp.local", r"_services\._dns-sd\._udp\.local"),
        ("_%9E5E7C._sub._x._tcp.local", r"[a-z2-7]{10}\._sub\._x\._tcp\.local"),
        ("co.uk", r"co\.uk"),
        (".", r"\."),
    ],
)
def test_a_name_keeps_its_public_suffix_and_service_types(name: str, shape: str) -> None:
    assert re.fullmatch(shape, MASK.name(name))


def test_labels_are_the_same_where_names_are() -> None:
    first, second = MASK.name("www.example.org").split("."), MASK.name("api.EXAMPLE.org").split(".")
    assert first[1:] == second[1:]
    assert first[0] != second[0]


def test_reverse_names_are_of_the_masked_address() -> None:
    masked = ADDRESSES.text("198.51.100.7")
    assert masked is not None
    assert MASK.name("7.100.51.198.in-addr.arpa") == ".".join(reversed(masked.split("."))) + ".in-addr.arpa"
    nibbles = ".".join(reversed("20010db8000000000000000000000001"))
    assert MASK.name(f"{nibbles}.ip6.arpa").endswith(".ip6.arpa")
    assert nibbles not in MASK.name(f"{nibbles}.ip6.arpa")


def test_an_address_as_a_name_is_masked_as_one() -> None:
    assert MASK.name("198.51.100.7") == ADDRESSES.text("198.51.100.7")
    assert MASK.value("198.51.100.7") == ADDRESSES.text("198.51.100.7")


@given(st.text(max_size=60))
def test_any_text_has_a_name_and_a_value(text: str) -> None:
    assert isinstance(MASK.name(text), str)
    assert MASK.value(text) == MASK.value(text)


@pytest.mark.parametrize("mac", ["3c:28:6d:a1:77:4c", "5e:11:09:8c:42:d3", "01:00:5e:00:00:fb"])
def test_a_mac_keeps_its_kind(mac: str) -> None:
    masked = MASK.mac(mac)
    assert re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", masked)
    assert int(masked[:2], 16) & 3 == int(mac[:2], 16) & 3
    assert masked[:8] != mac[:8]
    assert MASK.mac(mac.upper().replace(":", "-")) == masked
    assert MASK.mac(mac, "1") != masked


def test_the_makers_part_may_stay() -> None:
    kept = NameMask(b"k" * 32, ADDRESSES, keep_oui=True).mac("3c:28:6d:a1:77:4c")
    assert kept.startswith("3c:28:6d:")
    assert not kept.endswith("a1:77:4c")


def test_broadcast_is_nobody() -> None:
    assert MASK.mac("ff:ff:ff:ff:ff:ff") == "ff:ff:ff:ff:ff:ff"
