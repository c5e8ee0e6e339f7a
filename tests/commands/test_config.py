from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from netscope.cli import cli
from netscope.config import places
from netscope.config.template import template


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(places, "MACHINE_FILE", tmp_path / "etc.toml")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def own_file(home: Path, text: str) -> Path:
    path = home / "netscope" / "netscope.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_show_tells_where_each_value_comes_from(home: Path) -> None:
    path = own_file(home, "[capture]\nmax_flows = 2000\n")
    shown = run("config", "show", "-i", "eth7", "--json")
    assert shown.exit_code == 0
    document = json.loads(shown.output)
    assert document["file"] == str(path)
    assert document["options"]["capture.max_flows"] == {"value": 2000, "from": "file"}
    assert document["options"]["capture.interfaces"] == {"value": ["eth7"], "from": "command line"}
    assert document["options"]["capture.filter"] == {"value": None, "from": "default"}
    assert f"# {path}" in run("config", "show").output


def test_show_prints_a_file_to_begin_with() -> None:
    assert run("config", "show", "--defaults").output == template()


def test_check_tells_every_problem(home: Path) -> None:
    assert "there is no configuration" in run("config", "check").output
    path = own_file(home, "[capture]\nmax_flow = 1\nbuffer_mib = 0\n")
    checked = run("config", "check")
    assert checked.exit_code == 2
    assert checked.output.splitlines() == [
        f"netscope: {path}:2: capture.max_flow: no such option; did you mean max_flows?",
        f"netscope: {path}:3: capture.buffer_mib: 0 is too small; at least 1 MiB",
    ]
    other = home / "other.toml"
    other.write_text("")
    assert run("config", "check", str(other)).output == f"{other}: ok\n"


def test_path_is_the_file_in_force_or_where_it_would_be(home: Path) -> None:
    missing = run("config", "path")
    assert (missing.exit_code, missing.output.splitlines()[0]) == (1, str(home / "netscope" / "netscope.toml"))
    (home / "etc.toml").touch()
    assert run("config", "path").output == f"{home / 'etc.toml'}\n"
    other = home / "other.toml"
    other.touch()
    assert run("--config", str(other), "config", "path").output == f"{other}\n"
