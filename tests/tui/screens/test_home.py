"""Home at both sizes: its panes, and narrowing them to one device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from netscope.model.snapshot import FlowRow
from netscope.tui import now
from netscope.tui.glyphs import BLOCKS
from tests.tui.app_pilot import LARGE, SIZES, SMALL, running
from tests.tui.fake_reader import FakeReader

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("size", SIZES)
async def test_every_pane_shows_its_rows_and_nothing_runs_over_the_edge(size: tuple[int, int]) -> None:
    async with running(size) as session:
        text = session.text()
        for words in ("Devices 12 · by rate ↓", "Names 15 · newest", "Flows 17 · by rate ↓", "Trackers 8 hosts",
                      "Alerts 5", "living-room-tv", "~nflxvideo.net:443",
                      "fls-na.amazon.com", "beacon every"):  # fmt: skip
            assert words in text
        assert len(session.lines()) == size[1]
        assert all(len(line) == size[0] for line in session.lines())


async def test_the_small_layout_gives_panes_the_lines_of_the_plan() -> None:
    async with running(SMALL) as session:
        starts = [number for number, line in enumerate(session.lines()) if line.startswith("▎")]
        assert starts == [3, 9, 19]
        assert session.lines()[23].rstrip().endswith("? help  q quit")


async def test_the_large_layout_adds_the_mirrored_pulse_and_now() -> None:
    async with running(LARGE) as session:
        text = session.text()
        assert "Pulse, last 4 min" in text
        assert "peak" in text
        assert "0 ┼" in text
        for label in ("Apps", "Where", "Names", "DNS", "Capture"):
            assert f" {label} " in text


async def test_choosing_a_device_narrows_the_other_panes_and_titles_say_so() -> None:
    async with running(LARGE) as session:
        table = session.table("devices")
        table.focus()
        assert table.select(2)
        await session.press("equals_sign")
        assert "Flows 2 of 17 · by rate ↓ · anna-iphone" in session.text()
        assert "Names 2 of 15 · newest · anna-iphone" in session.text()
        assert "Alerts 0 of 5" in session.text()
        await session.press("escape")
        assert "Flows 17 · by rate ↓" in session.text()


async def test_of_very_many_flows_the_now_pane_is_added_up_every_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    added_up: list[int] = []
    tally = now.tally

    def counted(flows: Sequence[FlowRow], *, whole: bool = False) -> now.Tally:
        added_up.append(len(flows))
        return tally(flows, whole=whole)

    monkeypatch.setattr(now, "tally", counted)
    async with running(LARGE, reader=FakeReader(extra_flows=10_000)) as session:
        before = len(added_up)
        await session.pull(1)
        assert len(added_up) == before
        await session.pull(5)
        assert len(added_up) == before + 1


async def test_of_a_file_that_was_read_the_whole_is_told_not_a_moment_in_which_nothing_moves() -> None:
    rows = FakeReader().snapshot().flows
    closed = [row._replace(end_reason="fin", rate_down_bps=0.0, rate_up_bps=0.0) for row in rows]
    assert not now.tally(closed).amounts
    told = now.tally(closed, whole=True)
    assert sum(told.amounts.values()) == told.bytes == sum(row.bytes_up + row.bytes_down for row in rows)


async def test_trackers_are_counted_the_same_in_the_tab_and_above_their_rows() -> None:
    for size in SIZES:
        async with running(size) as session:
            hosts = len({row.name for row in session.reader.snapshot().trackers})
            assert f"Trackers {hosts} hosts · " in session.text()
            assert f"5 Trackers {hosts} " in session.lines()[1]


async def test_where_all_stays_in_the_house_the_names_pane_says_so_and_fast_captures_are_told_in_three_figures() -> (
    None
):
    shown = FakeReader().snapshot()
    local = [row._replace(server_ip="192.168.1.5", server_name="nas.local") for row in shown.flows]
    busy = replace(shown, capture=replace(shown.capture, packets_per_s=55_488.0))
    told = "\n".join("".join(text for text, _ in line) for line in now.lines(busy, now.tally(local), BLOCKS, 70))
    assert "no flow leaves the house" in told
    assert "55k pkt/s" in told
    idle = replace(shown, capture=replace(shown.capture, packets_per_s=0.2))
    told = "\n".join("".join(text for text, _ in line) for line in now.lines(idle, now.tally(()), BLOCKS, 70))
    assert " 0 pkt/s" in told
