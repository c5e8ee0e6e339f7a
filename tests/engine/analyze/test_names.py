"""Zones, local names and labels no person would choose."""

from __future__ import annotations

import pytest

from netscope.engine.analyze import names


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("www.example.com", "example.com"),
        ("a.b.c.bbc.co.uk", "bbc.co.uk"),
        ("data.t.co", "t.co"),
        ("example.com", "example.com"),
        ("printer", None),
        ("printer.local", None),
        ("1.1.168.192.in-addr.arpa", None),
    ],
)
def test_the_zone_of_a_name(name: str, zone: str | None) -> None:
    assert names.last_labels(name) == zone


def test_zones_match_whole_labels_only() -> None:
    zones = frozenset(("ntp.org",))
    assert names.is_under("ntp.org", zones)
    assert names.is_under("0.pool.ntp.org", zones)
    assert not names.is_under("notntp.org", zones)


@pytest.mark.parametrize("label", ["xkqzvbnmtr", "q8w3e7r2t5", "bcdfghjklm", "a1b2c3d4e5f6", "zxkvwqpjhd9"])
def test_made_up_labels(label: str) -> None:
    assert names.looks_generated(label)


@pytest.mark.parametrize(
    "label",
    ["wikipedia", "googletagmanager", "gardenriver", "my-long-blog", "xn--mnchen-3ya", "cdn", "spiegel", "facebook"],
)
def test_ordinary_labels(label: str) -> None:
    assert not names.looks_generated(label)


def test_entropy() -> None:
    assert names.entropy_bits("") == 0
    assert names.entropy_bits("aaaa") == 0
    assert names.entropy_bits("abcdefgh") == pytest.approx(3)
