"""Whose folders: the user's own, under sudo the invoking user's."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from netscope.engine.enrich import folders
from netscope.model.errors import NetScopeError


def test_without_sudo_folders_follow_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    found = (folders.data_folder(), folders.config_folder())
    assert found == (tmp_path / "data/netscope", tmp_path / "config/netscope")


@pytest.mark.skipif(os.geteuid() != 0, reason="sudo's variable counts for root only")
def test_under_sudo_the_folders_and_what_is_made_are_the_invoking_user_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = pwd.getpwnam("nobody")
    monkeypatch.setenv("SUDO_USER", "nobody")
    assert folders.data_folder() == Path(user.pw_dir) / ".local/share/netscope"
    made = folders.make_folder(tmp_path / "a" / "b")
    assert [path.stat().st_uid for path in (made, made.parent, tmp_path)] == [user.pw_uid, user.pw_uid, 0]


def test_an_unknown_invoking_user_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "no-such-user-here")
    assert folders.invoking_user() is None


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NetScopeError, match="cannot make the folder"):
        folders.make_folder(tmp_path / "file" / "x")
