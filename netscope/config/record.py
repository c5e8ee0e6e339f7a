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
