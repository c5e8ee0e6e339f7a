"""How far a long job is, in one line of a terminal."""

from __future__ import annotations

import sys
import time
from typing import Final

TELL_S: Final = 0.2
CELLS: Final = 30


class Bar:
    """Writes nothing where standard error is no terminal. Use as a context: the line goes at its end."""

    def __init__(self, unit: str = "rows") -> None:
        self._unit = unit
        self._is_shown = sys.stderr.isatty()
        self._told_s = 0.0

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def tell(self, what: str, done: float, units: int) -> None:
        """``done``: share of ``what``, 0 to 1; ``units``: so far, of everything."""
        now_s = time.monotonic()
        if not self._is_shown or now_s - self._told_s < TELL_S:
            return
        self._told_s = now_s
        filled = round(min(1.0, done) * CELLS)
        bar = "#" * filled + "." * (CELLS - filled)
        sys.stderr.write(f"\r[{bar}] {min(1.0, done):4.0%}  {what}  {units:,} {self._unit} ")
        sys.stderr.flush()
