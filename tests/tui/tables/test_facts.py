"""Facts, and whom a device talked to."""

from __future__ import annotations

from netscope.model.history import Destination
from netscope.tui.tables.facts import DESTINATIONS, destinations, rows_of


def test_facts_name_their_group_once_and_lead_to_others_alike() -> None:
    rows = rows_of([("TLS", "JA4", "t13d"), ("TLS", "version", "TLSv1.3"), ("Place", "country", "US")])
    assert [(row.group, row.term) for row in rows] == [("TLS", "ja4=t13d"), ("", None), ("Place", "cc=US")]
    assert rows_of([("TLS", "SNI", "none")])[0].term is None


def test_destinations_are_compared_with_the_largest_and_with_all() -> None:
    rows = destinations([Destination("a.example", 300, 1, "US", None), Destination("192.0.2.1", 100, 1, None, "X")])
    assert [(row.share, row.percent) for row in rows] == [(1.0, 0.75), (1 / 3, 0.25)]
    assert destinations([Destination("a", 0, 0, None, None)])[0].share == 0.0


def test_a_destination_leads_to_its_flows() -> None:
    term = DESTINATIONS.columns[0].term
    assert term is not None
    found = destinations([Destination(name, 1, 1, None, None) for name in ("a.example", "192.0.2.1", "2001:db8::1")])
    assert [term(row) for row in found] == ["name=a.example", "ip=192.0.2.1", "ip=2001:db8::1"]
