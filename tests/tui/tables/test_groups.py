"""Rows gathered under a property."""

from __future__ import annotations

from netscope.tui.tables.groups import group, registered_domain
from tests.tui.fake_reader import FakeReader

SHOWN = FakeReader().snapshot()


def test_domains_are_the_parts_somebody_registered() -> None:
    assert registered_domain("video.xx.fbcdn.net") == "fbcdn.net"
    assert registered_domain("www.bbc.co.uk.") == "bbc.co.uk"
    assert registered_domain("localhost") == "localhost"


def test_groups_add_up_and_lead_to_their_members() -> None:
    groups = group("flow", SHOWN.flows, "device")
    assert sum(row.members for row in groups) == len(SHOWN.flows)
    assert next(row for row in groups if row.label == "nas").term == "dev=nas"
