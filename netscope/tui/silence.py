"""When to offer other adapters: nothing has come from the one listened to, the commonest mistake of a first run."""

from __future__ import annotations

from typing import Final

from netscope.model.snapshot import CaptureState
from netscope.tui import figures

SILENT_NS: Final = 5 * figures.SECOND_NS


class Silence:
    """Follows one adapter: from its first look until a packet came, or the offer was made."""

    def __init__(self) -> None:
        self._packets = 0
        """Of the run, when this adapter was begun with."""
        self._since_ns: int | None = None
        self._is_over = False

    def begin(self, capture: CaptureState) -> None:
        """Another adapter is listened to from now on."""
        self._packets, self._since_ns, self._is_over = capture.packets, capture.now_ns, False

    def is_broken(self, capture: CaptureState) -> bool:
        return capture.packets > self._packets

    def offer(self, capture: CaptureState) -> bool:
        """Whether to offer others now: once, when nothing has come for ``SILENT_NS``."""
        if self._is_over or capture.kind != "live":
            return False
        since_ns = capture.started_ns if self._since_ns is None else self._since_ns
        if self.is_broken(capture) or capture.finished:
            self._is_over = True
        elif capture.now_ns - since_ns >= SILENT_NS:
            self._is_over = True
            return True
        return False
