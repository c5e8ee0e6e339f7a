"""The seccomp program, run by a small interpreter; what the kernel makes of it is in test_privileges."""

from __future__ import annotations

import errno
import socket
import subprocess
import sys

import pytest

from netscope.engine.capture import sandbox
from netscope.engine.capture.sandbox import Instruction, landlock_version, seccomp_is_known, sending_filter

ALLOW = 0x7FFF_0000
REFUSE = 0x0005_0000 | errno.EPERM
X86_64 = sandbox._ARCHITECTURES["x86_64"]
AARCH64 = sandbox._ARCHITECTURES["aarch64"]


def run(program: list[Instruction], *, audit: int, number: int, argument: int = 0) -> int:
    """What the kernel's classic BPF would return for one system call."""
    words = {0: number, 4: audit, 16: argument}
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
def test_nothing_can_be_sent_on_the_captures(machine: str) -> None:
    architecture = sandbox._ARCHITECTURES[machine]
    program = sending_filter(architecture, [5, 9])
    for number in architecture.sends:
        outcomes = [run(program, audit=architecture.audit, number=number, argument=fd) for fd in (4, 5, 8, 9)]
        assert outcomes == [ALLOW, REFUSE, ALLOW, REFUSE]


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
