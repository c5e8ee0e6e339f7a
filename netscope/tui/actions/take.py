"""Taking things out: copy, export, packets of a flow, recording."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netscope.model.control import check_writable
from netscope.model.errors import NetScopeError
from netscope.model.text import neutralise
from netscope.tui import figures
from netscope.tui.export import ExportError, write_rows
from netscope.tui.screens.prompt import Prompt

if TYPE_CHECKING:
    from netscope.tui.screens.monitor import MonitorScreen

COPY_CHARS = 2_000
"""Of a copied value; terminals drop longer OSC 52 sequences."""


def _copy(screen: MonitorScreen, text: str) -> None:
    shown = neutralise(text, COPY_CHARS)
    screen.app.copy_to_clipboard(shown)
    # OSC 52 fails silently in some terminals, so what was copied is always said.
    screen.say(f"copied: {neutralise(shown, 60)}")


def copy_field(screen: MonitorScreen) -> None:
    table = screen.table
    if table is not None and table.selected is not None and table.column is not None:
        _copy(screen, table.field_text(table.selected, table.column))


def copy_row(screen: MonitorScreen) -> None:
    table = screen.table
    if table is not None and table.selected is not None:
        fields = [table.field_text(table.selected, placed.column) for placed in table.placed if not placed.column.drawn]
        _copy(screen, "  ".join(field for field in fields if field))


def export(screen: MonitorScreen) -> None:
    table = screen.table
    if table is None or not table.rows:
        screen.say("nothing to export here")
        return
    rows = list(table.rows)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(screen.monitor.view.now_ns // 1_000_000_000))
    path = screen.monitor.export_folder / f"netscope-{table.table.name}-{stamp}.csv"

    def write(answer: str | None) -> None:
        if answer and answer.strip():
            _write(screen, rows, Path(answer.strip()).expanduser())

    what = f"Export {figures.counted(len(rows), 'row')} to"
    screen.app.push_screen(Prompt(what, figures.short_path(path), ".csv or .jsonl decides the form"), write)


def _write(screen: MonitorScreen, rows: list[Any], path: Path) -> None:
    control = screen.monitor.reader.control

    def work() -> None:
        try:
            check_writable(path, control.writable if control is not None else ())
            count = write_rows(rows, path)
        except (ExportError, NetScopeError) as error:
            screen.app.call_from_thread(screen.say, str(error), severity="error")
        else:
            screen.app.call_from_thread(
                screen.say, f"{figures.counted(count, 'row')} in {figures.short_path(path.resolve())}"
            )

    screen.app.run_worker(work, thread=True, exit_on_error=False, group="export")
