"""The capture to read: the shared mix of real traffic when it is there, else the demo's evening many times over."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SYNTHETIC_EVENINGS = 25


def shared_dir() -> Path:
    return Path(os.environ.get("NETSCOPE_SHARED") or ROOT.parent / "shared")


def bench_capture(folder: Path, rounds: int) -> Path:
    """Made once and kept; ``rounds`` 20 is the whole mix, 1 a twentieth."""
    maker = shared_dir() / "captures" / "bench" / "make_bench.py"
    path = folder / (f"mix{rounds}.pcap" if maker.exists() else "demo.pcap")
    if not path.exists():
        print(f"making {path.relative_to(ROOT)} …", flush=True)
        unfinished = path.with_suffix(".part")
        if maker.exists():
            arguments = [maker.parent.parent / "dev", unfinished, str(rounds)]
            subprocess.run([sys.executable, maker, *arguments], check=True, stdout=subprocess.DEVNULL)
        else:
            write_evenings(unfinished, max(SYNTHETIC_EVENINGS * rounds // 20, 1))
        unfinished.rename(path)
    return path


def write_evenings(path: Path, count: int) -> None:
    """The demo again and again, each evening after the other with ports of its own."""
    from netscope.demo.synthesis import DEFAULT_MINUTES, DEFAULT_START_NS, synthesise, write_pcap
    from netscope.demo.wire import MINUTE

    write_pcap(
        path,
        (
            frame
            for seed in range(count)
            for frame in synthesise(seed, DEFAULT_MINUTES, DEFAULT_START_NS + seed * DEFAULT_MINUTES * MINUTE)
        ),
    )


def count_packets(path: Path) -> int:
    """Records of a classic pcap file, by walking their headers."""
    count, offset = 0, 24
    size = path.stat().st_size
    with path.open("rb") as file:
        order = "<" if file.read(4)[:1] in (b"\xd4", b"\x4d") else ">"
        captured = struct.Struct(f"{order}8xI4x")
        while offset + 16 <= size:
            file.seek(offset)
            offset += 16 + captured.unpack(file.read(16))[0]
            count += 1
    return count
