"""What screens and commands may ask of the application. It knows the screens; they know only this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from textual.screen import Screen

from netscope.model.snapshot import Reader
from netscope.tui.preferences import Preferences
from netscope.tui.silence import Silence
from netscope.tui.view import View
from netscope.tui.widgets.row_table import RowTable


class Host(Protocol):
    reader: Reader
    view: View
    preferences: Preferences
    keymap: Mapping[str, str]
    export_folder: Path
    silence: Silence
    key_pressed_s: float
    said: tuple[str, str] | None
    auto_refresh_rows: bool
    theme: str

    @property
    def screen(self) -> Screen[Any]: ...

    @property
    def current_mode(self) -> str: ...

    @property
    def is_settled(self) -> bool: ...

    def sign(self, command_id: str) -> str: ...

    def steady_s(self) -> float: ...

    def replay_words(self) -> str | None: ...

    def pull(self) -> None: ...

    def say(self, text: str, *, severity: str = ...) -> None: ...

    def set_refresh(self) -> None: ...

    def apply_preferences(self) -> None: ...

    def to_mode(self, mode: str) -> None: ...

    def open_row(self, table: RowTable, row: Any) -> None:
        """Details of a row, knowing the list it came from."""
        ...

    def open_device(self, device_id: int, ids: Sequence[Any]) -> None: ...

    def exit(self, result: str | None = ...) -> None: ...
