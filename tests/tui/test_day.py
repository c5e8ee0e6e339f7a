"""A device's day beside what is usual."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from netscope.model.usual import HOUR_NS, HourBytes
from netscope.tui import day
from netscope.tui.glyphs import ASCII, BLOCKS, BRAILLE, Glyphs
from netscope.tui.uses import DAY

NOON_NS = 1_793_541_600 * 1_000_000_000 - 2 * HOUR_NS
QUIET = (0,) * 60
BUSY = (0,) * 40 + (5_000,) * 20


def hours(now: HourBytes, *, before: int = 0) -> list[HourBytes]:
    return [HourBytes(NOON_NS - back * HOUR_NS, before, None, None, 0) for back in range(23, 0, -1)] + [now]


def drawn(profile: list[HourBytes], minutes: tuple[int, ...], width: int = 80, glyphs: Glyphs = BLOCKS) -> list[str]:
    lines = day.pane(profile, minutes, glyphs, width, 8)
    return ["".join(text for text, _ in line) for line in lines]


def test_more_than_usual_is_said() -> None:
    lines = drawn(hours(HourBytes(NOON_NS, 9_000_000, 1_000_000, 4_000_000, 8), before=2_000_000), QUIET)
    assert lines[0] == "▎Bytes by the hour, last 24 h"
    assert lines[-1] == " 9.0 MB this hour, more than usual   ░ 1.0 MB–4.0 MB on most of 8 days"


@pytest.mark.parametrize(("moved", "verdict"), [(500_000, ", less so far"), (2_000_000, ", as usual")])
def test_within_what_is_usual(moved: int, verdict: str) -> None:
    now = HourBytes(NOON_NS, moved, 1_000_000, 4_000_000, 8)
    assert day.usual_words(now, BLOCKS)[1][0] == verdict


def test_days_that_are_missing_are_counted() -> None:
    assert "known in 3 days" in day.usual_words(HourBytes(NOON_NS, 5, None, None, 0), BLOCKS)[0][0]
    assert day.usual_words(HourBytes(NOON_NS, 5, None, None, 2), BLOCKS)[0][0].endswith("known in 1 day")


def test_what_is_usual_is_shaded_where_no_column_stands() -> None:
    profile = hours(HourBytes(NOON_NS, 1_000_000, 2_000_000, 4_000_000, 8), before=500_000)
    lines = drawn(profile, QUIET)
    shaded = [number for number, line in enumerate(lines[1:-2]) if "░" in line]
    assert shaded
    assert all(line.rstrip().endswith("░") for number, line in enumerate(lines[1:-2]) if number in shaded)


def test_a_young_run_shows_its_minutes() -> None:
    profile = hours(HourBytes(NOON_NS, 100_000, None, None, 0))
    assert day.span_of(profile, BUSY) == (20, 60)
    assert drawn(profile, BUSY)[0] == "▎Bytes by the minute, last 20 min"


def test_the_day_once_there_is_more() -> None:
    assert day.span_of(hours(HourBytes(NOON_NS, 1, None, None, 0), before=4), BUSY) is DAY
    assert day.span_of(hours(HourBytes(NOON_NS, 0, 1, 2, 8)), QUIET) is DAY


def test_until_it_is_read() -> None:
    assert drawn([], ())[1] == " being read …"


@pytest.mark.parametrize("glyphs", [BLOCKS, BRAILLE, ASCII], ids=("blocks", "braille", "ascii"))
@pytest.mark.parametrize("width", range(36, 200, 11))
def test_every_width_fits(width: int, glyphs: Glyphs) -> None:
    lines = drawn(hours(HourBytes(NOON_NS, 9_000_000, 1, 4_000_000, 8), before=70), BUSY, width, glyphs)
    assert len(lines) == 8
    assert max(map(cell_len, lines[:-1])) <= width


@pytest.mark.parametrize("width", range(36, 92, 3))
def test_an_hour_of_minutes_fits_and_ends_now(width: int) -> None:
    profile = hours(HourBytes(NOON_NS, 60_000, None, None, 0))
    newest, all_of_it = (0,) * 59 + (5_000,), (1_000,) * 60
    for minutes in (newest, all_of_it):
        lines = drawn(profile, minutes, width)
        assert max(map(len, lines[:-1])) <= width
        assert lines[-3].rstrip()[-1] in "▁▂▃▄▅▆▇█"
    assert cell_len(drawn(profile, all_of_it, width)[-3].rstrip()) > width * 0.7
