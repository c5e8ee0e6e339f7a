"""What the process may never do again, laid down with the kernel (Linux): Landlock and seccomp.

Landlock keeps writing to the folders named and refuses TCP; the seccomp filter refuses new network
sockets, and on those there are every way to send, to connect, and to get another descriptor for them.
Each is used where the kernel has it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from netscope.model.errors import NetScopeError

# linux/landlock.h; the system call numbers are the same on every architecture but alpha.
_SYS_CREATE_RULESET: Final = 444
_SYS_ADD_RULE: Final = 445
_SYS_RESTRICT_SELF: Final = 446
_CREATE_RULESET_VERSION: Final = 1
_RULE_PATH_BENEATH: Final = 1
_WRITE_FILE: Final = 1 << 1
_REMOVE_AND_MAKE: Final = 0x1FF0
"""REMOVE_DIR, REMOVE_FILE and all MAKE_ rights."""
_REFER: Final = 1 << 13
"""Since ABI 2: moving files between folders."""
_TRUNCATE: Final = 1 << 14
"""Since ABI 3."""
_BIND_AND_CONNECT_TCP: Final = 0b11
"""Since ABI 4."""
_ALWAYS_WRITABLE: Final = ("/dev/null", "/dev/tty", "/dev/pts")

# linux/seccomp.h, linux/filter.h
_PR_GET_SECCOMP: Final = 21
_SET_MODE_FILTER: Final = 1
_FILTER_FLAG_TSYNC: Final = 1
_RETURN_ALLOW: Final = 0x7FFF_0000
_RETURN_ERRNO: Final = 0x0005_0000
_LOAD_WORD: Final = 0x20
_JUMP_EQUAL: Final = 0x15
_JUMP_AT_LEAST: Final = 0x35
_RETURN: Final = 0x06
_OFFSET_NUMBER: Final = 0
_OFFSET_ARCHITECTURE: Final = 4
_OFFSET_ARGUMENT: Final = 16
"""Low word of the first argument, on little-endian machines; the next are 8 bytes apart."""
_X32_BIT: Final = 0x4000_0000
_AF_NETLINK: Final = 16


class _Architecture(NamedTuple):
    """AUDIT_ARCH_ number and numbers of system calls."""

    audit: int
    seccomp: int
    socket: int
    fcntl: tuple[int, ...]
    onto: tuple[int, ...]
    """Those that write to the descriptor in their first argument, connect it, or make another one of it."""
    splice: int
    """Writes to the descriptor in its third argument."""
    never: tuple[int, ...]
    """Those that would pass a descriptor on, to be used under another number."""


_SYS_IO_URING_SETUP: Final = 425
"""A ring could open and use sockets without a system call for each."""
_SYS_PIDFD_GETFD: Final = 438
# sendto, write, writev, pwritev2, sendfile, connect, dup and dup3; then splice; then sendmsg and sendmmsg.
_GENERIC: Final = (
    (25,), (206, 64, 66, 287, 71, 203, 23, 24), 76, (211, 269, _SYS_IO_URING_SETUP, _SYS_PIDFD_GETFD)
)  # fmt: skip
"""include/uapi/asm-generic/unistd.h"""
# Besides dup2, and on ARM send, sendfile64 and fcntl64.
_X86_64: Final = (
    (72,), (44, 1, 20, 328, 40, 42, 32, 33, 292), 275, (46, 307, _SYS_IO_URING_SETUP, _SYS_PIDFD_GETFD)
)  # fmt: skip
_ARM: Final = (
    (55, 221), (289, 290, 4, 146, 393, 187, 239, 283, 41, 63, 358), 340,
    (296, 374, _SYS_IO_URING_SETUP, _SYS_PIDFD_GETFD),
)  # fmt: skip
_ARCHITECTURES: Final = {
    "x86_64": _Architecture(0xC000_003E, 317, 41, *_X86_64),
    "aarch64": _Architecture(0xC000_00B7, 277, 198, *_GENERIC),
    "riscv64": _Architecture(0xC000_00F3, 277, 198, *_GENERIC),
    "armv7l": _Architecture(0x4000_0028, 383, 281, *_ARM),
    "armv6l": _Architecture(0x4000_0028, 383, 281, *_ARM),
}
_DUPLICATING: Final = (0, 1030)
"""F_DUPFD and F_DUPFD_CLOEXEC of fcntl."""

MAX_DESCRIPTORS: Final = 100
"""A jump of classic BPF goes over 255 instructions at most, two of them a descriptor."""

Instruction = tuple[int, int, int, int]


def landlock_version() -> int:
    """Version of Landlock in this kernel, 0 where there is none."""
    return max(0, int(_libc().syscall(_SYS_CREATE_RULESET, None, ctypes.c_size_t(0), _CREATE_RULESET_VERSION)))


def seccomp_is_known() -> bool:
    """Whether this kernel filters system calls and the numbers of this machine's are known here."""
    return platform.machine() in _ARCHITECTURES and int(_libc().prctl(_PR_GET_SECCOMP, 0, 0, 0, 0)) >= 0


