"""Every command of the table leads to a function, and applies where the table says."""

from __future__ import annotations

import pytest

from netscope.tui.commands import COMMANDS, Command
from netscope.tui.dispatch import _function, applies, bindings


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_its_functions_exist_and_say_what_they_do(command: Command) -> None:
    assert callable(_function(command.action))
    if command.when:
        assert callable(_function(command.when))


class Somewhere:
    def __init__(self, context: str) -> None:
        self.context = context


def test_a_command_applies_on_its_screens_only() -> None:
    fold = next(command for command in COMMANDS if command.id == "fold")
    assert applies(fold, Somewhere("trackers"))  # type: ignore[arg-type]
    assert not applies(fold, Somewhere("flows"))  # type: ignore[arg-type]


def test_a_screen_binds_its_commands_under_their_ids() -> None:
    bound = {binding.id: binding.key for binding in bindings("trackers")}  # type: ignore[union-attr]
    assert bound["fold"] == "left,h"
    assert "quit.now" not in bound
    assert "past.play" not in bound
