"""Alerts in lists."""

from __future__ import annotations

import pytest

from netscope.tui.tables.alerts import choose, severity_style, title
from tests.tui.fake_reader import FakeReader

ROWS = FakeReader().snapshot().alerts


@pytest.mark.parametrize(
    ("choice", "rules"),
    [
        ("all", ["beacon", "new_device", "new_name", "port_scan", "traffic"]),
        ("high", ["beacon"]),
        ("new", ["beacon", "new_device"]),
        ("done", ["new_name", "port_scan", "traffic"]),
    ],
)
def test_choices(choice: str, rules: list[str]) -> None:
    assert [row.detector for row in choose(ROWS, choice)] == rules


def test_a_title_does_not_repeat_the_device_beside_it() -> None:
    row = ROWS[0]._replace(device_name="nas", title="nas calls every 30 s")
    assert title(row) == "Calls every 30 s"
    assert title(row._replace(title="Port scan of nas")) == "Port scan of nas"


def test_what_is_done_is_never_loud() -> None:
    assert [severity_style(row) for row in ROWS[:3]] == ["warn", "accent", "dim"]
