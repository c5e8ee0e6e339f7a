"""``netscope view``: the screens on a recording."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click


@click.command()
@click.argument("recording", type=click.Path(path_type=Path), metavar="DB")
def view(recording: Path) -> None:
    """Look at a recording, also while another process writes it."""
    from netscope.engine.analyze.catalogue import all_detectors  # noqa: PLC0415
    from netscope.engine.analyze.judge import Judge  # noqa: PLC0415
    from netscope.engine.store.reader import RecordingReader  # noqa: PLC0415
    from netscope.watch import require_terminal, show  # noqa: PLC0415

    require_terminal()
    reader = RecordingReader(recording, time.time_ns, Judge(all_detectors(None, ())).describe)
    try:
        sys.exit(show(reader))
    finally:
        reader.close()
