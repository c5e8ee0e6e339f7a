"""``netscope demo``: a made-up home network through the real engine, on the screen or into a capture file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from netscope.engine.capture.source import FrameSource
from netscope.model.errors import NetScopeError

MAX_SPEED = 60.0


@click.command("demo")
@click.option(
    "--write",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write ten minutes of it as a pcap file instead of showing it.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0.1, MAX_SPEED),
    default=1.0,
    show_default=True,
    help="How much faster than real time it plays.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another number is another evening.")
@click.pass_obj
def demo(play: Callable[[FrameSource], None], path: Path | None, speed: float, seed: int) -> None:
    """Show NetScope on a built-in home network of fourteen devices. Needs no right and touches no network.

    Phones, a television, laptops, a printer, a camera, a smart plug and a router go about an evening: they look up
    names, stream, report to trackers; one of them calls home every thirty seconds, and a guest scans the NAS.
    """
    # scapy takes its time to load and may be missing; `netscope --help` must not care.
    from netscope.demo.source import DemoSource  # noqa: PLC0415
    from netscope.demo.synthesis import synthesise, write_pcap  # noqa: PLC0415

    if path is None:
        play(DemoSource(seed=seed, speed=speed))
        return
    try:
        count = write_pcap(path, synthesise(seed))
    except OSError as error:
        raise NetScopeError(f"cannot write {path}: {error.strerror}; choose another file") from error
    click.echo(f"{count} packets in {path}")
