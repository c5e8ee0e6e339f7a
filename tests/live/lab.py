"""A home network of namespaces for attacks with real tools: hosts on a hub, a router, an internet behind it, an eye.

The hub is a bridge that forgets MACs at once, so the eye's port sees every frame, as a mirror port does. Nothing
reaches the machine's real network; everything is removed at the end.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

HOSTS = {"router": 1, "desktop": 10, "nas": 20, "lamp": 30, "guest": 66}
"""Host -> last octet in 192.168.77.0/24 and ::."""
WEB, RESOLVER, BAD = "198.51.100.80", "198.51.100.53", "203.0.113.9"
"""Addresses of the internet's one host."""
TOOL_TIMEOUT_S = 320


def address(host: str) -> str:
    return f"192.168.77.{HOSTS[host]}"


def mac(host: str) -> str:
    return f"3c:7c:3f:77:00:{HOSTS[host]:02x}"


def missing_for_a_lab() -> str | None:
    """Why no lab can be made here."""
    if os.getuid() != 0:
        return "needs root, to make network namespaces"
    if not shutil.which("ip"):
        return "needs ip of iproute2"
    probe = f"alerts-probe-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], check=False, capture_output=True).returncode:
        return "cannot make a network namespace here"
    subprocess.run(["ip", "netns", "del", probe], check=False)
    return None


