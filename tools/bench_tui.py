"""Times the screens over the real engine: key to paint, the screen's share of a core, memory, packets that wait.

The engine runs on its thread as in a live capture, behind a network of FLOWS open flows that sends PACKETS a second;
the screens pull once a second, and ten keys a second are pressed. Headless, so the terminal's own speed is not in it.
Then HOURS of a small network go by in virtual time, to see whether anything grows.

Wanted: key to paint below 50 ms at the median and 150 ms at the 99th percentile, the screen below a quarter of a core,
no packets lost, no growth.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from textual.events import Key

from netscope.assemble import Options, assemble
from netscope.engine.live_reader import LiveReader
from netscope.engine.outbox import MAX_FACTS, Outbox
from netscope.engine.thread import Engine
from netscope.tui.app import NetScopeApp
from netscope.tui.preferences import Preferences
from netscope.tui.widgets.row_table import RowTable
from netscope.watch import SWITCH_INTERVAL_S
from tools.busy_network import BusyNetwork

SMALL, LARGE = (80, 24), (160, 50)
MEASURED: Final = {
    f"{screen}-{size[0]}x{size[1]}": (size, screen) for screen in ("flows", "home") for size in (SMALL, LARGE)
}
KEYS: Final = ("down", "down", "pagedown", "up", "down", "G", "up", "g", "pagedown", "down")
RING_BYTES: Final = 64 * 1024 * 1024
"""Of the kernel, as netscope asks for it."""
RING_PACKETS: Final = RING_BYTES // 1_536
"""Packets of full size it holds. More waiting than that would be dropped in a live capture."""
SETTLE_S: Final = 3.0
SOAK_FLOWS, SOAK_PACKETS_PER_S = 300, 40


class Publishing(Outbox):
    """Counts what the engine's thread spends on snapshots."""

    cpu_s = 0.0

    def publish(self, engine: Any, now_ns: int) -> None:
        before = time.thread_time()
        super().publish(engine, now_ns)
        self.cpu_s += time.thread_time() - before


class PaintWatch:
    """Tells when the screen was next painted after the table took a key."""

    def __init__(self, app: NetScopeApp) -> None:
        self.app = app
        self.moved = False
        self.painted = asyncio.Event()
        table = app.screen.query_one("#flows", RowTable)
        move_to, display = table.move_to, app._display

        def watched_move_to(index: int) -> None:
            move_to(index)
            self.moved = True

        def watched_display(screen: Any, renderable: Any) -> None:
            display(screen, renderable)
            if self.moved:
                self.painted.set()

        table.move_to = watched_move_to  # type: ignore[method-assign]
        app._display = watched_display  # type: ignore[method-assign]

    async def key_to_paint_ms(self, key: str) -> float:
        self.moved = False
        self.painted.clear()
        start = time.perf_counter()
        self.app.post_message(Key(key, key if len(key) == 1 else None))
        await asyncio.wait_for(self.painted.wait(), 30)
        return (time.perf_counter() - start) * 1000


@contextmanager
def running(network: BusyNetwork) -> Iterator[tuple[Engine, Publishing]]:
    outbox = Publishing()
    engine = assemble(Options(learning_s=1), network, outbox=outbox)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    engine.start()
    try:
        while not network.is_steady:
            time.sleep(0.05)
        yield engine, outbox
    finally:
        engine.stop()
        if engine.error is not None:
            raise SystemExit(engine.crash or engine.error)


class Shares:
    """Parts of one core, of this thread, of snapshots and of the whole process, since it was made."""

    def __init__(self, outbox: Publishing) -> None:
        self._outbox = outbox
        self._before = self._now()

    def _now(self) -> tuple[float, float, float, float]:
        return time.perf_counter(), time.thread_time(), self._outbox.cpu_s, time.process_time()

    def taken(self) -> dict[str, float]:
        passed_s, *spent = (now - before for now, before in zip(self._now(), self._before, strict=True))
        names = ("screen_core_share", "snapshot_core_share", "process_core_share")
        return {name: round(cpu_s / passed_s, 3) for name, cpu_s in zip(names, spent, strict=True)}


