"""Pictures of every screen: a fixed evening of the demo network through the real engine, the same bytes each time.

PYTHONPATH=. python tools/screenshots.py [--only home] [--folder screenshots]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from netscope.assemble import Options, assemble
from netscope.demo.cast import NETWORK_PREFIX, ROUTER
from netscope.demo.synthesis import DEFAULT_START_NS, LINK_TYPE_ETHERNET, synthesise
from netscope.engine.capture.source import CaptureStatistics, FrameSink, SourceInterface
from netscope.engine.enrich.place import PlaceLookup
from netscope.engine.live_reader import LiveReader
from netscope.engine.outbox import Outbox
from netscope.model.snapshot import Snapshot
from tools.block_shapes import with_shapes

SECOND: Final = 1_000_000_000
PLAYED_S: Final = 401
"""The guest has come and scanned the NAS, and a film is on."""
LEARNING_S: Final = 120
SIZES: Final = ((80, 24), (160, 50))
TOO_SMALL: Final = (64, 16)
PNG_OF: Final = ("home-160x50", "device-160x50")
"""For places that do not draw SVG; one more of each would only weigh."""
CPU_SHARE, RSS_BYTES = 0.03, 92_000_000
"""What differs from run to run is shown as it was once measured on the demo."""


@dataclass(frozen=True)
class Picture:
    name: str
    keys: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...] = SIZES


PICTURES: Final = (
    Picture("home", ()),
    Picture("flows", ("2",)),
    Picture("devices", ("3",)),
    Picture("names", ("4",)),
    Picture("trackers", ("5",)),
    Picture("alerts", ("6",)),
    Picture("past", ("7",)),
    Picture("device", ("3", "enter")),
    Picture("flow", ("2", "enter")),
    Picture("name", ("4", "enter")),
    Picture("owner", ("5", "enter")),
    Picture("alert", ("6", "enter")),
    Picture("help", ("2", "question_mark")),
    Picture("settings", ("comma",)),
    Picture("palette", ("ctrl+p",)),
    Picture("filter", ("2", "slash", *"app:tls", "space", *"rate>1k")),
    Picture("too-small", (), (TOO_SMALL,)),
)


class FixedEvening:
    """A ``FrameSource``: second after second of the demo as fast as it is taken, then silence."""

    kind = "demo"
    name = "demo"
    filter: str | None = None

    def __init__(self, seconds: int) -> None:
        self.now_ns = DEFAULT_START_NS
        self.played = threading.Event()
        self._end_ns = DEFAULT_START_NS + seconds * SECOND
        self._frames = synthesise(minutes=max(10, -(-seconds // 60)))
        self._next = next(self._frames)
        self._taken = 0

    def clock(self) -> int:
        return self.now_ns

    def pump(self, sink: FrameSink, budget: int, timeout_s: float) -> bool:
        if self.now_ns >= self._end_ns:
            # The second before was published: nothing changes from here on.
            self.played.set()
            time.sleep(timeout_s / 10)
            return True
        self.now_ns += SECOND
        while self._next[0] <= self.now_ns:
            sink.add_frame(*self._next, len(self._next[1]), LINK_TYPE_ETHERNET, 0)
            self._taken += 1
            self._next = next(self._frames)
        return True

    def statistics(self) -> CaptureStatistics:
        return CaptureStatistics(received=self._taken, per_interface=((self._taken, 0, 0),))

    def interfaces(self) -> tuple[SourceInterface, ...]:
        return (SourceInterface("demo", LINK_TYPE_ETHERNET, (f"{NETWORK_PREFIX}0/24",), ROUTER.address),)

    def progress(self) -> float | None:
        return None

    def notices(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        pass


class SteadyReader(LiveReader):
    """The live reader, without what the machine adds of its own."""

    def snapshot(self) -> Snapshot:
        shown = super().snapshot()
        if self._steady is None or self._steady[0] is not shown:
            capture = replace(shown.capture, cpu_share=CPU_SHARE, rss_bytes=RSS_BYTES, started_ns=DEFAULT_START_NS)
            self._steady = (shown, replace(shown, capture=capture))
        return self._steady[1]

    _steady: tuple[Snapshot, Snapshot] | None = None


@contextmanager
def evening(seconds: int = PLAYED_S, learning_s: int = LEARNING_S) -> Iterator[SteadyReader]:
    """A reader on the running engine once ``seconds`` of the demo have gone through it."""
    source, outbox = FixedEvening(seconds), Outbox()
    engine = assemble(Options(learning_s=learning_s), source, outbox=outbox)
    engine.pipeline.enrich.places = places()
    engine.clock = source.clock
    engine.start()
    try:
        while not source.played.wait(0.2):
            if engine.finished:
                raise RuntimeError(engine.crash or engine.error or "the engine ended early")
        yield SteadyReader(engine, outbox)
    finally:
        engine.stop()


COUNTRIES: Final = {
    "US": "8 17 20 23 34 44 104 108 140 151 157 162", "IE": "54 52", "NL": "45 185", "CN": "47",
    "DE": "3 18 94 128 142 173",
}  # fmt: skip
"""By first byte of the addresses of the demo: pictures show countries, whether or not this machine has their data."""


def places() -> PlaceLookup:
    with tempfile.TemporaryDirectory() as folder:
        ranges = Path(folder) / "geoip"
        codes = sorted((int(byte), code) for code, found in COUNTRIES.items() for byte in found.split())
        ranges.write_text("".join(f"{byte << 24},{(byte + 1 << 24) - 1},{code}\n" for byte, code in codes))
        found = PlaceLookup(range_files={4: ranges})
        found.warm()
    return found


@contextmanager
def fixed_surroundings() -> Iterator[None]:
    """UTC, and none of the user's own lists, databases or settings."""
    kept = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = folder
        os.environ.pop("NO_COLOR", None)
        os.environ.update(TZ="UTC", COLORTERM="truecolor", TERM="xterm-256color")
        time.tzset()
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(kept)
            time.tzset()


