"""Gives up every right once the capture is open, for good, and proves it.

Order matters: what needs a right comes first (bounding set, groups, gid, uid), then what needs none
(capabilities, no_new_privs, Landlock, seccomp), then the kernel is asked what is left.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netscope.engine.capture.identity import Identity, identity_after_drop, working_identity
from netscope.engine.capture.rights import may_capture
from netscope.engine.capture.sandbox import forbid_sending, network_sockets, restrict_writing
from netscope.model.errors import NetScopeError

_IS_LINUX: Final = sys.platform == "linux"
# linux/prctl.h, linux/capability.h, linux/securebits.h
_PR_CAPBSET_DROP: Final = 24
_PR_SET_SECUREBITS: Final = 28
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
_CAPABILITY_VERSION_3: Final = 0x2008_0522
_CAPABILITIES: Final = range(64)
_SECUREBITS_ROOT_IS_NOBODY: Final = 0b10_0011
"""NOROOT on and KEEP_CAPS off, both locked: uid 0 brings no capability any more."""
_TASKS: Final = Path("/proc/self/task")
_WITHOUT_RIGHTS: Final = ("CapInh", "CapPrm", "CapEff", "CapAmb")


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was given up, for the journal."""

    identity: Identity
    landlock_version: int
    """0 where the kernel has none."""
    seccomp: bool
    notices: tuple[str, ...] = ()
    """What may go wrong later, in words for the user."""

    def __str__(self) -> str:
        landlock = f"Landlock {self.landlock_version}" if self.landlock_version else "no Landlock"
        return (
            f"runs as {self.identity.name} (uid {self.identity.uid}, gid {self.identity.gid}), without capabilities, "
            f"{landlock}, {'seccomp' if self.seccomp else 'no seccomp'}"
        )


def drop_privileges(
    user: str | None = None,
    *,
    writable: Sequence[Path] | None = (),
    captures: Sequence[int] = (),
    may_send: bool = False,
) -> Dropped:
    """Become ``user`` without any capability, able to write only beneath ``writable`` and to send nothing.

    ``writable`` None: wherever the user may. ``may_send``: of the notifying process, which is there to send.

    Call it after the capture is open and before threads start. Without ``user``: the caller of sudo, doas or pkexec;
    else the account ``netscope`` if there is one; else root without its powers. A process that is not root keeps its
    user. ``captures`` are the descriptors of the capture sockets. USER follows, and HOME where the user changes.

    Raises NetScopeError when there is no such user, a folder cannot be written, or anything could be regained: the
    caller must not go on then.
    """
    identity = identity_after_drop(user)
    user_before, was_root = os.getuid(), os.geteuid() == 0
    if was_root:
        if _IS_LINUX:
            _empty_bounding_set()
        _become(identity)
    elif identity.uid != os.getuid():
        raise NetScopeError(f"only root can become {identity.name}; leave --user out or start with sudo")
    os.environ.update(USER=identity.name, LOGNAME=identity.name)
    if identity.uid != user_before:
        os.environ["HOME"] = str(identity.home)
    landlock_version, seccomp = 0, False
    if _IS_LINUX:
        _clear_capabilities()
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    # Before seccomp, which would hide what the user and the capabilities still allow.
    _verify(identity, was_root=was_root)
    _check_folders(writable or ())
    if _IS_LINUX and writable is not None:
        landlock_version = restrict_writing(writable, may_connect=may_send)
    if _IS_LINUX and not may_send:
        seccomp = forbid_sending(sorted({*captures, *network_sockets()}))
    return Dropped(identity, landlock_version, seccomp, _notices(identity))


def _become(identity: Identity) -> None:
    try:
        os.setgroups([])
        if sys.platform == "linux":
            os.setresgid(identity.gid, identity.gid, identity.gid)
            os.setresuid(identity.uid, identity.uid, identity.uid)
        else:
            os.setgid(identity.gid)
            os.setuid(identity.uid)
    except PermissionError:
        raise NetScopeError(
            f"cannot become {identity.name}: root lacks CAP_SETUID or CAP_SETGID here; give them or start as that user"
        ) from None


def _empty_bounding_set() -> None:
    # Without CAP_SETPCAP (some containers) no_new_privs alone has to keep capabilities from coming back.
    with contextlib.suppress(PermissionError):
        for capability in _CAPABILITIES:
            try:
                _prctl(_PR_CAPBSET_DROP, capability)
            except PermissionError:
                raise
            except OSError:  # EINVAL: past the last capability of this kernel
                break
        _prctl(_PR_SET_SECUREBITS, _SECUREBITS_ROOT_IS_NOBODY)


def _clear_capabilities() -> None:
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    if _libc().capset(header, bytes(24)):
        raise NetScopeError(f"cannot give up capabilities: {os.strerror(ctypes.get_errno())}")


def _check_folders(writable: Sequence[Path]) -> None:
    for folder in writable:
        if not os.access(folder, os.W_OK | os.X_OK):
            name = working_identity().name
            raise NetScopeError(f"{name} cannot write to {folder}; run: sudo chown {name} {folder}")


def _verify(identity: Identity, *, was_root: bool) -> None:
    """Ask the kernel; refuse to go on when a right is left or can come back."""
    if was_root and os.getgroups():
        raise NetScopeError("refusing to go on: groups of root are left after giving it up")
    if identity.uid != 0:
        _verify_root_is_gone()
    if _IS_LINUX:
        for task in _TASKS.iterdir():
            _verify_thread(task / "status", identity)
        if may_capture():
            raise NetScopeError("refusing to go on: a capture socket could be opened again after giving up root")


def _notices(identity: Identity) -> tuple[str, ...]:
    for path in (os.__file__, __file__):
        if not os.access(path, os.R_OK):
            return (
                f"{identity.name} cannot read {path}: what is loaded later will fail; install it where that user can",
            )
    return ()


def _verify_root_is_gone() -> None:
    for regain in (os.setuid, os.seteuid):
        try:
            regain(0)
        except PermissionError:
            continue
        raise NetScopeError("refusing to go on: root could be regained after giving it up")


def _verify_thread(status: Path, identity: Identity) -> None:
    facts = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
    wrong = [name for name in _WITHOUT_RIGHTS if int(facts[name], 16)]
    wrong += [name for name, number in (("Uid", identity.uid), ("Gid", identity.gid)) if _differs(facts[name], number)]
    wrong += ["NoNewPrivs"] if facts["NoNewPrivs"].strip() != "1" else []
    if wrong:
        raise NetScopeError(
            f"refusing to go on: {', '.join(wrong)} of thread {status.parent.name} are still as before giving up root"
        )


def _differs(numbers: str, wanted: int) -> bool:
    return any(int(number) != wanted for number in numbers.split())


def _prctl(option: int, argument: int) -> None:
    zero = ctypes.c_ulong(0)
    if _libc().prctl(option, ctypes.c_ulong(argument), zero, zero, zero):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
