"""How numbers and times read."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.tui import figures
from netscope.tui.figures import HOUR_NS, MINUTE_NS, SECOND_NS
from netscope.tui.glyphs import ASCII, BLOCKS, bar, choose_glyphs, resample, sparkline
from netscope.tui.tables.devices import short_vendor

NOON = 1_793_530_800 * SECOND_NS


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "-"), (0.4, "-"), (1, "1"), (997, "997"), (999.6, "1.0k"), (5_100_000, "5.1M"), (88_000, "88k"),
     (9_949, "9.9k"), (9_960, "10k"), (612_345, "612k"), (1.2e12, "1.2T")],
)  # fmt: skip
def test_rate(value: float, shown: str) -> None:
    assert figures.rate(value) == shown


def test_rates_need_no_more_than_four_cells() -> None:
    value = 1.0
    while value < 1e15:
        assert len(figures.rate(value)) <= 4, value
        value *= 1.07


@pytest.mark.parametrize(
    ("ns", "shown"),
    [(0, "00:00"), (41 * SECOND_NS, "00:41"), (12 * MINUTE_NS + 7 * SECOND_NS, "12:07"), (3 * HOUR_NS, "3h00"),
     (192 * MINUTE_NS, "3h12"), (30 * HOUR_NS, "1d"), (-5, "00:00")],
)  # fmt: skip
def test_age(ns: int, shown: str) -> None:
    assert figures.age(ns) == shown


@pytest.mark.parametrize(("us", "shown"), [(None, "-"), (640, "640us"), (1_200, "1.2ms"), (23_000, "23ms"),
                                           (102_400, "102ms")])  # fmt: skip
def test_round_trip(us: int | None, shown: str) -> None:
    assert figures.round_trip(us) == shown


def test_ago_and_share() -> None:
    now = 10**18
    assert figures.ago(now - SECOND_NS, now) == "now"
    assert figures.ago(now - 40 * SECOND_NS, now) == "40 s ago"
    assert figures.ago(now - 3 * MINUTE_NS, now) == "3 min ago"
    assert figures.ago(now - 49 * HOUR_NS, now) == "2 days ago"
    assert (figures.share(61, 100), figures.share(1, 900), figures.share(1, 0)) == ("61 %", "<1 %", "0 %")


def test_sparkline_scales_to_its_own_largest_and_fills_from_the_right() -> None:
    assert sparkline([0, 4, 8], 3, BLOCKS.levels) == "▁▅█"
    assert sparkline([8], 3, BLOCKS.levels) == "▁▁█"
    assert sparkline([], 3, BLOCKS.levels) == "▁▁▁"
    assert len(sparkline(range(50), 8, ASCII.levels)) == 8


def test_resample_keeps_peaks() -> None:
    assert max(resample([0] * 99 + [7] + [0] * 100, 10)) == 7
    assert resample([1, 2], 4) == [1.0, 1.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("environ", "encoding", "chosen"),
    [({"TERM": "xterm-256color"}, "UTF-8", BLOCKS), ({"TERM": "linux"}, "UTF-8", ASCII),
     ({"TERM": "xterm"}, "ISO-8859-1", ASCII), ({"TERM": "xterm", "NETSCOPE_ASCII": "1"}, "UTF-8", ASCII)],
)  # fmt: skip
def test_signs_suit_the_terminal(environ: dict[str, str], encoding: str, chosen: object) -> None:
    assert choose_glyphs(environ, encoding) is chosen


@pytest.mark.parametrize(
    "environ", [{"LC_ALL": "C"}, {"LANG": "C"}, {"LANG": "POSIX"}, {"LANG": "C", "LC_CTYPE": "C.UTF-8"},
                {"LC_ALL": "C", "LANG": "de_DE.UTF-8"}],
)  # fmt: skip
def test_in_the_locale_c_signs_are_ascii_whatever_python_makes_of_it(environ: dict[str, str]) -> None:
    assert choose_glyphs({"TERM": "xterm", **environ}) is ASCII


def test_ascii_signs_are_ascii() -> None:
    for name in (
        "levels",
        "drops",
        "title",
        "cursor",
        "cut",
        "down",
        "up",
        "bar",
        "shades",
        "heat",
        "usual",
        "rule",
        "dot",
        "open",
    ):
        assert getattr(ASCII, name).isascii()
    assert ASCII.plain("↓ 8 Mb/s · peak × ‑").replace("‑", "").isascii()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Samsung Electronics Co.,Ltd", "Samsung"),
        ("Apple, Inc.", "Apple"),
        ("Intel Corporate", "Intel"),
        ("Synology Incorporated", "Synology"),
        ("Espressif Inc.", "Espressif"),
        ("Google, Inc.", "Google"),
        ("Hewlett Packard", "Hewlett Packard"),
        ("Inc", "Inc"),
    ],
)
def test_vendors_are_short(name: str, shown: str) -> None:
    assert short_vendor(name) == shown


def test_bars_are_as_long_as_their_share_and_small_ones_show_a_trace() -> None:
    assert bar(1.0, 4, BLOCKS) == "━━━━"
    assert bar(0.5, 4, BLOCKS) == "━━"
    assert bar(0.37, 4, BLOCKS) == "━╸"
    assert bar(0.001, 4, BLOCKS) == "╸"
    assert bar(0.0, 4, BLOCKS) == ""
    assert bar(0.3, 10, ASCII) == "==="
    assert bar(7.0, 3, ASCII) == "==="


def test_one_is_no_plural() -> None:
    assert [figures.counted(number, "alert") for number in (0, 1, 2, 12_000)] == [
        "0 alerts", "1 alert", "2 alerts", "12k alerts",
    ]  # fmt: skip
    said = {"devices": "device", "queries": "query", "addresses": "address", "loss": "loss", "bytes": "byte"}
    assert {plural: figures.of_one(plural) for plural in said} == said


def test_paths_of_the_home_folder_are_short_and_fit_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    assert figures.short_path(Path("/home/anna/x y.db")) == "~/x y.db"
    assert figures.short_path(Path("/home/annabel/x.db")) == "/home/annabel/x.db"
    assert figures.shell_path(Path("/home/anna/x.db")) == "~/x.db"
    assert figures.shell_path(Path("/home/anna/x y.db")) == "'/home/anna/x y.db'"


def test_what_was_seen_in_another_year_says_the_year() -> None:
    now_ns = NOON + 400 * figures.DAY_NS
    assert figures.seen(NOON, now_ns) == figures.day_clock(NOON)[:4]
    assert figures.seen(NOON + 399 * figures.DAY_NS + figures.HOUR_NS, now_ns).count(":") == 1
    assert figures.seen(NOON + 390 * figures.DAY_NS, now_ns).count(".") == 1


def test_days_of_a_long_recording_are_told_with_their_year() -> None:
    day = figures.day_clock(NOON)[:10]
    assert figures.period_start(NOON, 86_400).endswith(day)
    assert figures.axis_time(NOON, 86_400) == day
