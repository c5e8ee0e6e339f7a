"""Columns at every width: nothing overlaps, nothing a narrow screen shows is lost on a wide one."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from rich.cells import cell_len

from netscope.tui import tables
from netscope.tui.columns import CURSOR_CELLS, GAP, WIDEST_GAP, fit, fit_items, fit_words, keep_end, pad
from netscope.tui.preferences import Preferences
from netscope.tui.tables import Table
from netscope.tui.tables.devices import DEVICES
from netscope.tui.tables.flows import FLOWS
from netscope.tui.tables.names import NAMES
from netscope.tui.tables.periods import PERIODS
from netscope.tui.tables.trackers import TRACKERS

MODULES = [
    importlib.import_module(f"{tables.__name__}.{found.name}") for found in pkgutil.iter_modules(tables.__path__)
]
TABLES = list(
    {table.name: table for module in MODULES for table in vars(module).values() if isinstance(table, Table)}.values()
)
WIDTHS = range(60, 221)


def shown(table: Table, width: int) -> list[str]:
    return [placed.column.key for placed in fit(table.own_columns, width)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_columns_lie_side_by_side_within_every_width(table: Table) -> None:
    for width in WIDTHS:
        placed = fit(table.own_columns, width)
        for (column, start, cells), after in zip(placed, [*placed[1:], None], strict=True):
            assert column.least <= cells <= max(column.most, column.comfort), (width, column.key)
            end = start + cells
            if after is not None:
                assert GAP <= after.start - end <= WIDEST_GAP, (width, column.key)
        assert placed[0].start == CURSOR_CELLS
        assert end <= width, width


@pytest.mark.parametrize("table", [FLOWS, DEVICES, NAMES, TRACKERS, PERIODS], ids=lambda table: table.name)
def test_a_table_fills_every_width(table: Table) -> None:
    for width in WIDTHS:
        *_, last = fit(table.own_columns, width)
        assert last.start + last.width == width, width


def test_spare_columns_take_nothing_from_the_others() -> None:
    for width in range(60, 300):
        placed = {p.column.key: p for p in fit(FLOWS.own_columns, width)}
        if "client" in placed:
            assert all(p.width >= p.column.most for p in placed.values() if p.column.shown == "yes"), width
    assert {"client", "owner", "packets"} <= set(shown(FLOWS, 260))


def test_a_spare_column_that_was_picked_is_there_at_once() -> None:
    picked = Preferences(columns={"flows": ["device", "client", "remote", "app", "down", "mark"]})
    assert "client" in [p.column.key for p in fit(picked.columns_of(FLOWS), 120)]
    assert "client" not in shown(FLOWS, 120)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_wider_table_shows_at_least_what_a_narrower_one_does(table: Table) -> None:
    for width in WIDTHS:
        assert set(shown(table, width)) <= set(shown(table, width + 1)), width


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_columns_leave_in_the_order_of_their_drop_numbers(table: Table) -> None:
    for width in WIDTHS:
        kept = shown(table, width)
        gone = [c.drop for c in table.own_columns if c.key not in kept]
        stays = [c.drop for c in table.own_columns if c.key in kept]
        if gone:
            assert max(stays) <= min(gone), width


def test_floors() -> None:
    assert shown(FLOWS, 60) == ["device", "remote", "app", "down", "mark"]
    assert shown(FLOWS, 80) == ["device", "remote", "app", "down", "up", "age", "mark"]
    assert "history" in shown(FLOWS, 160)
    assert shown(DEVICES, 44) == ["name", "down", "up", "history", "mark"]
    assert shown(DEVICES, 36) == ["name", "down", "up", "mark"]
    assert {"ip", "vendor", "flows"} <= set(shown(DEVICES, 96))


def test_names_are_whole_before_extras_show() -> None:
    for width in WIDTHS:
        placed = {p.column.key: p.width for p in fit(FLOWS.own_columns, width)}
        if "rtt" in placed:
            assert placed["device"] >= 18
            assert placed["remote"] >= 28


@pytest.mark.parametrize(
    "text",
    ["plain", "日本のテレビ", "e\u0301te\u0301" * 9, "👨\u200d👩\u200d👧 family", "\x1b[31mred", "a\u202eb", "x" * 300],
)
@pytest.mark.parametrize("width", [1, 2, 5, 11, 40])
def test_pad_fills_exactly(text: str, width: int) -> None:
    assert cell_len(pad(text, width)) == width
    assert cell_len(pad(text, width, True)) == width
    assert cell_len(keep_end(text, width)) <= width


def test_keep_end_keeps_the_end_of_a_host_name() -> None:
    assert keep_end("edge-star-mini.c10r.facebook.com", 14) == "….facebook.com"
    assert keep_end("short.com", 14) == "short.com"
    assert keep_end("www.google-analytics.com:443", 26) == "….google-analytics.com:443"
    assert keep_end("log-config.samsungacr.com", 22) == "…config.samsungacr.com"


def test_words_and_items_are_not_cut_while_one_fits() -> None:
    assert fit_words("AVM Audiovisuelles Marketing", 12) == "AVM"
    assert fit_words("Hewlett Packard", 15) == "Hewlett Packard"
    assert fit_words("Audiovisuelles", 5) == "Audiovisuelles"
    assert fit_items(("analytics", "advertising", "social"), 40) == "analytics, advertising, social"
    assert fit_items(("analytics", "advertising", "social"), 24) == "analytics +2"
    assert fit_items(("Ben's MacBook Pro", "Pixel-8"), 14) == "Ben's MacB… +1"
    assert fit_items(("Ben's MacBook Pro",), 5) == "Ben's MacBook Pro"
    assert fit_items((), 5) == ""
