"""One file is in force: the one named, the user's, or the machine's."""

from __future__ import annotations

import getpass
import os
import pwd
from pathlib import Path

import pytest

from netscope.config import places
from netscope.config.places import absolute, candidates, config_file
from netscope.model.errors import NetScopeError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(places, "MACHINE_FILE", tmp_path / "etc" / "netscope.toml")
    return tmp_path


def test_the_users_file_stands_alone_before_the_machines(home: Path) -> None:
    assert config_file() is None
    machine = home / "etc" / "netscope.toml"
    machine.parent.mkdir()
    machine.touch()
    assert config_file() == machine
    own = home / "config" / "netscope" / "netscope.toml"
    own.parent.mkdir(parents=True)
    own.touch()
    assert config_file() == own
    other = home / "other.toml"
    other.touch()
    assert config_file(other) == other
    with pytest.raises(NetScopeError, match="no such configuration"):
        config_file(home / "missing.toml")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be under sudo")
def test_under_sudo_it_is_the_callers_file(monkeypatch: pytest.MonkeyPatch) -> None:
    user = next(entry for entry in pwd.getpwall() if entry.pw_name not in {"root", getpass.getuser()})
    monkeypatch.setenv("SUDO_USER", user.pw_name)
    assert candidates()[0] == Path(user.pw_dir, ".config", "netscope", "netscope.toml")
    assert absolute("~/lists/a.txt", Path("/etc")) == Path(user.pw_dir, "lists", "a.txt")


def test_paths_begin_at_home_or_beside_the_file(home: Path) -> None:
    assert absolute("~/a.db", Path("/etc")) == home / "a.db"
    assert absolute("a.db", Path("/etc/netscope")) == Path("/etc/netscope/a.db")
    assert absolute("/srv/a.db", Path("/etc")) == Path("/srv/a.db")
