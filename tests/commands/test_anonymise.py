"""``netscope anonymise`` as it is typed. What becomes of each column is tested in tests/export/test_anonymise.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from netscope.commands.anonymise import anonymise
from netscope.model.errors import NetScopeError
from tests.engine.store.samples import query
from tests.export.samples import home


def test_a_recording_to_give_away(tmp_path: Path) -> None:
    path = home(tmp_path)
    result = CliRunner().invoke(anonymise, [str(path), str(tmp_path / "shared.db")], catch_exceptions=False)
    assert result.stderr == f"26 rows in {tmp_path / 'shared.db'}\n"
    assert query(tmp_path / "shared.db", "SELECT count(*) FROM flows") == [(3,)]
    assert query(tmp_path / "shared.db", "SELECT mac FROM devices") != query(path, "SELECT mac FROM devices")


def test_nothing_is_overwritten_without_being_told_to(tmp_path: Path) -> None:
    path, target = home(tmp_path), tmp_path / "shared.db"
    target.write_text("mine")
    with pytest.raises(NetScopeError, match="already there"):
        CliRunner().invoke(anonymise, [str(path), str(target)], catch_exceptions=False)
    CliRunner().invoke(anonymise, [str(path), str(target), "--force"], catch_exceptions=False)
    assert query(target, "SELECT count(*) FROM flows") == [(3,)]


def test_two_copies_with_one_key_are_alike(tmp_path: Path) -> None:
    path = home(tmp_path)
    for name in ("first.db", "second.db"):
        arguments = [str(path), str(tmp_path / name), "--key", str(tmp_path / "key")]
        CliRunner().invoke(anonymise, arguments, catch_exceptions=False)
    names = "SELECT client_ip, server_name FROM flows ORDER BY id"
    assert query(tmp_path / "first.db", names) == query(tmp_path / "second.db", names)
