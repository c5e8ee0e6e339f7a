"""The whole program on a cable of its own: real packets in, a recording and a screen out, and not one packet sent."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from netscope.demo.synthesis import write_pcap
from netscope.demo.wire import Frame
from tests.engine.small_network import (
    LAPTOP,
    PHONE,
    ROUTER_MAC,
    SERVER,
    arp_reply,
    conversation,
    in_order,
    lookup,
    tls_hello,
)
from tests.live.namespace import VethPair
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(shutil.which("tcpreplay") is None, reason="needs tcpreplay to put frames on the cable")


def traffic() -> list[Frame]:
    start_ns = time.time_ns()
    return in_order(
        [arp_reply(ROUTER_MAC, "192.168.1.1", start_ns), arp_reply(PHONE.mac, "192.168.1.31", start_ns + 1)],
        lookup(PHONE, "app-measurement.com", "93.184.216.34", start_ns + 10_000_000),
        conversation(PHONE, SERVER, 443, tls_hello("app-measurement.com"), b"", start_ns + 50_000_000),
        lookup(LAPTOP, "www.example.org", "93.184.216.34", start_ns + 60_000_000, port=41000),
        conversation(
            LAPTOP, SERVER, 80, b"GET /a HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", start_ns + 90_000_000, client_port=51000,
        ),
    )  # fmt: skip


@pytest.fixture
def replayed(tmp_path: Path) -> tuple[Path, int]:
    frames = traffic()
    path = tmp_path / "traffic.pcap"
    write_pcap(path, iter(frames))
    return path, len(frames)


def in_namespace(veth: VethPair, *arguments: str) -> list[str]:
    return ["ip", "netns", "exec", veth.namespace, sys.executable, "-m", "netscope", *arguments]


def wait_until_recording(database: Path, run: subprocess.Popen[str]) -> None:
    """The session's row is there once the capture is open and the first batch written."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert run.poll() is None, run.communicate()
        if database.exists() and count(database, "sessions"):
            return
        time.sleep(0.1)
    raise AssertionError("the recorder did not begin")


def count(database: Path, table: str) -> int:
    try:
        db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
    except sqlite3.OperationalError:
        return 0


def test_live_packets_are_recorded_and_none_is_sent(veth: VethPair, replayed: tuple[Path, int], tmp_path: Path) -> None:
    capture, packets = replayed
    database = tmp_path / "recording" / "home.db"
    sent_before = veth.sent_packets(veth.right)
    run = subprocess.Popen(
        in_namespace(veth, "-i", veth.right, "--record", str(database), "--json"), stdout=subprocess.PIPE, text=True
    )
    wait_until_recording(database, run)
    veth.run("tcpreplay", "-q", "-i", veth.left, "--pps", "200", str(capture))
    time.sleep(2)
    run.send_signal(signal.SIGTERM)
    out, _ = run.communicate(timeout=30)
    assert run.returncode == 0
    result = json.loads(out)
    assert (result["packets"], result["dropped"], result["flows"]) == (packets, 0, 4)
    db = sqlite3.connect(database)
    assert set(db.execute("SELECT server_name, name_source FROM flows WHERE server_port IN (80, 443)")) == {
        ("app-measurement.com", "sni"), ("www.example.org", "http"),
    }  # fmt: skip
    assert db.execute("SELECT count(*) FROM tracker_hits").fetchone()[0] == 2
    assert db.execute("SELECT kind, link_type FROM sessions").fetchone() == ("live", "EN10MB")
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert veth.sent_packets(veth.right) == sent_before


def test_the_screen_shows_live_packets_and_sends_none(veth: VethPair, replayed: tuple[Path, int]) -> None:
    capture, _ = replayed
    sent_before = veth.sent_packets(veth.right)
    terminal = Terminal("-i", veth.right, prefix=("ip", "netns", "exec", veth.namespace))
    assert terminal.wait_for("Devices")
    veth.run("tcpreplay", "-q", "-i", veth.left, "--pps", "200", str(capture))
    assert terminal.wait_for("www.example.org")
    assert terminal.wait_for("app-measurement")
    terminal.press("q")
    assert terminal.end() == 0
    assert veth.sent_packets(veth.right) == sent_before


@pytest.mark.parametrize("wait_s", [0.3, 1.1, 2.4])
def test_a_killed_recorder_leaves_a_whole_file(
    veth: VethPair, replayed: tuple[Path, int], tmp_path: Path, wait_s: float
) -> None:
    database = tmp_path / "recording" / "home.db"
    run = subprocess.Popen(
        in_namespace(veth, "-i", veth.right, "--record", str(database), "--quiet"), text=True, start_new_session=True
    )
    wait_until_recording(database, run)
    replay = veth.start("tcpreplay", "-q", "-i", veth.left, "--pps", "400", "--loop", "50", str(replayed[0]))
    time.sleep(wait_s)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    replay.kill()
    replay.wait()
    db = sqlite3.connect(database)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    if wait_s > 2:
        # Everything but the last second: 400 packets/s were on their way since wait_s.
        assert db.execute("SELECT packets FROM sessions").fetchone()[0] >= 400 * (wait_s - 2)