async def draw(reader: LiveReader, picture: Picture, size: tuple[int, int]) -> str:
    """The screen as SVG."""
    from netscope.tui.app import NetScopeApp
    from netscope.tui.preferences import Preferences

    app = NetScopeApp(
        reader,
        clock=lambda: DEFAULT_START_NS,
        preferences=Preferences(theme="netscope-dark", signs="blocks"),
        notice="",
        refresh=False,
    )
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for key in picture.keys:
            await pilot.press(key)
        await pilot.pause()
        app.pull()
        await pilot.pause()
        return for_any_viewer(app.export_screenshot(title="netscope"))


FACES: Final = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
FAMILY: Final = 'font-family: "DejaVu Sans Mono", "Noto Sans Mono", Menlo, Consolas, monospace'
CELL: Final = 12.2
CELL_OF_FONT: Final = "font-size: 20.26px"
"""DejaVu Sans Mono is 0.602 em wide; so it fills the cells of 12.2 px that the picture is laid out in."""
BLANKS: Final = "&#160;"
OUTER_LEFT, OUTER_RIGHT = re.compile(f"^(?:{BLANKS})+"), re.compile(f"(?:{BLANKS})+$")
TEXT: Final = re.compile(r'(<text class="[^"]*" x=")([\d.]+)(" y="[\d.]+" textLength=")([\d.]+)("[^>]*>)([^<]*)</text>')


def for_any_viewer(svg: str) -> str:
    """Forges draw pictures without fetching anything, and some renderers trim the blanks at the ends of a text."""
    svg = FACES.sub("", svg)
    svg = svg.replace("font-family: Fira Code, monospace", FAMILY)
    return with_shapes(TEXT.sub(_without_outer_blanks, svg.replace("font-size: 20px", CELL_OF_FONT)))


def _without_outer_blanks(text: re.Match[str]) -> str:
    before, x, between, length, after, words = text.groups()
    bare = OUTER_LEFT.sub("", words)
    leading = len(words) - len(bare)
    words = OUTER_RIGHT.sub("", bare)
    trailing = len(bare) - len(words)
    if not words:
        return ""
    cells_before, cells_after = leading // len(BLANKS), trailing // len(BLANKS)
    left = float(x) + cells_before * CELL
    width = float(length) - (cells_before + cells_after) * CELL
    return f"{before}{left:.1f}{between}{width:.1f}{after}{words}</text>"


def save(folder: Path, name: str, svg: str, convert: Callable[[Path], None] | None) -> None:
    path = folder / f"{name}.svg"
    path.write_text(svg + "\n", "utf-8")
    if convert is not None and name in PNG_OF:
        convert(path)


def png_beside(path: Path) -> None:
    width = "1400" if path.stem.endswith("160x50") else "980"
    subprocess.run(["rsvg-convert", "-w", width, "-o", path.with_suffix(".png"), path], check=True)


async def take_all(folder: Path, only: str | None) -> None:
    convert = png_beside if shutil.which("rsvg-convert") else None
    if convert is None:
        print("rsvg-convert is missing (librsvg2-bin): no PNG is made")
    with evening() as reader:
        for picture in PICTURES:
            if only not in (None, picture.name):
                continue
            for width, height in picture.sizes:
                name = f"{picture.name}-{width}x{height}"
                save(folder, name, await draw(reader, picture, (width, height)), convert)
                print(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[picture.name for picture in PICTURES], help="one screen only")
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent.parent / "screenshots")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with fixed_surroundings():
        asyncio.run(take_all(chosen.folder, chosen.only))


if __name__ == "__main__":
    main()
