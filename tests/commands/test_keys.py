from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from netscope.cli import cli
from netscope.tui.commands import COMMANDS


def config(folder: Path, keys: str) -> str:
    path = folder / "netscope.toml"
    path.write_text(f"[keys]\n{keys}\n", "utf-8")
    return str(path)


def test_the_keys_of_the_configuration_are_the_ones_listed(tmp_path: Path) -> None:
    path = config(tmp_path, 'pause = "p space"\nnames = ""')
    result = CliRunner().invoke(cli, ["--config", path, "keys"])
    lines = {line.split()[-1]: line.strip() for line in result.output.splitlines() if line.startswith("  ")}
    assert result.exit_code == 0
    assert set(lines) == {command.id for command in COMMANDS}
    assert lines["pause"].startswith("p  space ")
    assert lines["names"].startswith("- ")


def test_as_one_document(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["--config", config(tmp_path, 'filter = "F3"'), "keys", "--json"])
    found = {entry["id"]: entry for entry in json.loads(result.output)}
    assert found["filter"] == {
        "id": "filter", "keys": ["F3"], "help": "filter as you type", "group": "Find", "where": "all but Past",
    }  # fmt: skip
    assert found["help"]["keys"] == ["?", "F1"]


def test_a_key_with_two_meanings_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["--config", config(tmp_path, 'filter = "s"'), "keys"])
    assert result.exit_code != 0
    assert "s is both filter and order.next" in str(result.exception)
