"""The screens' ``RunControl`` on a running engine. Called on the screen's thread; changes go on as commands."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from netscope.engine import switching
from netscope.engine.capture.interfaces import Interface, list_interfaces, received_totals
from netscope.engine.thread import Engine
from netscope.model.control import Adapter


class EngineControl:
    """Implements ``RunControl``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def can_listen(self) -> bool:
        return self._engine.source.kind == "live"

    def adapters(self) -> Sequence[Adapter]:
        heard = self._engine.source.name.split(", ")
        totals = received_totals()
        return [_adapter(found, totals.get(found.name, (0, 0)), heard) for found in list_interfaces()]

    def listen(self, name: str) -> Future[None]:
        return switching.listen(self._engine, [name])


def _adapter(found: Interface, totals: tuple[int, int], heard: Sequence[str]) -> Adapter:
    state = "down" if not found.is_up else "up" if found.has_carrier else "no link"
    address = found.addresses[0] if found.addresses else None
    return Adapter(found.name, found.description, address, state, *totals, found.name in heard)
