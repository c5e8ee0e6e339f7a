"""What the run counts besides packets: what was malformed, refused, evicted or dropped, by the names of the manual."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from netscope.model.text import neutralise

COUNT_S = 1.0
NAME_CELLS = 44


class CountersScreen(ModalScreen[None]):
    """``read`` gives the counters of now; ``counts`` False reads them once, for tests."""

    def __init__(self, read: Callable[[], Mapping[str, int]], *, counts: bool = True) -> None:
        super().__init__()
        self._read = read
        self._counts = counts

    def compose(self) -> ComposeResult:
        with Vertical(classes="popup"):
            yield Label("Counters", classes="popup-title", markup=False)
            yield OptionList(compact=True)
            yield Label("of this run; what is not here is nought   ↑↓ line   esc close", classes="hint", markup=False)

    def on_mount(self) -> None:
        self.draw()
        if self._counts:
            self.set_interval(COUNT_S, self.draw)

    def draw(self) -> None:
        lines = self.query_one(OptionList)
        at = lines.highlighted or 0
        found = sorted((name, count) for name, count in self._read().items() if count)
        lines.clear_options()
        lines.add_options([Option(_line(name, count)) for name, count in found] or [Option("nothing yet")])
        lines.highlighted = min(at, max(0, len(found) - 1))

    def on_key(self, event: events.Key) -> None:
        if event.key in ("escape", "q", "C"):
            self.dismiss(None)
        elif event.key in ("j", "k"):
            lines = self.query_one(OptionList)
            lines.action_cursor_down() if event.key == "j" else lines.action_cursor_up()
        else:
            return
        event.stop()


def _line(name: str, count: int) -> Text:
    return Text(f"{neutralise(name, NAME_CELLS):<{NAME_CELLS}} {count:>14,}", no_wrap=True, overflow="ellipsis")
