"""From the command table to functions: what a screen binds, whether a command applies, running it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, ClassVar, Protocol

from textual.binding import Binding, BindingType

from netscope.tui.commands import Command, in_context


class InContext(Protocol):
    """A screen, as far as it says which commands apply."""

    context: ClassVar[str]


@cache
def _function(name: str) -> Callable[[Any], Any]:
    """``move.up`` of ``netscope.tui.actions``."""
    module, _, function = name.partition(".")
    found: Callable[[Any], Any] = getattr(import_module(f"netscope.tui.actions.{module}"), function)
    return found


def run(command: Command, screen: InContext) -> None:
    _function(command.action)(screen)


def applies(command: Command, screen: InContext) -> bool:
    """Whether it does something on this screen now."""
    return screen.context in command.contexts and (not command.when or bool(_function(command.when)(screen)))


def bindings(context: str) -> list[BindingType]:
    """For a screen of that context. ``quit.now`` is bound on the application, before any widget."""
    return [
        Binding(",".join(command.keys), f"command({command.id!r})", command.label, id=command.id, show=False)
        for command in in_context(context)
        if command.id != "quit.now"
    ]
