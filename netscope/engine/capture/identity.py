"""Who NetScope works for: the user behind sudo, the one named by ``--user``, or a service account."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netscope.model.errors import NetScopeError

SERVICE_ACCOUNT: Final = "netscope"
# Set by sudo, doas and pkexec for the user who called them; numbers or a name.
_CALLER_VARIABLES: Final = ("SUDO_UID", "DOAS_USER", "PKEXEC_UID")


@dataclass(frozen=True, slots=True)
class Identity:
    """A user as the system knows it."""

    name: str
    uid: int
    gid: int
    home: Path


def working_identity(user: str | None = None) -> Identity:
    """Whom files belong to and whose folders are used: ``user``, else the caller of sudo, else this process' user.

    ``user`` is a name or a number. Raises NetScopeError when there is no such user.
    """
    if user is not None:
        return _look_up(user)
    if os.getuid() == 0:
        return calling_identity() or _look_up("0")
    return _look_up(str(os.getuid()))


def identity_after_drop(user: str | None = None) -> Identity:
    """Whom ``drop_privileges`` becomes: as ``working_identity``, but root itself gives way to the service account."""
    if user is None and os.getuid() == 0:
        return calling_identity() or service_identity() or _look_up("0")
    return working_identity(user)


def calling_identity() -> Identity | None:
    """The ordinary user who called sudo, doas or pkexec; None when nobody did or root itself."""
    for variable in _CALLER_VARIABLES:
        caller = os.environ.get(variable)
        if caller:
            identity = _look_up(caller)
            return identity if identity.uid else None
    return None


def service_identity() -> Identity | None:
    """The account a package or ``netscope service install`` made, if there is one."""
    try:
        return _from_entry(pwd.getpwnam(SERVICE_ACCOUNT))
    except KeyError:
        return None


def _look_up(user: str) -> Identity:
    try:
        return _from_entry(pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user))
    except KeyError:
        if not user.isdecimal():
            raise NetScopeError(f"there is no user called {user}; name an existing one with --user") from None
    # A container may run as a number that has no entry.
    uid = int(user)
    return Identity(user, uid, os.getgid() if uid == os.getuid() else uid, Path(os.environ.get("HOME", "/")))


def _from_entry(entry: pwd.struct_passwd) -> Identity:
    return Identity(entry.pw_name, entry.pw_uid, entry.pw_gid, Path(entry.pw_dir))
