"""Putting totals into a summary."""

from __future__ import annotations

import pytest

from netscope.model.privacy import ALL, Total, summarise


def test_most_bytes_come_first_and_owners_without_bytes_by_hits() -> None:
    totals = {
        ALL: Total(9, 900, 9000),
        ("tracker", "Small", ""): Total(1, 1, 1),
        ("tracker", "Large", ""): Total(1, 50, 50),
        ("country", "IE", ""): Total(1, 1, 1),
        ("country", "US", ""): Total(1, 2, 2),
    }
    found = summarise(3, totals, {"Small": 9, "Asked": 2, "Asked more": 5}, [("Large", "social")], is_whole=True)
    assert [owner.owner for owner in found.trackers] == ["Large", "Small", "Asked more", "Asked"]
    assert found.trackers[0].categories == ("social",)
    assert [country.country for country in found.countries] == ["US", "IE"]
    assert (found.device_id, found.flows, found.bytes_sent, found.bytes_received) == (3, 9, 900, 9000)
    assert found.tracker_bytes == 102


@pytest.mark.parametrize(
    ("plain", "hidden", "share"), [(100, 0, 0.0), (0, 100, 1.0), (300, 100, 0.25), (None, None, None)]
)
def test_the_share_of_hidden_dns_is_of_bytes(plain: int | None, hidden: int | None, share: float | None) -> None:
    totals = {
        ("resolver", "192.168.1.1", "plain"): plain,
        ("resolver", "dns.quad9.net", "DNS over TLS"): hidden,
    }
    found = summarise(
        1, {key: Total(1, size, 0) for key, size in totals.items() if size}, {}, [], is_whole=True
    )  # fmt: skip
    assert found.encrypted_dns_share == share