def restrict_writing(folders: Iterable[Path], *, may_connect: bool = False) -> int:
    """From now on only these folders, and terminals, can be written, and, unless told, no TCP connection made.

    Needs no_new_privs. Returns the kernel's Landlock version, 0 where there is none.
    Raises NetScopeError when a folder cannot be opened.
    """
    version = landlock_version()
    if not version:
        return 0
    rights = _WRITE_FILE | _REMOVE_AND_MAKE | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    connections = 0 if may_connect else _BIND_AND_CONNECT_TCP
    attributes = struct.pack("=QQ", rights, connections)[: 16 if version >= 4 else 8]
    ruleset = _checked(_SYS_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    try:
        for folder in folders:
            _allow_beneath(ruleset, folder, rights)
        for path in filter(os.path.exists, _ALWAYS_WRITABLE):
            _allow_beneath(ruleset, Path(path), rights if os.path.isdir(path) else _WRITE_FILE)
        _checked(_SYS_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _allow_beneath(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        raise NetScopeError(f"cannot write to {path}: {error.strerror}") from None
    try:
        _checked(_SYS_ADD_RULE, ruleset, _RULE_PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)


def forbid_sending(captures: Sequence[int]) -> bool:
    """From now on no thread can open a network socket or send on these descriptors; the calls give EPERM.

    Needs no_new_privs. Local (unix) and netlink sockets still work, but for sendmsg, which could pass a descriptor on:
    addresses of interfaces are read by netlink.
    False on machines whose system calls are not known here and on kernels without seccomp.
    """
    architecture = _ARCHITECTURES.get(platform.machine())
    if architecture is None:
        return False
    if len(captures) > MAX_DESCRIPTORS:
        raise NetScopeError(f"{len(captures)} network sockets are open, more than can be guarded; start without them")
    instructions = sending_filter(architecture, captures)
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in instructions))
    program = struct.pack("@HP", len(instructions), ctypes.addressof(code))
    return int(_libc().syscall(architecture.seccomp, _SET_MODE_FILTER, _FILTER_FLAG_TSYNC, program)) == 0


_REFUSE: Final[Instruction] = (_RETURN, 0, 0, _RETURN_ERRNO | errno.EPERM)
_ALLOW: Final[Instruction] = (_RETURN, 0, 0, _RETURN_ALLOW)


def sending_filter(architecture: _Architecture, captures: Sequence[int]) -> list[Instruction]:
    """The classic BPF program, (code, jump if true, jump if false, constant) each."""
    program: list[Instruction] = [
        (_LOAD_WORD, 0, 0, _OFFSET_ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture.audit),
        _REFUSE,
        (_LOAD_WORD, 0, 0, _OFFSET_NUMBER),
        # x86-64 has a second set of numbers for 32-bit pointers; the bit means nothing elsewhere.
        (_JUMP_AT_LEAST, 0, 1, _X32_BIT),
        _REFUSE,
        (_JUMP_EQUAL, 0, 5, architecture.socket),
        _argument(0),
        (_JUMP_EQUAL, 2, 0, socket.AF_UNIX),
        (_JUMP_EQUAL, 1, 0, _AF_NETLINK),
        _REFUSE,
        _ALLOW,
    ]
    for number in architecture.never:
        program += [(_JUMP_EQUAL, 0, 1, number), _REFUSE]
    for number in architecture.onto:
        program += _when(number, _unless_one_of(0, captures))
    program += _when(architecture.splice, _unless_one_of(2, captures))
    for number in architecture.fcntl:
        program += _when(number, _if_duplicating(captures))
    return [*program, _ALLOW]


def _argument(index: int) -> Instruction:
    return (_LOAD_WORD, 0, 0, _OFFSET_ARGUMENT + 8 * index)


def _when(number: int, steps: Sequence[Instruction]) -> list[Instruction]:
    """``steps``, which end in a verdict, for one system call; the number is loaded before and after."""
    return [(_JUMP_EQUAL, 0, len(steps), number), *steps]


def _unless_one_of(argument: int, descriptors: Sequence[int]) -> list[Instruction]:
    steps = [_argument(argument)]
    for descriptor in descriptors:
        steps += [(_JUMP_EQUAL, 0, 1, descriptor), _REFUSE]
    return [*steps, _ALLOW]


def _if_duplicating(descriptors: Sequence[int]) -> list[Instruction]:
    first, second = _DUPLICATING
    return [
        _argument(1),
        (_JUMP_EQUAL, 2, 0, first),
        (_JUMP_EQUAL, 1, 0, second),
        _ALLOW,
        *_unless_one_of(0, descriptors),
    ]


def network_sockets() -> list[int]:
    """Descriptors of this process that are sockets of a network, as one inherited may be."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            opened = socket.socket(fileno=int(name))
        except OSError:  # no socket, or the descriptor of the listing
            continue
        if opened.family not in (socket.AF_UNIX, _AF_NETLINK):
            found.append(opened.fileno())
        opened.detach()
    return found


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(number: int, *arguments: object) -> int:
    outcome = int(_libc().syscall(number, *arguments))
    if outcome < 0:
        raise NetScopeError(f"cannot restrict the process: {os.strerror(ctypes.get_errno())}")
    return outcome
