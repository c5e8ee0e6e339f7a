"""The adapter picker: every adapter with what it receives now; enter listens to it instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from netscope.model.control import Adapter
from netscope.model.text import neutralise
from netscope.tui import figures
from netscope.tui.columns import pad
from netscope.tui.glyphs import Glyphs

COUNT_S: Final = 1.0
WIDTHS: Final = (13, 5, 9, 18, 6, 8)


class AdapterPicker(ModalScreen[str | None]):
    """The name of the adapter to listen to; None when the user went back.

    ``notice`` says why it opened by itself; then it closes by itself once ``is_over``. ``counts`` False counts only
    when asked, for tests.
    """

    def __init__(
        self,
        adapters: Callable[[], Sequence[Adapter]],
        glyphs: Glyphs,
        clock_s: Callable[[], float],
        *,
        notice: Sequence[str] = (),
        is_over: Callable[[], bool] = lambda: False,
        counts: bool = True,
    ) -> None:
        super().__init__()
        self._read = adapters
        self._glyphs = glyphs
        self._notice = notice
        self._is_over = is_over
        self._clock_s = clock_s
        self._counts = counts
        self._adapters: Sequence[Adapter] = adapters()
        self._read_s = clock_s()
        self._rates: dict[str, float] = {}
        """Bits per second since the last count."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="popup"):
            for line in self._notice or ("Adapters",):
                yield Label(line, classes="popup-title", markup=False)
            yield Label(
                "  " + _cells("Adapter", "State", "Kind", "Address", "Now", "In all"), classes="hint", markup=False
            )
            yield OptionList(compact=True)
            yield Label("↑↓ choose   enter listen to it   esc stay", classes="hint", markup=False)

    def on_mount(self) -> None:
        self._draw()
        here = next((number for number, adapter in enumerate(self._adapters) if adapter.is_heard), 0)
        self.lines.highlighted = here
        if self._counts:
            self.set_interval(COUNT_S, self.count)

    @property
    def lines(self) -> OptionList:
        return self.query_one(OptionList)

    def count(self) -> None:
        """Look again at what each adapter received."""
        if self._is_over():
            self.dismiss(None)
            return
        before = {adapter.name: adapter.bytes for adapter in self._adapters}
        passed_s = max(0.1, self._clock_s() - self._read_s)
        self._adapters, self._read_s = self._read(), self._clock_s()
        self._rates = {
            adapter.name: max(0, adapter.bytes - before.get(adapter.name, adapter.bytes)) * 8 / passed_s
            for adapter in self._adapters
        }
        self._draw()

    def _draw(self) -> None:
        at = self.lines.highlighted
        self.lines.clear_options()
        self.lines.add_options([Option(self._line(adapter), id=adapter.name) for adapter in self._adapters])
        if at is not None:
            self.lines.highlighted = min(at, len(self._adapters) - 1)

    def _line(self, adapter: Adapter) -> Text:
        sign = self._glyphs.live if adapter.is_heard else " "
        words = _cells(
            neutralise(adapter.name, 15),
            adapter.state,
            _kind(neutralise(adapter.description, 40)),
            adapter.address or "-",
            figures.rate(self._rates.get(adapter.name, 0.0)),
            figures.size(adapter.bytes),
        )
        return Text(f"{sign} {words}", no_wrap=True, overflow="ellipsis")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option.id)

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            self.dismiss(None)
        elif event.key in ("j", "k"):
            self.lines.action_cursor_down() if event.key == "j" else self.lines.action_cursor_up()
        else:
            return
        event.stop()


def _kind(description: str) -> str:
    """Of ``ethernet (veth)`` the exact one."""
    return description.rpartition("(")[2].removesuffix(")")


def _cells(*words: str) -> str:
    """In columns; the last two are figures."""
    last = len(WIDTHS) - 2
    return " ".join(pad(text, WIDTHS[number], right=number >= last) for number, text in enumerate(words))
