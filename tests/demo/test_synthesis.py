"""The demo as a whole: the same bytes each time, in order, of the promised size, and in nobody's way."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import dpkt
import pytest

from netscope.demo.cast import DEVICES
from netscope.demo.synthesis import DEFAULT_START_NS, synthesise, write_pcap
from netscope.demo.wire import MINUTE, Frame, mac_bytes


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return list(synthesise(minutes=10))


def digest(frames: list[Frame]) -> str:
    total = hashlib.sha256()
    for timestamp_ns, frame in frames:
        total.update(timestamp_ns.to_bytes(8) + frame)
    return total.hexdigest()


def test_the_same_seed_is_the_same_evening_in_any_process() -> None:
    code = (
        "import hashlib; from netscope.demo.synthesis import synthesise\n"
        "total = hashlib.sha256()\n"
        "for time_ns, frame in synthesise(3, 1): total.update(time_ns.to_bytes(8) + frame)\n"
        "print(total.hexdigest())"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert digest(list(synthesise(3, 1))) == there
    assert digest(list(synthesise(4, 1))) != there


def test_frames_come_in_time_order_within_the_evening(frames: list[Frame]) -> None:
    times = [timestamp_ns for timestamp_ns, _ in frames]
    assert times == sorted(times)
    assert DEFAULT_START_NS <= times[0] < times[-1] < DEFAULT_START_NS + 10 * MINUTE
    assert 40_000 <= len(frames) <= 80_000


def test_there_is_traffic_in_every_half_minute(frames: list[Frame]) -> None:
    per_half_minute = Counter((timestamp_ns - DEFAULT_START_NS) // (MINUTE // 2) for timestamp_ns, _ in frames)
    assert len(per_half_minute) == 20
    assert min(per_half_minute.values()) > 500


def test_every_device_speaks_and_no_frame_is_longer_than_ethernet_allows(frames: list[Frame]) -> None:
    speakers = {frame[6:12] for _, frame in frames}
    assert {mac_bytes(device.mac) for device in DEVICES} <= speakers
    assert {len(frame) for _, frame in frames} <= set(range(60, 1515))


def test_no_connection_reuses_the_ports_of_another(frames: list[Frame]) -> None:
    opened = Counter()
    for _, frame in frames:
        packet = dpkt.ethernet.Ethernet(frame).data
        if isinstance(getattr(packet, "data", None), dpkt.tcp.TCP) and packet.data.flags & 0x12 == 0x02:
            opened[packet.src, packet.data.sport, packet.dst, packet.data.dport] += 1
    assert len(opened) > 400
    assert max(opened.values()) == 1


def test_ten_minutes_are_made_in_seconds() -> None:
    began = time.process_time()
    assert sum(1 for _ in synthesise(5)) > 40_000
    assert time.process_time() - began < 10


def test_the_file_reads_back(tmp_path: Path) -> None:
    made = list(synthesise(minutes=1))[:500]
    path = tmp_path / "demo.pcap"
    assert write_pcap(path, made) == 500
    with path.open("rb") as file:
        read = list(dpkt.pcap.Reader(file))
    assert [frame for _, frame in read] == [frame for _, frame in made]
    assert round(float(read[0][0]) * 1e9) == pytest.approx(made[0][0], abs=200)
