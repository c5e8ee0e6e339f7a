"""What the screens can do to a running engine."""

from __future__ import annotations

import pytest

from netscope.engine.control import EngineControl
from netscope.engine.thread import Engine
from netscope.model.errors import NetScopeError
from tests.engine.memory_source import MemorySource
from tests.engine.test_pipeline import a_pipeline, an_evening


def test_adapters_are_those_of_this_machine() -> None:
    source = MemorySource(an_evening(), kind="live")
    source.name = "lo"
    adapters = {adapter.name: adapter for adapter in EngineControl(Engine(source, a_pipeline())).adapters()}
    assert adapters["lo"].is_heard
    assert adapters["lo"].description == "loopback"
    assert not any(adapter.is_heard for name, adapter in adapters.items() if name != "lo")
    assert all(adapter.bytes >= adapter.packets >= 0 for adapter in adapters.values())


@pytest.mark.parametrize(("kind", "can"), [("live", True), ("file", False), ("demo", False)])
def test_only_a_live_capture_can_listen_elsewhere(kind: str, can: bool) -> None:
    control = EngineControl(Engine(MemorySource([], kind=kind), a_pipeline()))
    assert control.can_listen is can


def test_a_refusal_comes_in_words() -> None:
    engine = Engine(MemorySource([], kind="live"), a_pipeline())
    engine.start()
    try:
        with pytest.raises(NetScopeError, match="no live capture"):
            EngineControl(engine).listen("eth0").result(10)
    finally:
        engine.stop()
