"""The seccomp program, run by a small interpreter; what the kernel makes of it is in test_privileges."""

from __future__ import annotations

import errno
import fcntl
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from netscope.engine.capture import sandbox
from netscope.engine.capture.sandbox import Instruction, landlock_version, seccomp_is_known, sending_filter

ALLOW = 0x7FFF_0000
REFUSE = 0x0005_0000 | errno.EPERM
X86_64 = sandbox._ARCHITECTURES["x86_64"]
AARCH64 = sandbox._ARCHITECTURES["aarch64"]


def run(
    program: list[Instruction], *, audit: int, number: int, argument: int = 0, second: int = 7, third: int = 7
) -> int:
    """What the kernel's classic BPF would return for one system call."""
    words = {0: number, 4: audit, 16: argument, 24: second, 32: third}
    accumulator = position = 0
    while True:
        code, if_true, if_false, constant = program[position]
        position += 1
        if code == 0x06:
            return constant
        if code == 0x20:
            accumulator = words[constant]
        elif code == 0x15:
            position += if_true if accumulator == constant else if_false
        elif code == 0x35:
            position += if_true if accumulator >= constant else if_false
        else:
            raise AssertionError(hex(code))


@pytest.mark.parametrize("machine", sandbox._ARCHITECTURES)
def test_only_local_sockets_can_be_opened(machine: str) -> None:
    architecture = sandbox._ARCHITECTURES[machine]
    program = sending_filter(architecture, [5])
    outcomes = {
        family: run(program, audit=architecture.audit, number=architecture.socket, argument=family)
        for family in (socket.AF_UNIX, 16, socket.AF_INET, socket.AF_INET6, 17, 40)
    }
    assert outcomes == {
        socket.AF_UNIX: ALLOW,
        16: ALLOW,
        socket.AF_INET: REFUSE,
        socket.AF_INET6: REFUSE,
        17: REFUSE,
        40: REFUSE,
    }


@pytest.mark.parametrize("machine", sandbox._ARCHITECTURES)
def test_nothing_can_be_written_to_the_captures(machine: str) -> None:
    architecture = sandbox._ARCHITECTURES[machine]
    program = sending_filter(architecture, [5, 9])
    for number in architecture.onto:
        outcomes = [run(program, audit=architecture.audit, number=number, argument=fd) for fd in (4, 5, 8, 9)]
        assert outcomes == [ALLOW, REFUSE, ALLOW, REFUSE]
    splices = [run(program, audit=architecture.audit, number=architecture.splice, third=fd) for fd in (4, 5)]
    assert splices == [ALLOW, REFUSE]
    for number in architecture.never:
        assert run(program, audit=architecture.audit, number=number) == REFUSE


@pytest.mark.parametrize("machine", sandbox._ARCHITECTURES)
def test_no_second_descriptor_of_a_capture_can_be_had_but_its_flags_may_be_set(machine: str) -> None:
    architecture = sandbox._ARCHITECTURES[machine]
    program = sending_filter(architecture, [5])
    for number in architecture.fcntl:
        outcomes = {
            (fd, command): run(program, audit=architecture.audit, number=number, argument=fd, second=command)
            for fd in (4, 5)
            for command in (fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC, fcntl.F_GETFL, fcntl.F_SETFL)
        }
        assert {key for key, outcome in outcomes.items() if outcome == REFUSE} == {
            (5, fcntl.F_DUPFD),
            (5, fcntl.F_DUPFD_CLOEXEC),
        }


@pytest.mark.parametrize(
    ("machine", "header"),
    [("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), ("aarch64", "/usr/include/asm-generic/unistd.h")],
)
def test_the_numbers_are_the_kernels(machine: str, header: str) -> None:
    if not Path(header).exists():
        pytest.skip(f"needs {header} of linux-libc-dev")
    numbers = dict(re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)\n", Path(header).read_text()))
    architecture = sandbox._ARCHITECTURES[machine]
    wanted = [
        "sendto",
        "write",
        "writev",
        "pwritev2",
        "sendfile",
        "connect",
        "dup",
        *(["dup2"] if "dup2" in numbers and machine == "x86_64" else []),
        "dup3",
    ]
    assert list(architecture.onto) == [int(numbers[name]) for name in wanted]
    assert list(architecture.never) == [
        int(numbers[name]) for name in ("sendmsg", "sendmmsg", "io_uring_setup", "pidfd_getfd")
    ]
    assert (architecture.socket, architecture.seccomp, architecture.splice, architecture.fcntl) == (
        int(numbers["socket"]), int(numbers["seccomp"]), int(numbers["splice"]), (int(numbers["fcntl"]),),
    )  # fmt: skip


def test_other_calls_pass_and_ways_around_do_not() -> None:
    program = sending_filter(X86_64, [])
    read, write, connect = 0, 1, 42
    assert [run(program, audit=X86_64.audit, number=number) for number in (read, write, connect)] == [ALLOW] * 3
    assert run(program, audit=X86_64.audit, number=425) == REFUSE
    assert run(program, audit=X86_64.audit, number=0x4000_0000 | 41, argument=1) == REFUSE
    assert run(program, audit=0x4000_0003, number=read) == REFUSE
    assert run(program, audit=AARCH64.audit, number=read) == REFUSE


@pytest.mark.parametrize("machine", sandbox._ARCHITECTURES)
def test_every_jump_lands_inside_the_program(machine: str) -> None:
    program = sending_filter(sandbox._ARCHITECTURES[machine], list(range(3, 20)))
    for position, (code, if_true, if_false, _) in enumerate(program):
        if code in {0x15, 0x35}:
            assert position + 1 + max(if_true, if_false) < len(program)
            assert max(if_true, if_false) < 256
    assert program[-1][0] == 0x06


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")
def test_asking_what_the_kernel_has_restricts_nothing() -> None:
    code = (
        "import socket; from netscope.engine.capture.sandbox import landlock_version, seccomp_is_known\n"
        "print(landlock_version() >= 0, seccomp_is_known() in (True, False)); socket.socket().close()"
    )
    run_it = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run_it.stdout == "True True\n"
    assert landlock_version() == landlock_version()
    assert seccomp_is_known() == seccomp_is_known()
