"""The recorder as a service: ready, asked, reloaded, through a lost interface and a changed address, and ended."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from netscope.model.errors import NetScopeError
from netscope.service.status import ask
from tests.engine.small_network import PHONE, START_NS, lookup
from tests.live.namespace import VethPair


def wait_for(what: Callable[[], Any], limit_s: float = 30.0) -> Any:
    """The first answer that is not empty."""
    end_s = time.monotonic() + limit_s
    while time.monotonic() < end_s:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come to that")


def status(database: Path) -> dict[str, Any]:
    try:
        return ask(database, "status")
    except NetScopeError:
        return {}


def test_the_recorder_serves_for_its_whole_life(veth: VethPair, tmp_path: Path) -> None:
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(30)
    database, config, blocked = tmp_path / "rec" / "home.db", tmp_path / "netscope.toml", tmp_path / "list.txt"
    config.write_text(f'[data]\ntrackers = ["{blocked}"]\n')
    blocked.write_text("first.example\n")
    run = subprocess.Popen(
        ["ip", "netns", "exec", veth.namespace, sys.executable, "-m", "netscope",
         "-i", veth.right, "--record", str(database), "--config", str(config)],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "5000000"},
    )  # fmt: skip
    try:
        assert manager.recv(4096) == b"READY=1"
        assert manager.recv(4096) == b"WATCHDOG=1"
        send(veth, "a.first.example")
        wait_for(lambda: status(database).get("packets", 0) >= 2)
        wait_for(lambda: trackers(database) == {"first.example"})

        veth.remove()
        assert wait_for(lambda: status(database)["notices"])[0].startswith("ns-right has disappeared")
        veth.create()
        veth.run("ip", "address", "add", "198.51.100.1/24", "dev", veth.right)
        wait_for(lambda: not status(database)["notices"])

        blocked.write_text("second.example\n")
        run.send_signal(signal.SIGHUP)
        send_until(veth, "b.second.example", lambda: trackers(database) == {"first.example", "second.example"})

        config.write_text("[retension]\n")
        assert "did you mean retention?" in ask(database, "reload")["error"]
        told = status(database)
        assert (told["capture_failures"], told["rows_dropped"], told["pid"]) == (0, 0, run.pid)
        assert told["dropped_kernel"] == 0
    finally:
        messages(manager)  # its queue may be full of the watchdog's
        run.send_signal(signal.SIGTERM)
        _, said = run.communicate(timeout=30)
    assert run.returncode == 0, said
    assert [
        line for line in said.splitlines() if not re.match(r"event=\w+ level=(info|warning|error) text=", line)
    ] == []
    assert 'event=notice_over level=info text="ns-right has disappeared; waiting for it to come back"' in said
    assert b"STOPPING=1" in messages(manager)
    assert {path.name for path in database.parent.iterdir()} == {"home.db"}
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*), max(ended_ns) IS NOT NULL FROM sessions").fetchone() == (1, 1)
    manager.close()


def send(veth: VethPair, name: str) -> None:
    veth.send(*(data for _, data in lookup(PHONE, name, "192.0.2.1", START_NS)))


def send_until(veth: VethPair, name: str, done: Callable[[], bool]) -> None:
    """The list is read while packets go on; those that came before it know nothing of it."""
    number = 0

    def again() -> bool:
        nonlocal number
        number += 1
        send(veth, f"n{number}.{name}")
        time.sleep(0.5)
        return done()

    wait_for(again)


def trackers(database: Path) -> set[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return {rule for (rule,) in connection.execute("SELECT rule FROM tracker_hits")}


def messages(manager: socket.socket) -> list[bytes]:
    manager.setblocking(False)
    found = []
    while True:
        try:
            found.append(manager.recv(4096))
        except BlockingIOError:
            return found
