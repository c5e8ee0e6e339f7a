"""Charts as lines of signs: what is drawn, that it fits, and that every kind of glyph can draw it."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from netscope.model.history import RateSeries
from netscope.tui import charts
from netscope.tui.charts import Line
from netscope.tui.glyphs import ASCII, BLOCKS, BRAILLE, Glyphs

HOUR_NS = 3_600_000_000_000
ALL_GLYPHS = pytest.mark.parametrize("glyphs", [BLOCKS, BRAILLE, ASCII], ids=("blocks", "braille", "ascii"))


def plain(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def test_columns_grow_by_eighths_and_a_trace_shows() -> None:
    assert charts.columns([0, 1, 8, 12, 16], 16, 2, BLOCKS) == ["   ▄█", " ▁███"]


def test_columns_in_braille_take_half_a_cell_each() -> None:
    assert charts.columns([4, 8, 0, 1], 8, 2, BRAILLE) == ["⢸⠀", "⣿⢀"]
    assert charts.columns([4, 8], 8, 1, BRAILLE, whole_cells=True) == ["⣤⣿"]


def test_columns_hang_from_the_axis() -> None:
    assert charts.hanging([0, 8, 16], 16, 2, BLOCKS) == [" ██", "  █"]
    assert charts.hanging([4, 8, 0, 1], 8, 2, BRAILLE) == ["⣿⠈", "⢸⠀"]


def test_no_room_is_no_line() -> None:
    assert charts.columns([1.0], 1.0, 0, BLOCKS) == []
    assert charts.hanging([1.0], 1.0, 0, BLOCKS) == []


@ALL_GLYPHS
@pytest.mark.parametrize("width", range(20, 180, 7))
def test_mirrored_fits_and_ends_now(glyphs: Glyphs, width: int) -> None:
    down = [1000.0 * step for step in range(60)]
    lines = plain(charts.mirrored(down, down[::-1], width, 8, 4, glyphs))
    assert len(lines) == 8
    assert max(map(cell_len, lines)) <= width
    assert lines[-1].endswith("now") or width < 24
    if glyphs is ASCII:
        assert all(line.isascii() for line in lines)


def test_mirrored_labels_both_halves_with_their_own_scale() -> None:
    lines = plain(charts.mirrored([90_000.0] * 10, [4_000.0] * 10, 60, 8, 1, BLOCKS))
    assert lines[0].startswith(" 100k ┤")
    assert lines[3].startswith("    0 ┼─")
    assert any(line.startswith(" 5.0k ┤") for line in lines[4:])


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1000), (1000, 1000), (1001, 2000), (2001, 5000), (5001, 10_000), (99_999_999, 100_000_000)]
)
def test_axes_end_at_round_numbers(value: float, top: float) -> None:
    assert charts.nice_ceiling(value) == top


def test_ago_axis() -> None:
    axis = charts.ago_axis(60, 240)
    assert axis == "-4m            -3m            -2m            -1m         now"
    assert charts.ago_axis(6, 240) == " " * 6


@pytest.mark.parametrize("seconds", [5, 61, 240, 3_600, 86_400, 7 * 86_400])
@pytest.mark.parametrize("cells", [8, 30, 72, 150])
def test_ago_axis_keeps_its_width(cells: int, seconds: int) -> None:
    axis = charts.ago_axis(cells, seconds)
    assert len(axis) == cells
    assert axis.endswith("now")


def test_clock_axis_marks_whole_hours() -> None:
    start_ns = 1_793_541_600 * 1_000_000_000 - 20 * 60 * 1_000_000_000
    axis = charts.clock_axis(60, start_ns, start_ns + 4 * HOUR_NS)
    assert axis.index("14:00") == 5
    assert axis.index("15:00") == 20
    assert len(axis) == 60


@pytest.mark.parametrize("hours", [1, 5, 24, 24 * 9, 24 * 400])
def test_clock_axis_of_any_length(hours: int) -> None:
    axis = charts.clock_axis(80, 1_793_541_600_000_000_000, 1_793_541_600_000_000_000 + hours * HOUR_NS)
    assert len(axis) == 80
    assert axis.strip()


def test_span_signs() -> None:
    assert [charts.span_sign(seconds) for seconds in (45, 60, 90, 7_200, 86_400)] == ["45s", "1m", "90s", "2h", "1d"]


def test_heat_shows_the_least_and_darkens_to_the_most() -> None:
    strip = charts.heat([0, 1, 100], 100, 2, BLOCKS)
    assert (strip[:2], strip[2:4], strip[4:]) == ("··", "░░", "██")
    assert charts.heat([0, 0], 0, 1, BLOCKS) == "··"


def test_labelled_bars_compare_with_the_largest() -> None:
    lines = plain(charts.labelled_bars([("icloud.com", 100.0, "1 MB"), ("nas", 25.0, "250 kB")], 60, BLOCKS))
    assert lines[0].count("━") == 4 * lines[1].count("━")
    assert lines[0].endswith("1 MB")
    assert lines[1].endswith("250 kB")
    assert len(lines[0]) == len(lines[1]) <= 60


def test_rate_title_drops_the_peaks_first() -> None:
    wide = plain([charts.rate_title("Rate", (8e6, 1e3), (9e6, 2e3), 80, BLOCKS)])[0]
    narrow = plain([charts.rate_title("Rate", (8e6, 1e3), (9e6, 2e3), 40, BLOCKS)])[0]
    assert "peak 9.0 Mb/s" in wide
    assert "peak" not in narrow
    assert len(narrow) <= 40


def test_a_rate_that_is_not_kept_says_so() -> None:
    assert "keeps totals" in plain(charts.rate_pane(None, (0.0, 0.0), BLOCKS, 80, 8))[0]


def test_rate_pane_turns_bytes_of_a_slot_into_bits_a_second() -> None:
    series = RateSeries(0, 4, (0,) * 59 + (500,), (0,) * 59 + (5_000,))
    lines = plain(charts.rate_pane(series, (10_000.0, 1_000.0), BLOCKS, 90, 8))
    assert lines[0].startswith("▎Rate, last 4 min")
    assert "peak 10 kb/s, 1.0 kb/s" in lines[0]
    assert len(lines) == 8


@ALL_GLYPHS
def test_histogram_shares_are_of_each_direction(glyphs: Glyphs) -> None:
    lines = plain(charts.histogram("Sizes", ("0-99", "1500"), (10, 30), (4, 0), 60, glyphs))
    assert "40" in lines[0]
    assert "25 %" in lines[1]
    assert " 100 %" in lines[1]
    assert lines[2].rstrip().endswith("-")
    assert max(map(cell_len, lines)) <= 60


@pytest.mark.parametrize(("values", "room"), [(15, 100), (60, 110), (60, 119), (240, 110), (1, 50)])
def test_a_chart_leaves_no_margin(values: int, room: int) -> None:
    drawn = charts.spread([float(number) for number in range(values)], room)
    assert charts.MARGIN_FROM * room <= len(drawn) <= room
    assert drawn == sorted(drawn)
    assert drawn[-1] == values - 1
