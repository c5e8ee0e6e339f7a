"""A network of its own for tests that capture: a namespace with a veth pair, entered by the test's thread.

``left`` is for those who send, ``right`` for those who capture. Nothing reaches the machine's real network.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_CLONE_NEWNET = 0x40000000
_numbers = itertools.count()


@dataclass(frozen=True)
class VethPair:
    """A namespace with two ends of a cable."""

    namespace: str
    left: str = "ns-left"
    right: str = "ns-right"

    def run(self, *command: str) -> str:
        """Run a program inside; its standard output."""
        return subprocess.run(
            ["ip", "netns", "exec", self.namespace, *command], check=True, capture_output=True, text=True
        ).stdout

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["ip", "netns", "exec", self.namespace, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def create(self) -> None:
        """Make the pair, quiet: without IPv6 the kernel itself sends nothing."""
        self.run("ip", "link", "add", self.left, "type", "veth", "peer", "name", self.right)
        for end in (self.left, self.right):
            self.run("sysctl", "-qw", f"net.ipv6.conf.{end}.disable_ipv6=1")
            self.run("ip", "link", "set", end, "up")

    def remove(self) -> None:
        self.run("ip", "link", "del", self.left)

    def set_link(self, end: str, state: str) -> None:
        self.run("ip", "link", "set", end, state)

    def send(self, *frames: bytes, end: str | None = None) -> None:
        """Put frames on the cable as they are."""
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sender:
            sender.bind((end or self.left, 0))
            for frame in frames:
                sender.send(frame)

    def sent_packets(self, end: str) -> int:
        """How many frames left through this end, as the kernel counts."""
        for line in Path("/proc/thread-self/net/dev").read_text().splitlines():
            label, _, numbers = line.partition(":")
            if label.strip() == end:
                return int(numbers.split()[9])
        raise LookupError(end)


def _enter(path: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if libc.setns(descriptor, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {path}")
    finally:
        os.close(descriptor)


@pytest.fixture
def veth() -> Iterator[VethPair]:
    """The test's thread is inside the namespace while the test runs."""
    if os.getuid() != 0:
        pytest.skip("needs root, to make a network namespace with a veth pair")
    if not shutil.which("ip"):
        pytest.skip("needs ip of iproute2, to make a network namespace")
    pair = VethPair(f"netscope-test-{os.getpid()}-{next(_numbers)}")
    made = subprocess.run(["ip", "netns", "add", pair.namespace], check=False, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"cannot make a network namespace here: {made.stderr.strip()}")
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        pair.run("ip", "link", "set", "lo", "up")
        pair.create()
        _enter(f"/run/netns/{pair.namespace}")
        yield pair
    finally:
        _enter(f"/proc/self/fd/{home}")
        os.close(home)
        subprocess.run(["ip", "netns", "del", pair.namespace], check=False)