@dataclass
class Lab:
    """Use ``running`` to make one."""

    folder: Path
    prefix: str = field(default_factory=lambda: f"alerts-{os.getpid()}")
    _background: list[subprocess.Popen[str]] = field(default_factory=list)

    def namespace(self, host: str) -> str:
        return f"{self.prefix}-{host}"

    def on(self, host: str, *command: str, timeout_s: float = TOOL_TIMEOUT_S, data: str | None = None) -> str:
        """Run to the end, or until the time is over; what it printed."""
        try:
            return subprocess.run(
                self._inside(host, command), check=False, capture_output=True, text=True, timeout=timeout_s, input=data
            ).stdout
        except subprocess.TimeoutExpired as late:
            return (late.stdout or b"").decode(errors="replace") if isinstance(late.stdout, bytes) else ""

    def start(self, host: str, *command: str, sink: TextIO | int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        """Run in the background until the scenario ends; what it prints goes to ``sink``."""
        process = subprocess.Popen(
            self._inside(host, command), stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.DEVNULL, text=True,
            start_new_session=True,
        )  # fmt: skip
        self._background.append(process)
        return process

    def sent(self, host: str) -> int:
        """Frames that left through a host's eth0, as the kernel counts."""
        return int(self.on(host, "cat", "/sys/class/net/eth0/statistics/tx_packets"))

    def stop_background(self) -> None:
        for process in self._background:
            # Without grace: arpspoof would take five seconds to mend what it did.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._background.clear()

    def _inside(self, host: str, command: Sequence[str]) -> list[str]:
        return ["ip", "netns", "exec", self.namespace(host), *command]

    def make(self) -> None:
        for host in (*HOSTS, "net", "hub", "eye"):
            _ip("netns", "add", self.namespace(host))
            self.on(host, "ip", "link", "set", "lo", "up")
        self.on("hub", "ip", "link", "add", "hub", "type", "bridge", "ageing_time", "0", "stp_state", "0")
        self.on("hub", "ip", "link", "set", "hub", "up")
        for host in (*HOSTS, "eye"):
            self._plug_in(host)
        self._quiet_eye()
        self._make_internet()

    def _plug_in(self, host: str) -> None:
        near, far = self.namespace(host), self.namespace("hub")
        _ip("link", "add", "eth0", "netns", near, "type", "veth", "peer", "name", f"p-{host}", "netns", far)
        self.on("hub", "ip", "link", "set", f"p-{host}", "master", "hub", "up")
        if host == "eye":
            return
        self.on(host, "ip", "link", "set", "eth0", "address", mac(host))
        self.on(host, "ip", "link", "set", "eth0", "up")
        self.on(host, "ip", "address", "add", f"{address(host)}/24", "dev", "eth0")
        self.on(host, "ip", "-6", "address", "add", f"fd77::{HOSTS[host]:x}/64", "dev", "eth0", "nodad")
        if host == "guest":
            # Who poses as the router passes on what it gets, or the victim would notice.
            self.on(host, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        if host != "router":
            self.on(host, "ip", "route", "add", "default", "via", address("router"))

    def _quiet_eye(self) -> None:
        self.on("eye", "sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1")
        self.on("eye", "ip", "link", "set", "eth0", "up")

    def _make_internet(self) -> None:
        router, net = self.namespace("router"), self.namespace("net")
        _ip("link", "add", "wan", "netns", router, "type", "veth", "peer", "name", "eth0", "netns", net)
        self.on("router", "ip", "link", "set", "wan", "up")
        self.on("router", "ip", "address", "add", "198.51.100.1/24", "dev", "wan")
        self.on("router", "ip", "route", "add", "203.0.113.0/24", "via", WEB)
        self.on("router", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.on("net", "ip", "link", "set", "eth0", "up")
        for own in (f"{WEB}/24", f"{RESOLVER}/24", f"{BAD}/32"):
            self.on("net", "ip", "address", "add", own, "dev", "eth0")
        self.on("net", "ip", "route", "add", "192.168.77.0/24", "via", "198.51.100.1")

    def remove(self) -> None:
        self.stop_background()
        for host in (*HOSTS, "net", "hub", "eye"):
            subprocess.run(["ip", "netns", "del", self.namespace(host)], check=False, capture_output=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def running() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory(prefix="netscope-lab-") as folder:
        lab = Lab(Path(folder))
        try:
            lab.make()
            yield lab
        finally:
            lab.remove()


@dataclass(frozen=True)
class Told:
    """An alert of a recording."""

    detector: str
    severity: str
    title: str
    evidence: dict[str, Any]
    after_s: float
    """From the attack's start to the row in the file."""


class Watch:
    """NetScope on the eye, recording into a file of its own."""

    def __init__(self, lab: Lab, name: str, config: str = "") -> None:
        self.database = lab.folder / name / "eye.db"
        self.database.parent.mkdir()
        settings = self.database.with_name("netscope.toml")
        settings.write_text(config)
        self._lab = lab
        self.run = subprocess.Popen(
            ["ip", "netns", "exec", lab.namespace("eye"), sys.executable, "-m", "netscope", "--config", str(settings),
             "-i", "eth0", "--record", str(self.database), "--quiet"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self.began_s = time.time()

    def wait_until_recording(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.run.poll() is not None:
                raise AssertionError(f"netscope ended: {self.run.communicate()[1]}")
            if self.rows("SELECT 1 FROM sessions"):
                return
            time.sleep(0.1)
        raise AssertionError("the recorder did not begin")

    def begin(self) -> None:
        """Alerts are timed from now."""
        self.began_s = time.time()

    def alerts(self) -> list[Told]:
        now_s = time.time()
        return [
            Told(detector, severity, title, json.loads(evidence), now_s - self.began_s)
            for detector, severity, title, evidence in self.rows(
                "SELECT detector, severity, title, evidence FROM alerts ORDER BY id"
            )
        ]

    def wait_for(self, detector: str, severities: Sequence[str], within_s: float) -> Told | None:
        deadline_s = self.began_s + within_s
        while True:
            for told in self.alerts():
                if told.detector == detector and told.severity in severities:
                    return told
            if time.time() > deadline_s:
                return None
            time.sleep(0.1)

    def rows(self, sql: str) -> list[Any]:
        try:
            db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
            try:
                return db.execute(sql).fetchall()
            finally:
                db.close()
        except sqlite3.OperationalError:
            return []

    def close(self) -> None:
        _end(self.run)
