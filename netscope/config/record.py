"""``[record]``: the recording of a run with ``--record``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from netscope.config.option import option


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The recording that --record writes. The option alone does not start one."""

    path: Path | None = option(
        None,
        "The SQLite file --record writes when it names none. Default: netscope.db in the data folder.",
        example='"/srv/netscope/home.db"',
    )
    write_every_s: float = option(
        1.0,
        "How often a live recording is written. Until then rows wait in memory, at most 10,000 of them, and an open "
        "flow or a minute's traffic that changes again is one row, not many: less wear for a memory card. A power cut "
        "loses what waits, and netscope view sees it as late. What you say of devices and alerts is written at once.",
        unit="s",
        reason="a second is what anybody would want to lose",
        at_least=1,
        at_most=3600,
    )
