"""Times the terminal interface with many live flows: key to paint, pull, share of a core, memory.

Headless, so the terminal's own speed is not in it. Usage: python tools/bench_tui.py [FLOWS] [SECONDS]
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from textual.events import Key

from netscope.model.snapshot import Snapshot
from netscope.tui.app import NetScopeApp
from netscope.tui.widgets.row_table import RowTable
from tests.tui.fake_reader import FakeReader

KEYS = ("down", "down", "pagedown", "up", "down", "G", "up", "g", "pagedown", "down")


class Prepared(FakeReader):
    """Snapshots made beforehand, so that only the interface is timed."""

    def __init__(self, flows: int) -> None:
        super().__init__(extra_flows=flows)
        self.prepared: list[Snapshot] = []
        for _ in range(3):
            self.advance(1)
            self.prepared.append(FakeReader.snapshot(self))
        self.taken = 0

    def snapshot(self) -> Snapshot:
        self.taken += 1
        return self.prepared[self.taken % len(self.prepared)]


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
        await asyncio.wait_for(self.painted.wait(), 10)
        return (time.perf_counter() - start) * 1000


async def measure(flows: int, seconds: float, size: tuple[int, int]) -> dict[str, float]:
    app = NetScopeApp(Prepared(flows), notice="")
    async with app.run_test(size=size) as pilot:
        await pilot.press("2")
        await asyncio.sleep(1.2)
        cpu, start = time.process_time(), time.perf_counter()
        await asyncio.sleep(seconds)
        idle_share = (time.process_time() - cpu) / (time.perf_counter() - start)
        times: list[float] = []
        watch = PaintWatch(app)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            times.append(await watch.key_to_paint_ms(KEYS[len(times) % len(KEYS)]))
            # Ten keys a second, at moments that drift against the pull.
            await asyncio.sleep(0.093)
        pulls = []
        for _ in range(10):
            begin = time.perf_counter()
            app.pull()
            pulls.append((time.perf_counter() - begin) * 1000)
            await pilot.pause()
    times.sort()
    return {
        "flows": flows,
        "columns": size[0],
        "keys": len(times),
        "key_to_paint_median_ms": round(statistics.median(times), 1),
        "key_to_paint_p99_ms": round(times[min(len(times) - 1, int(len(times) * 0.99))], 1),
        "pull_median_ms": round(statistics.median(pulls), 1),
        "core_share_at_1_hz": round(idle_share, 3),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    flows = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    for size in ((80, 24), (160, 50)):
        print(json.dumps(asyncio.run(measure(flows, seconds, size))))


if __name__ == "__main__":
    main()
