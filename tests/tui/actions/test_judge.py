"""Names, marks, alerts, and taking it back."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SMALL, running
from tests.tui.fake_reader import FakeReader

pytestmark = pytest.mark.asyncio


async def test_judging_alerts_and_taking_it_back() -> None:
    async with running(SMALL, mode="alerts") as session:
        await session.press("a")
        assert session.reader.alert_states == {1: "acknowledged"}
        assert "Alerts 5 · 1 new" in session.text()
        await session.press("u")
        assert session.reader.alert_states == {1: "new"}
        assert "taken back: alert done" in session.lines()[-1]
        await session.press("b")
        assert "[high]" in session.text()
        assert "Alerts 1 of 5" in session.text()


async def test_an_allowed_alert_vanishes_and_comes_back() -> None:
    reader = FakeReader()
    async with running(SMALL, reader, mode="alerts") as session:
        assert "Alerts 5 · 2 new" in session.text()
        await session.press("i")
        assert [rule.key for rule in reader.allowed.rules] == [("beacon", "24:6f:28:aa:10:3c", "*")]
        assert "Alerts 4 · 1 new" in session.text()
        await session.press("u")
        assert reader.allowed.rules == ()
        assert "Alerts 5 · 2 new" in session.text()
        session.table("alerts").select(1)
        await session.press("I")
        assert [rule.key for rule in reader.allowed.rules] == [("beacon", "*", "*")]


async def test_naming_a_device_and_taking_it_back() -> None:
    async with running(SMALL, mode="devices") as session:
        session.table("devices").select(6)
        await session.press("n")
        await session.type("front door")
        await session.press("enter")
        assert session.reader.labels == {6: "front door"}
        assert "front door" in session.text()
        await session.press("u")
        assert session.reader.labels == {6: None}
        assert "espressif" in session.text()


async def test_a_note_on_a_device_is_shown_changed_and_taken_back() -> None:
    async with running(SMALL, mode="devices") as session:
        await session.press("enter")
        await session.press("N")
        await session.type("in the hall [b]since 2024")
        await session.press("enter")
        (device_id,) = session.reader.notes
        assert session.reader.notes == {device_id: "in the hall [b]since 2024"}
        assert "in the hall [b]since 2024" in session.line_with("Note ")
        await session.press("N")
        await session.press("enter")
        assert session.reader.notes == {device_id: "in the hall [b]since 2024"}
        await session.press("u")
        await session.press("u")
        assert session.reader.notes == {device_id: None}
        assert "in the hall" not in session.text()


async def test_marks_are_letters_and_can_be_filtered() -> None:
    async with running(SMALL, mode="flows") as session:
        session.table("flows").select(4)
        await session.press("m")
        assert session.line_with("github.com:22").rstrip().endswith("m")
        await session.press("slash")
        await session.type("mark:m")
        assert "Flows 1 of 17" in session.text()
