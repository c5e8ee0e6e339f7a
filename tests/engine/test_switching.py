"""A running engine goes over to another interface; its session says all it listened to."""

from __future__ import annotations

import time
from concurrent.futures import Future

import pytest

from netscope.engine.capture.live import open_live
from netscope.engine.switching import listen
from netscope.engine.thread import Engine
from netscope.model.errors import NetScopeError
from tests.engine.memory_source import MemorySource
from tests.engine.small_network import PHONE, START_NS, lookup
from tests.engine.test_pipeline import a_pipeline
from tests.live.namespace import VethPair


@pytest.mark.live
def test_a_running_capture_goes_over_and_its_flows_stay(veth: VethPair) -> None:
    pipeline = a_pipeline()
    pipeline.session.source = veth.right
    engine = Engine(open_live([veth.right]), pipeline)
    engine.start()
    try:
        frames = [data for _, data in lookup(PHONE, "a.example", "192.0.2.1", START_NS)]
        veth.send(*frames)
        wait_for_packets(engine, len(frames))
        veth.run("ip", "address", "add", "198.51.100.9/24", "dev", "lo")
        listen(engine, ["lo"]).result(10)
        veth.run("python3", "-c", "import socket; socket.socket(2, 2).sendto(b'x', ('127.0.0.1', 9))")
        wait_for_packets(engine, len(frames) + 1)
        assert engine.source.name == "lo"
        assert pipeline.session.source == f"{veth.right}, lo"
        assert pipeline.meter.flows_open >= 2
        assert pipeline.correlator.networks.is_local("198.51.100.77")
    finally:
        engine.stop()
    assert engine.error is None


def wait_for_packets(engine: Engine, number: int) -> None:
    end_s = time.monotonic() + 10
    while engine.pipeline.meter.packets < number and time.monotonic() < end_s:
        time.sleep(0.02)
    assert engine.pipeline.meter.packets >= number


def refused(done: Future[None]) -> str:
    with pytest.raises(NetScopeError) as problem:
        done.result(10)
    return str(problem.value)


def test_what_is_no_live_capture_cannot_be_moved() -> None:
    engine = Engine(MemorySource([], kind="live"), a_pipeline())
    engine.start()
    try:
        assert refused(listen(engine, ["eth0"])) == "memory is no live capture; there is no interface to choose"
    finally:
        engine.stop()


@pytest.mark.live
def test_a_name_that_is_not_there_is_refused_and_the_capture_goes_on(veth: VethPair) -> None:
    engine = Engine(open_live([veth.right]), a_pipeline())
    engine.start()
    try:
        assert "no interface is called nosuch0" in refused(listen(engine, ["nosuch0"]))
        assert "no interface was named" in refused(listen(engine, []))
        veth.send(bytes(60))
        wait_for_packets(engine, 1)
    finally:
        engine.stop()
