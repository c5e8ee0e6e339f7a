"""``netscope view``: the screens on a recording."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from netscope.commands.running import settings_of


@click.command()
@click.argument("recording", type=click.Path(readable=False, path_type=Path), metavar="DB")
@click.pass_context
def view(context: click.Context, recording: Path) -> None:
    """Look at a recording, also while another process writes it."""
    from netscope.config.allow import allowed_by  # noqa: PLC0415
    from netscope.engine.analyze.catalogue import all_detectors  # noqa: PLC0415
    from netscope.engine.analyze.judge import Judge  # noqa: PLC0415
    from netscope.engine.enrich.judging import judgements_of  # noqa: PLC0415
    from netscope.engine.outbox import display_name  # noqa: PLC0415
    from netscope.engine.store.reader import RecordingReader  # noqa: PLC0415
    from netscope.engine.store.views import Wording  # noqa: PLC0415
    from netscope.engine.views import app_label  # noqa: PLC0415
    from netscope.watch import require_terminal, show  # noqa: PLC0415

    require_terminal()
    wording = Wording(Judge(all_detectors(None, ())).describe, display_name, app_label, judgements_of)
    config = settings_of(context).config
    allowed = allowed_by(config.allow)
    reader = RecordingReader(recording, time.time_ns, wording, allowed)
    try:
        sys.exit(show(reader, config))
    finally:
        reader.close()
