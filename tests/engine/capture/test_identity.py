"""Whose files and folders are used, from what sudo and its like leave behind."""

from __future__ import annotations

import os
import pwd

import pytest

from netscope.engine.capture.identity import calling_identity, identity_after_drop, working_identity
from netscope.model.errors import NetScopeError

NOBODY = pwd.getpwnam("nobody")
as_root = pytest.mark.skipif(os.getuid() != 0, reason="what root would become is asked of root")


@pytest.fixture(autouse=True)
def _no_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("SUDO_UID", "DOAS_USER", "PKEXEC_UID"):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SUDO_UID", str(NOBODY.pw_uid)), ("PKEXEC_UID", str(NOBODY.pw_uid)), ("DOAS_USER", "nobody")],
)
@as_root
def test_the_caller_of_sudo_is_worked_for(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    for identity in (working_identity(), identity_after_drop()):
        assert (identity.name, identity.uid, identity.gid) == ("nobody", NOBODY.pw_uid, NOBODY.pw_gid)
        assert str(identity.home) == NOBODY.pw_dir


def test_root_calling_sudo_is_nobody_special(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_UID", "0")
    assert calling_identity() is None


@as_root
def test_a_named_user_comes_before_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_UID", "0")
    assert identity_after_drop("nobody").uid == NOBODY.pw_uid
    assert identity_after_drop(str(NOBODY.pw_uid)).name == "nobody"


@as_root
def test_root_alone_gives_way_to_the_service_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netscope.engine.capture.identity.SERVICE_ACCOUNT", "nobody")
    assert identity_after_drop().name == "nobody"
    assert working_identity().name == "root"
    monkeypatch.setattr("netscope.engine.capture.identity.SERVICE_ACCOUNT", "no-such-account")
    assert identity_after_drop().uid == 0


def test_an_unknown_user_is_named() -> None:
    with pytest.raises(NetScopeError, match="there is no user called nobody-at-all"):
        working_identity("nobody-at-all")


def test_a_number_without_an_entry_is_taken_as_it_is() -> None:
    identity = working_identity("4123456")
    assert (identity.name, identity.uid, identity.gid) == ("4123456", 4123456, 4123456)
