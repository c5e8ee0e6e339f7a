"""Where an export goes: standard output, a file, or a folder with a file for each kind."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

from netscope.engine.store.faults import from_os
from netscope.export.formats import Csv, JsonLines, Records, Writer
from netscope.export.kinds import Kind
from netscope.export.rows import Lookups, Table
from netscope.model.errors import NetScopeError

FORMATS: Final = ("jsonl", "csv", "parquet", "zeek", "zeek-json", "eve")
_SUFFIXES: Final = {"jsonl": ".jsonl", "csv": ".csv", "parquet": ".parquet"}


def kinds_of(form: str) -> tuple[str, ...] | None:
    """The kinds a format has records of; None: all."""
    if form in ("zeek", "zeek-json"):
        from netscope.export.zeek import ZEEK_KINDS  # noqa: PLC0415

        return ZEEK_KINDS
    if form == "eve":
        from netscope.export.eve import EVE_KINDS  # noqa: PLC0415

        return EVE_KINDS
    return None


def flow_columns(form: str) -> tuple[str, ...]:
    """What a format's records hold of the row's flow."""
    if form == "eve":
        from netscope.export.eve import FLOW_COLUMNS  # noqa: PLC0415

        return FLOW_COLUMNS
    return ()


def file_name(kind: Kind, form: str) -> str:
    if form in ("zeek", "zeek-json"):
        from netscope.export.zeek import log_of  # noqa: PLC0415

        return log_of(kind.name)[0].path + ".log"
    return "eve.json" if form == "eve" else kind.name + _SUFFIXES[form]


def make_writer(form: str, table: Table, lookups: Lookups, out: Any) -> Writer:
    """Raises NetScopeError."""
    if form == "parquet":
        from netscope.export.parquet import Parquet  # noqa: PLC0415

        return Parquet(out, table.types())
    if form in ("zeek", "zeek-json"):
        from netscope.export.zeek import ZeekLog  # noqa: PLC0415

        return Records(out, ZeekLog(table.kind.name, lookups, as_json=form == "zeek-json"))
    if form == "eve":
        from netscope.export.eve import Eve  # noqa: PLC0415

        return Records(out, Eve(table.kind.name, lookups))
    return Csv(out, table.columns) if form == "csv" else JsonLines(out, table.columns)


class Outputs:
    """Opens what is written to, and finishes or takes away what was not finished."""

    def __init__(self, target: Path | None, form: str, *, many: bool, overwrite: bool) -> None:
        """``target`` None: standard output. ``many``: a folder, but for EVE, whose records share one file."""
        self._target = target
        self._form = form
        self._is_folder = many and form != "eve"
        self._overwrite = overwrite
        self._open: dict[Path, Any] = {}
        self._finished = False
        if target is None:
            _refuse_standard_output(form, many=self._is_folder)

    def for_kind(self, kind: Kind) -> TextIO | BinaryIO:
        """Raises NetScopeError."""
        if self._target is None:
            return sys.stdout.buffer if self._form == "parquet" else sys.stdout
        path = self._target / file_name(kind, self._form) if self._is_folder else self._target
        if path not in self._open:
            self._open[path] = self._create(path)
        out: TextIO | BinaryIO = self._open[path]
        return out

    def _create(self, path: Path) -> TextIO | BinaryIO:
        if path.exists() and not self._overwrite:
            raise NetScopeError(f"{path} is already there; choose another name or give --force")
        try:
            if self._is_folder:
                path.parent.mkdir(parents=True, exist_ok=True)
            if self._form == "parquet":
                return _part(path).open("wb")
            return _part(path).open("w", encoding="utf-8", newline="", buffering=1 << 20)
        except OSError as error:
            raise from_os(error, path) from error

    def flush(self) -> None:
        for out in (*self._open.values(), sys.stdout):
            out.flush()

    def show(self) -> None:
        """Give files their names while they are still written to: who reads along waits for them."""
        for path in self._open:
            if _part(path).exists():
                os.replace(_part(path), path)

    def finish(self) -> None:
        """All was written. Raises NetScopeError."""
        try:
            for out in self._open.values():
                out.flush()
                out.close()
            self.show()
        except OSError as error:
            raise from_os(error, self._target or Path("standard output")) from error
        self._finished = True

    def close(self) -> None:
        """Take away files that were not finished."""
        if self._finished:
            return
        for path, out in self._open.items():
            out.close()
            _part(path).unlink(missing_ok=True)


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _refuse_standard_output(form: str, *, many: bool) -> None:
    if many:
        raise NetScopeError("several kinds make several files: name a folder for them with --output")
    if form == "parquet" and sys.stdout.isatty():
        raise NetScopeError("Parquet is not for a terminal: name a file with --output, or send it into a pipe")
