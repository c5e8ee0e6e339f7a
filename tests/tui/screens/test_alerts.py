"""Alerts explain themselves."""

from __future__ import annotations

import pytest

from netscope.model.snapshot import AlertRow
from netscope.tui.glyphs import BLOCKS
from netscope.tui.screens.alerts import rule_strips
from tests.tui.app_pilot import LARGE, SIZES, SMALL, running


@pytest.mark.asyncio
async def test_alerts_say_what_why_usual_check_and_data() -> None:
    async with running(SMALL, mode="alerts") as session:
        text = session.text()
        for words in ("What   This device calls", "Why    6 calls, mean gap 30.1 s", "rule: 5 calls", "within 1 h",
                      "Usual  Smart-home", "Check  Is it yours?", "gaps (s) 30 30.2"):  # fmt: skip
            assert words in " ".join(text.replace("\n        ", " ").split("\n")), words
        await session.press("enter")
        assert "Flows 1 · behind it" in session.text()
        assert "47.91.88.12:8883" in session.text()


@pytest.mark.asyncio
async def test_a_large_screen_tells_when_about_whom_and_by_which_flows() -> None:
    async with running(LARGE, mode="alerts") as session:
        text = session.text()
        for words in ("When by rule", "By device the worst first", "Allowed 0", "24:6f:28:aa:10:3c", "behind it",
                      "Others 1"):  # fmt: skip
            assert words in text, words
        assert "!" in session.line_with(" port scan ")


@pytest.mark.asyncio
async def test_what_is_allowed_can_be_taken_back_in_the_list() -> None:
    async with running(LARGE, mode="alerts") as session:
        await session.press("i")
        assert "Allowed 1" in session.text()
        assert "1" in session.line_with("beacon ")
        session.table("allowed").focus()
        await session.press("enter")
        assert session.reader.allowed.rules == ()
        assert "Alerts 5" in session.text()
        await session.press("u")
        assert len(session.reader.allowed.rules) == 1


@pytest.mark.parametrize("size", SIZES)
async def test_with_nothing_allowed_the_list_says_how_to(size: tuple[int, int]) -> None:
    async with running(size, mode="alerts") as session:
        await session.press(*"bbb")
        assert "no alert is done" not in session.text() or "[done]" in session.text()
        while "[allowed]" not in session.text():
            await session.press("b")
        assert "no alert is" not in session.text()
        assert "nothing is hidden" in session.text()


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_one_alert(size: tuple[int, int]) -> None:
    async with running(size, mode="alerts") as session:
        await session.press("enter")
        assert session.context == "alert"
        text = session.text()
        assert "This device calls the same server" in text
        assert "47.91.88.12:8883" in text
        if size == LARGE:
            for words in ("Talks to 7", "Bytes by the hour", "Names 2", "When by rule", "Others 1"):
                assert words in text, words


STRIP_NOW = 10_000 * 10**9


def alert(first_s: int, last_s: int, rule: str = "beacon", state: str = "new") -> AlertRow:
    return AlertRow(
        id=first_s, detector=rule, severity="low", title="x", device_id=1, device_name="d", flow_id=None,
        first_ns=first_s * 10**9, last_ns=last_s * 10**9, count=1, state=state, evidence={}, what="",
        usual="", check="",
    )  # fmt: skip


def test_strips_show_where_alerts_began_and_how_long_they_lasted() -> None:
    rows = [alert(9_700, 9_850), alert(9_990, 10_000, "port_scan")]
    lines = ["".join(text for text, _ in line) for line in rule_strips(rows, STRIP_NOW, BLOCKS, 80, 10)]
    assert lines[0] == "▎When by rule, 10 min · ! began"
    assert [line.split()[0] for line in lines[1:3]] == ["port", "beacon"]
    beacon = lines[2][22:70]
    assert beacon.count("!") == 1
    assert beacon.index("!") == 23
    assert beacon.count("░") == 12
    assert max(map(len, lines)) <= 80


def test_strips_reach_back_a_day_and_no_further() -> None:
    rows = [alert(-200_000, -190_000, "old"), alert(9_000, 9_100)]
    lines = ["".join(text for text, _ in line) for line in rule_strips(rows, STRIP_NOW, BLOCKS, 80, 10)]
    assert "1 day" in lines[0]
    assert "!" not in lines[2]
