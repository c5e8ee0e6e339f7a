"""What the user chose on the screens and finds again next time: orders, columns, groupings, theme."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from netscope.tui.columns import Column
from netscope.tui.glyphs import AS_TERMINAL, SIGNS
from netscope.tui.tables import Table

REFRESH_S: Final = (0.25, 0.5, 1.0, 2.0, 5.0)


@dataclass(slots=True)
class Preferences:
    orders: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Table to (column, reversed)."""
    columns: dict[str, list[str]] = field(default_factory=dict)
    """Table to its columns, in their order."""
    groups: dict[str, str] = field(default_factory=dict)
    """Table to what its rows are gathered by."""
    theme: str = ""
    refresh_s: float = 1.0
    names: bool = True
    show_closed: bool = True
    signs: str = AS_TERMINAL
    """One of SIGNS, or AS_TERMINAL."""

    def order(self, table: Table, *, settled: bool = False) -> tuple[str, bool]:
        """The user's, else the table's own; ``settled`` where nothing moves any more."""
        own = (table.settled_order or table.order) if settled else table.order
        key, reverse = self.orders.get(table.name, (own, False))
        column = table.column(key)
        return (key, reverse) if column is not None and column.sort is not None else (own, False)

    def columns_of(self, table: Table) -> tuple[Column, ...]:
        chosen = [table.column(key) for key in self.columns.get(table.name, ())]
        # What was picked does not wait for room to spare.
        known = tuple(replace(column, shown="yes") for column in chosen if column and column.shown != "never")
        return known or table.own_columns


def load(path: Path) -> Preferences:
    """Those of ``path``; the defaults when there is no such file or it is not ours."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return Preferences()
    return _checked(found) if isinstance(found, dict) else Preferences()


def _checked(found: dict[str, Any]) -> Preferences:
    preferences = Preferences()
    for item in fields(Preferences):
        value = found.get(item.name)
        default = getattr(preferences, item.name)
        if item.name == "orders" and isinstance(value, dict):
            value = {k: (str(v[0]), bool(v[1])) for k, v in value.items() if isinstance(v, list) and len(v) == 2}
        if isinstance(value, type(default)):
            setattr(preferences, item.name, value)
    if preferences.refresh_s not in REFRESH_S:
        preferences.refresh_s = 1.0
    if preferences.signs not in SIGNS:
        preferences.signs = AS_TERMINAL
    return preferences


def save(preferences: Preferences, path: Path) -> None:
    """Whole or not at all; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(asdict(preferences), indent=1, sort_keys=True) + "\n", "utf-8")
    os.replace(beside, path)
