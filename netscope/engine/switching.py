"""Moves a running capture to other interfaces; rights were given up long before (docs/decisions)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from netscope.engine.capture.live import LiveSource
from netscope.engine.thread import Engine
from netscope.model.errors import NetScopeError


def listen(engine: Engine, names: Sequence[str]) -> Future[None]:
    """Listen to these interfaces instead. Flows, devices and the recording go on.

    The engine does it between two turns: within a fifth of a second. The future fails with NetScopeError, and nothing
    has changed, when one of them is not there or cannot be captured without rights.
    """
    done: Future[None] = Future()

    def move() -> None:
        try:
            _move(engine, names)
        except NetScopeError as refused:
            done.set_exception(refused)
        else:
            done.set_result(None)

    engine.submit(move)
    return done


def _move(engine: Engine, names: Sequence[str]) -> None:
    source, session = engine.source, engine.pipeline.session
    if not isinstance(source, LiveSource):
        raise NetScopeError(f"{source.name} is no live capture; there is no interface to choose")
    if not names:
        raise NetScopeError("no interface was named; see: netscope interfaces")
    source.listen(names)
    # The session says of the whole run what was listened to.
    session.source = ", ".join(dict.fromkeys([*session.source.split(", "), *source.name.split(", ")]))
    engine.learn_networks()
