"""A flow made by copying a template's slots is the flow its class makes."""

from __future__ import annotations

import sys

from netscope.engine.parse.meter import new_flow
from netscope.model.flow import Flow


def test_every_field_is_as_the_class_sets_it() -> None:
    made = new_flow(7, "192.0.2.1", 40000, "192.0.2.2", 443, "tcp", "5", "a4:83:e7:00:00:31", None, 99, 3)
    usual = Flow(7, "192.0.2.1", 40000, "192.0.2.2", 443, "tcp", "5", "a4:83:e7:00:00:31", None, 99, 99, slot=3)
    assert {name: getattr(made, name) for name in Flow.__slots__} == {
        name: getattr(usual, name) for name in Flow.__slots__
    }
    assert type(made) is Flow


def test_flows_share_no_state_and_leak_no_reference() -> None:
    name = "".join(["host", ".example"])
    before = sys.getrefcount(name)
    first = new_flow(1, name, 1, name, 2, "udp", None, None, None, 0, 0)
    second = new_flow(2, name, 1, name, 2, "udp", None, None, None, 0, 1)
    first.server_name = "first"
    assert second.server_name is None
    del first, second
    assert sys.getrefcount(name) == before
