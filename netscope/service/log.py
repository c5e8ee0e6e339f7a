"""Everything a headless run says goes through here: words for a terminal, key=value for a journal or a syslog.

No floods: of each kind of event at most LINES_A_PERIOD lines a period are written, and how many were left out.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, TextIO

from netscope.model.text import neutralise

Level = Literal["error", "warning", "info"]

LINES_A_PERIOD: Final = 20
PERIOD_S: Final = 600.0
MAX_TEXT_CHARS: Final = 400
_PRIORITIES: Final[dict[str, int]] = {"error": 3, "warning": 4, "info": 6}
"""syslog(3)'s numbers, which journald reads at the start of a line (sd-daemon(3))."""


@dataclass(slots=True)
class _Count:
    """Of one kind of event, in the present period."""

    began_s: float
    written: int = 0
    left_out: int = 0


@dataclass(slots=True)
class Log:
    """Writes lines to ``out``. Any thread may: a line is one write."""

    out: TextIO
    is_structured: bool = False
    """key=value instead of words."""
    has_priorities: bool = False
    """Each line begins with its level as the journal reads it."""
    clock: Callable[[], float] = time.monotonic
    _counts: dict[str, _Count] = field(default_factory=dict)
    """By event; there are as many as the program names."""

    @classmethod
    def to(cls, out: TextIO) -> Log:
        """Words for a terminal, key=value for everything else, with priorities for the journal."""
        return cls(out, is_structured=not out.isatty(), has_priorities=_is_journal(out))

    def write(self, event: str, text: str = "", level: Level = "info", **fields: object) -> None:
        """``text`` is for people; ``fields`` are for programs and left out of the words."""
        count = self._turn(event)
        if count.written >= LINES_A_PERIOD:
            count.left_out += 1
            return
        count.written += 1
        if self.is_structured:
            self._put(_pairs({"event": event, "level": level, "text": text, **fields}), level)
        else:
            self._put(f"netscope: {neutralise(text, MAX_TEXT_CHARS)}", level)

    def line(self, text: str) -> None:
        """A line of its own form, on a terminal."""
        self.out.write(f"{text}\n")
        self.out.flush()

    def _turn(self, event: str) -> _Count:
        now_s = self.clock()
        count = self._counts.get(event)
        if count is None:
            count = self._counts[event] = _Count(now_s)
        elif now_s - count.began_s >= PERIOD_S:
            if count.left_out:
                self._put_left_out(event, count.left_out)
            count.began_s, count.written, count.left_out = now_s, 0, 0
        return count

    def _put_left_out(self, event: str, lines: int) -> None:
        if self.is_structured:
            self._put(_pairs({"event": "left_out", "of": event, "lines": lines}), "warning")
        else:
            self._put(f"netscope: {lines} more lines like the last were left out", "warning")

    def _put(self, line: str, level: Level) -> None:
        self.out.write(f"<{_PRIORITIES[level]}>{line}\n" if self.has_priorities else f"{line}\n")
        self.out.flush()


def _pairs(fields: dict[str, object]) -> str:
    return " ".join(f"{name}={_value(value)}" for name, value in fields.items() if value not in (None, ""))


def _value(value: object) -> str:
    """Quoted where a reader could take it for something else."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    text = neutralise(str(value), MAX_TEXT_CHARS)
    if text and not any(sign in text for sign in ' "=\\'):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _is_journal(out: TextIO) -> bool:
    """Whether systemd has connected this very stream to its journal (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        status = os.fstat(out.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
