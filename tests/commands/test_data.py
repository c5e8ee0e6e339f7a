"""``netscope data`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from netscope.commands.data import data
from netscope.model.errors import NetScopeError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SUDO_USER", raising=False)
    for name in ("DATA", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(data, arguments)


def test_status_lists_what_is_loaded() -> None:
    result = run("status")
    assert result.exit_code == 0
    head, *rows = result.stdout.splitlines()
    assert head.split() == ["KIND", "NAME", "ENTRIES", "DATE", "MEMORY", "LICENCE", "SOURCE"]
    assert any(row.startswith("trackers") and "third-party-web" in row for row in rows)
    assert "in memory" in result.stdout


def test_status_for_programs_and_an_import_in_it(home: Path) -> None:
    listed = home / "my.txt"
    listed.write_text("a.example\nnot a name\n")
    result = run("import", str(listed), "--kind", "trackers", "--format", "domains")
    assert result.exit_code == 0
    assert result.stdout.startswith("1 entries in ")
    assert "SHA-256 " in result.stdout
    assert f"{listed}:2" in result.stderr
    tables = json.loads(run("status", "--json").stdout)["tables"]
    assert [table["entries"] for table in tables if table["name"] == "my"] == [1]


def test_a_damaged_import_is_shown_as_a_warning_not_a_failure(home: Path) -> None:
    folder = home / "data" / "netscope" / "trackers"
    folder.mkdir(parents=True)
    (folder / "old.nslist").write_text("damaged")
    result = run("status")
    assert result.exit_code == 0
    assert "warning: " in result.stderr
    assert "old.nslist" in result.stderr


def test_a_hostile_list_name_is_neutral_on_the_screen(home: Path) -> None:
    listed = home / "\x1b[31mred.txt"
    listed.write_text("a.example\n")
    run("import", str(listed), "--kind", "trackers", "--name", "mine")
    assert "\x1b" not in run("status").stdout


@pytest.mark.parametrize("arguments", [("import", "none.txt", "--kind", "trackers"), ("update",)])
def test_what_cannot_be_done_is_an_error_for_the_command_line_to_print(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, NetScopeError)


def test_update_asks_before_it_uses_the_network(home: Path) -> None:
    config = home / "config" / "netscope"
    config.mkdir(parents=True)
    (config / "netscope.toml").write_text(
        '[[data.source]]\nname = "x"\nkind = "trackers"\nurl = "http://127.0.0.1:9/x"\n'
    )
    declined = CliRunner().invoke(data, ["update"], input="n\n")
    assert declined.exit_code == 0
    assert "x: http://127.0.0.1:9/x" in declined.stdout
    assert declined.stdout.endswith("nothing was fetched\n")
    failed = run("update", "--yes")
    assert failed.exit_code == 2
    assert "the old data stays in use" in failed.stderr
