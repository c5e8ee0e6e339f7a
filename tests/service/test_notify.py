"""systemd hears that the service is ready, alive and ending; the engine's loop alone feeds the watchdog."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from netscope.demo.wire import SECOND
from netscope.engine.thread import Engine
from netscope.service.notify import Heartbeat, Notifier
from tests.engine.memory_source import MemorySource
from tests.engine.small_network import START_NS
from tests.engine.test_pipeline import a_pipeline, an_evening


class Manager:
    """The end systemd holds."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        messages = []
        while True:
            try:
                messages.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return messages

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"\0netscope-test-{os.getpid()}"


@pytest.fixture
def manager(address: str) -> Iterator[Manager]:
    manager = Manager(address)
    yield manager
    manager.close()


def environment(address: str, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": address.replace("\0", "@"), **more}


def test_a_run_is_ready_alive_and_ends(manager: Manager, address: str) -> None:
    variables = environment(address, WATCHDOG_USEC="4000000", WATCHDOG_PID=str(os.getpid()))
    heartbeat = Heartbeat(Notifier.from_environment(variables))
    assert variables == {}
    engine = Engine(MemorySource(an_evening(), kind="live"), a_pipeline())
    heard = []
    for second in range(12):
        heartbeat.publish(engine, START_NS + second * SECOND)
        heard += manager.heard()
    assert heard[0] == "READY=1"
    assert heard.count("READY=1") == 1
    assert heard.count("WATCHDOG=1") == 12
    assert [message for message in heard if message.startswith("STATUS=")] == [
        "STATUS=memory: 0 packets, 0 flows open, 0 devices, 0 dropped"
    ] * 2
    heartbeat.publish(engine, START_NS - 3600 * SECOND)
    assert any(message.startswith("STATUS=") for message in manager.heard())
    engine.finished = True
    heartbeat.publish(engine, START_NS)
    assert manager.heard() == ["STOPPING=1"]


def test_a_watchdog_of_another_process_is_not_fed(manager: Manager, address: str) -> None:
    notifier = Notifier.from_environment(environment(address, WATCHDOG_USEC="4000000", WATCHDOG_PID="1"))
    assert not notifier.has_watchdog
    Heartbeat(notifier).publish(Engine(MemorySource([], kind="live"), a_pipeline()), START_NS)
    assert "WATCHDOG=1" not in manager.heard()


def test_a_reload_is_told_with_its_time(manager: Manager, address: str) -> None:
    Notifier(address.replace("\0", "@")).reloading()
    assert manager.heard()[0].startswith("RELOADING=1\nMONOTONIC_USEC=")


def test_a_manager_that_does_not_read_holds_up_nobody(manager: Manager, address: str) -> None:
    notifier = Notifier(address.replace("\0", "@"))
    for _ in range(5000):
        notifier.tell(WATCHDOG=1)


@pytest.mark.parametrize("address", [None, "", "vsock:1:2", "/nowhere/at/all"])
def test_without_a_manager_nothing_happens(address: str | None) -> None:
    notifier = Notifier(address)
    notifier.tell(READY=1)
    notifier.close()
