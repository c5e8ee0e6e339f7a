"""Numbered steps from an empty file to today's schema; ``PRAGMA user_version`` says how many a file has taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from netscope.engine.store import schema
from netscope.engine.store.faults import fault

Migration = Callable[[Database], None]


def _create_contract(db: Database) -> None:
    for name, table in schema.CONTRACT.items():
        _create(db, name, table)
    db.table("devices").create_index(["mac"], unique=True)
    for name, columns in schema.INDEXES:
        db.table(name).create_index(columns)
    db.execute(schema.OPEN_FLOWS_INDEX)
    db.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")


def _add_baselines_and_merging(db: Database) -> None:
    _create(db, "baselines", schema.BASELINES)
    _create(db, "upkeep", schema.UPKEEP)
    table, column, kind, default = schema.MERGED_FLOWS
    db.table(table).add_column(column, kind, not_null_default=default)


def _add_wire_columns(db: Database) -> None:
    for table, columns in schema.WIRE_COLUMNS.items():
        for column, kind in columns.items():
            db.table(table).add_column(column, kind)


def _add_allow_rules(db: Database) -> None:
    _create(db, "allow_rules", schema.ALLOW_RULES)


def _add_shapes_and_privacy(db: Database) -> None:
    db.table(schema.SHAPE[0]).add_column(*schema.SHAPE[1:])
    for name, statement in schema.VIEWS.items():
        db.create_view(name, statement)


def _add_same_devices(db: Database) -> None:
    _create(db, "same_devices", schema.SAME_DEVICES)


def _add_device_notes(db: Database) -> None:
    db.table(schema.DEVICE_NOTE[0]).add_column(*schema.DEVICE_NOTE[1:])


def _create(db: Database, name: str, table: schema.Table) -> None:
    db.table(name).create(table.columns, pk=table.key, foreign_keys=list(table.references))


MIGRATIONS: Final[tuple[Migration, ...]] = (
    _create_contract,
    _add_baselines_and_merging,
    _add_wire_columns,
    _add_allow_rules,
    _add_shapes_and_privacy,
    _add_same_devices,
    _add_device_notes,
)


def version(db: Database) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def refuse_newer(db: Database, path: Path, steps: Sequence[Migration] = MIGRATIONS) -> None:
    """Raises StoreFault ``newer_schema`` when the file has taken more steps than are known here."""
    if version(db) > len(steps):
        raise fault("newer_schema", path)


def migrate(db: Database, path: Path, steps: Sequence[Migration] = MIGRATIONS) -> int:
    """Take the steps the file lacks, each in its own transaction; returns how many. Raises as ``refuse_newer``."""
    refuse_newer(db, path, steps)
    taken = version(db)
    for number, step in enumerate(steps[taken:], start=taken + 1):
        with db.atomic():
            step(db)
            db.execute(f"PRAGMA user_version = {number}")
    return len(steps) - taken
