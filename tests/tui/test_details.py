"""Details: what they tell, how they link to each other, and what the user decides there."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from netscope.tui.app import NetScopeApp
from tests.tui.app_pilot import LARGE, SIZES, SMALL, Session, running
from tests.tui.fake_reader import FakeReader

pytestmark = pytest.mark.asyncio


def context(session: Session) -> str:
    return str(session.app.screen.context)  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", SIZES)
async def test_a_flow_tells_who_by_which_name_and_what_was_seen(size: tuple[int, int]) -> None:
    async with running(size, mode="flows") as session:
        assert session.table("flows").select(3)
        await session.press("enter")
        text = session.text()
        for words in ("anna-iphone → graph.facebook.com:443", "157.240.0.13:443  US  AS32934", "SNI", "owner Meta",
                      "ClientHello", "SYN-ACK", "JA4", "desktop-7", "nothing was sent or looked up"):  # fmt: skip
            assert words in text, words


async def test_a_nameless_flow_says_why() -> None:
    async with running(SMALL, mode="flows") as session:
        session.table("flows").select(9)
        await session.press("enter")
        assert "none: hidden by ECH" in session.text()


async def test_left_and_right_walk_through_the_list_one_came_from() -> None:
    async with running(LARGE, mode="devices") as session:
        order = [row.name for row in session.table("devices").rows]
        await session.press("enter")
        assert f"{order[0]}  (1 of 12)" in session.lines()[0]
        await session.press("right")
        assert f"{order[1]}  (2 of 12)" in session.lines()[0]
        await session.press("left", "left")
        assert f"{order[11]}  (12 of 12)" in session.lines()[0]


@pytest.mark.parametrize("size", SIZES)
async def test_a_device_tells_what_it_is_and_whom_it_talks_to(size: tuple[int, int]) -> None:
    async with running(size, mode="devices") as session:
        session.table("devices").select(2)
        await session.press("enter")
        text = session.text()
        for words in ("anna-iphone", "a4:83:e7:10:9c:2f", "192.168.1.31", "icloud.com:443", "graph.facebook.com",
                      "Flows 2 · 2 open"):  # fmt: skip
            assert words in text, words
        if size == LARGE:
            assert "Talks to 5" in text
            assert "Day by hour" in text
            assert "Evidence 4" in text
        else:
            seen = set()
            for _ in range(4):
                seen |= {name for name in ("Alerts", "Trackers", "Talks to", "Evidence") if f"▎{name}" in
                         "\n".join(line[38:] for line in session.lines())}  # fmt: skip
                await session.press("b")
            assert seen == {"Alerts", "Trackers", "Talks to", "Evidence"}


async def test_one_key_leads_from_any_row_to_its_device_and_back() -> None:
    for keys in (("2",), ("4",), ("5", "right", "down"), ("6",)):
        async with running(SMALL) as session:
            await session.press(*keys, "d")
            assert context(session) == "device", keys
            await session.press("escape")
            assert context(session) != "device"


async def test_a_fact_leads_to_all_flows_with_its_value() -> None:
    async with running(SMALL, mode="flows") as session:
        session.table("flows").select(3)
        await session.press("enter")
        facts = session.table("facts")
        row = next(index for index, fact in enumerate(facts.rows) if fact.field == "JA4")
        facts.move_to(row)
        await session.press("enter")
        assert context(session) == "flows"
        assert "ja4=t13d1516h2" in session.app.view.scope.text
        assert "Flows 10 of 17" in session.text()


async def test_a_name_shows_who_asked_and_the_flows_to_it() -> None:
    async with running(SMALL, mode="names") as session:
        session.table("names").select(("graph.facebook.com", "sni", 2))
        await session.press("enter")
        text = session.text()
        assert "asked by anna-iphone 14, desktop-7 5" in text
        assert "tracker: Meta" in text
        assert "Flows 1" in text


async def test_trackers_fold_out_and_group_by_other_properties() -> None:
    async with running(SMALL, mode="trackers") as session:
        assert "connect.facebook.net" not in session.text()
        await session.press("right")
        assert "connect.facebook.net" in session.text()
        await session.press("left")
        assert "connect.facebook.net" not in session.text()
        await session.press("b")
        assert "by category" in session.text()
        await session.press("b", "enter")
        assert context(session) == "owner"


async def test_groups_of_flows_lead_to_their_members() -> None:
    async with running(SMALL, mode="flows") as session:
        await session.press("b")
        assert "Flows 10 · by device" in session.text()
        await session.press("b", "b")
        assert "by domain" in session.text()
        table = session.table("flows")
        assert "github.com" in [row.label for row in table.rows]
        table.select("github.com")
        await session.press("enter")
        assert "Flows 2 of 17" in session.text()


async def test_alerts_say_what_why_usual_check_and_data() -> None:
    async with running(SMALL, mode="alerts") as session:
        text = session.text()
        for words in ("What   This device calls", "Why    6 calls, mean gap 30.1 s", "rule: 5 calls", "within 60 min",
                      "Usual  Smart-home", "Check  Is it yours?", "gaps (s) 30 30.2"):  # fmt: skip
            assert words in " ".join(text.replace("\n        ", " ").split("\n")), words
        await session.press("enter")
        assert "the flow behind it" in session.text()
        assert "47.91.88.12:8883" in session.text()


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


async def test_ignoring_a_rule_tells_the_reader_where() -> None:
    class Ruled(FakeReader):
        ignored: list[tuple[str, int | None, bool]] = []  # noqa: RUF012 - one test

        def ignore_rule(self, detector: str, device_id: int | None, ignored: bool) -> None:
            self.ignored.append((detector, device_id, ignored))

    reader = Ruled()
    async with running(SMALL, reader, mode="alerts") as session:
        await session.press("i")
        assert reader.ignored == [("beacon", 6, True)]
        assert reader.alert_states == {1: "ignored"}
        await session.press("u")
        assert reader.ignored[-1] == ("beacon", 6, False)
        await session.press("I")
        assert reader.ignored[-1] == ("beacon", None, True)


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


async def test_marks_are_letters_and_can_be_filtered() -> None:
    async with running(SMALL, mode="flows") as session:
        session.table("flows").select(4)
        await session.press("m")
        assert session.line_with("github.com:22").rstrip().endswith("m")
        await session.press("slash")
        await session.type("mark:m")
        assert "Flows 1 of 17" in session.text()


async def test_copying_says_what_was_copied_and_neutralises_it() -> None:
    reader = FakeReader()
    reader.hostile_name = "evil\x1b]52;c;AAAA\x07.example"
    async with running(SMALL, reader, mode="flows") as session:
        session.table("flows").select(2)
        await session.press("right", "right", "y")
        assert session.app.clipboard == "evil\ufffd]52;c;AAAA\ufffd.example:443"
        assert "copied: evil" in session.lines()[-1]
        await session.press("Y")
        assert "TLS1.3" in session.app.clipboard


async def exported(session: Session, path: Path) -> str:
    await session.press("e")
    box = session.app.screen.query_one("Input")
    box.value = str(path)  # type: ignore[attr-defined]
    await session.press("enter")
    await session.app.workers.wait_for_complete()
    await session.pilot.pause()
    return session.lines()[-1]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
async def test_exporting_what_is_shown(tmp_path: Path, suffix: str) -> None:
    reader = FakeReader()
    reader.hostile_name = '=HYPERLINK("http://x")\x1b[2J'
    path = tmp_path / f"flows{suffix}"
    async with running(LARGE, reader, mode="flows") as session:
        await session.press("slash")
        await session.type("port:443 dev:HYPER")
        await session.press("enter")
        said = await exported(session, path)
        assert "2 rows in " in said
        assert said.count(path.name) == 1
        assert "is already there" in await exported(session, path)
    rows: list[dict[str, Any]]
    if suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert rows[0]["device_name"] == '\'=HYPERLINK("http://x")\ufffd[2J'
    else:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert rows[0]["device_name"] == '=HYPERLINK("http://x")\ufffd[2J'
        assert rows[0]["history_bytes"][0] >= 0
    assert len(rows) == 2
    assert "\x1b" not in path.read_text("utf-8")


async def test_an_export_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    async with running(LARGE, mode="flows") as session:
        assert "cannot write" in await exported(session, tmp_path / "missing" / "flows.csv")


async def test_recording_starts_stops_and_is_hidden_where_it_cannot() -> None:
    async with running(SMALL, mode="past") as session:
        await session.press("r")
        assert session.reader.recording == "home.db"
        assert "rec 41 MB" in session.lines()[0]
        await session.press("r")
        assert "rec off" in session.lines()[0]

    class Fixed(FakeReader):
        toggle_recording = property()  # type: ignore[assignment]

    async with running(SMALL, Fixed(), mode="past") as session:
        assert "r record" not in session.lines()[-1]


async def test_a_device_that_is_gone_is_said_not_shown() -> None:
    async with running(SMALL, mode="flows") as session:
        session.reader.device_detail = lambda device_id: None  # type: ignore[method-assign]
        await session.press("d")
        assert "no longer known" in session.lines()[-1]


async def test_details_do_not_pile_up_without_end() -> None:
    async with running(SMALL, mode="flows") as session:
        app: NetScopeApp = session.app
        for _ in range(30):
            app.open_device(2, (2,))
        await session.pilot.pause()
        assert len(app.screen_stack) <= 14