async def measure(network: BusyNetwork, seconds: float, size: tuple[int, int], screen: str) -> dict[str, object]:
    with running(network) as (engine, outbox):
        app = NetScopeApp(LiveReader(engine, outbox), notice="", preferences=Preferences(), mode=screen)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await asyncio.sleep(SETTLE_S)
            network.most_behind, network.longest_turn_s, taken = 0, 0.0, network.taken
            shares = Shares(outbox)
            await asyncio.sleep(seconds)
            quiet = shares.taken()
            app.screen.query_one("#flows", RowTable).focus()
            watch, times = PaintWatch(app), []
            start = time.perf_counter()
            while time.perf_counter() - start < seconds:
                times.append(await watch.key_to_paint_ms(KEYS[len(times) % len(KEYS)]))
                # Ten keys a second, at moments that drift against the pull.
                await asyncio.sleep(0.093)
            passed_s = 2 * seconds
            flows = len(app.view.shown.flows) if app.view.shown else 0
    times.sort()
    return {
        "screen": screen,
        "size": f"{size[0]}x{size[1]}",
        "flows": flows,
        "packets_per_s": round((network.taken - taken) / passed_s),
        "longest_turn_cpu_ms": round(network.longest_turn_s * 1000),
        "most_packets_waiting": network.most_behind,
        "dropped": network.most_behind > RING_PACKETS,
        "keys": len(times),
        "key_to_paint_median_ms": round(statistics.median(times), 1),
        "key_to_paint_p99_ms": round(times[min(len(times) - 1, int(len(times) * 0.99))], 1),
        **quiet,
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


class VirtualClock:
    def __init__(self) -> None:
        self.now_ns = 1_793_541_600_000_000_000

    def __call__(self) -> int:
        return self.now_ns


async def soak(hours: float) -> dict[str, object]:
    """A pull a second of virtual time, with keys in between, on a network whose flows come and go.

    Memory grows until as many flows have details as are held; told beside it, so that a leak is not taken for that.
    """
    clock = VirtualClock()
    network = BusyNetwork(SOAK_FLOWS, SOAK_PACKETS_PER_S, clock=clock, lookups_a_second=2)
    outbox = Outbox()
    engine = assemble(Options(learning_s=1), network, outbox=outbox)
    engine.clock = clock
    app = NetScopeApp(LiveReader(engine, outbox), clock=clock, notice="", refresh=False, preferences=Preferences())
    marks: list[tuple[float, int, int]] = []
    start = time.perf_counter()
    async with app.run_test(size=SMALL) as pilot:
        for second in range(int(hours * 3600)):
            clock.now_ns += 1_000_000_000
            while network.pump(engine.pipeline.meter, 4_096, 0.0) and network.is_behind:
                pass
            engine.pipeline.changes(clock.now_ns)
            outbox.publish(engine, clock.now_ns)
            app.pull()
            if second % 60 == 0:
                await pilot.press("1234567"[second // 60 % 7], "down", "enter", "escape")
            if second % 1800 == 1799:
                gc.collect()
                marks.append((_resident_mb(), len(app.query("*")), len(outbox.facts)))
    half = marks[len(marks) // 2 :] or [(0.0, 0, 0)]
    return {
        "virtual_hours": hours,
        "real_s": round(time.perf_counter() - start),
        "resident_mb_each_half_hour": [round(mb) for mb, _, _ in marks],
        "widgets_each_half_hour": [widgets for _, widgets, _ in marks],
        f"flows_with_details_of_{MAX_FACTS}": [flows for _, _, flows in marks],
        "grown_mb_in_second_half": round(half[-1][0] - half[0][0], 1),
    }


def _resident_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flows", type=int, default=50_000)
    parser.add_argument("--packets", type=int, default=100_000, help="a second")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--hours", type=float, default=12.0, help="of virtual time; 0 leaves it out")
    parser.add_argument("--only", choices=[*MEASURED, "soak"], help="one of the measurements")
    wanted = parser.parse_args()
    gc.disable()  # as the command line does: the engine collects by the clock
    if wanted.only == "soak":
        print(json.dumps(asyncio.run(soak(wanted.hours))))
    elif wanted.only:
        network = BusyNetwork(wanted.flows, wanted.packets)
        print(json.dumps(asyncio.run(measure(network, wanted.seconds, *MEASURED[wanted.only]))))
    else:
        for name in (*MEASURED, *(["soak"] if wanted.hours else [])):
            # Each in a process of its own, so that none pays for what the others left in memory.
            subprocess.run([sys.executable, __file__, *sys.argv[1:], "--only", name], check=True)


if __name__ == "__main__":
    main()
