"""A capture that fails is tried again after a pause, and counted; one may be moved to another interface."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import NoReturn

import pytest

from netscope.engine.capture import live
from netscope.engine.capture.live import LiveSource, adapter, open_live
from netscope.engine.capture.live_interface import BACK_OFF_S, LiveInterface
from netscope.engine.capture.source import FrameSink, InterfaceLost
from netscope.model.errors import NetScopeError
from tests.engine.capture.conftest import KeepingSink
from tests.engine.capture.test_live import frame, pump_for, pump_until
from tests.live.namespace import VethPair

pytestmark = pytest.mark.live


class FailingHandle:
    """An open capture whose library fails, and works again when told."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.link_type = 1
        self.fails = True
        self.asked = 0
        self._descriptor, self._other_end = socket.socketpair()
        self._other_end.send(b"always readable, as a socket in error is")

    def fileno(self) -> int:
        return self._descriptor.fileno()

    def set_filter(self, expression: str) -> None:
        pass

    def dispatch(self, sink: FrameSink, interface: int, budget: int) -> int:
        self.asked += 1
        if self.fails:
            raise InterfaceLost(self.name, "recvfrom: Input/output error")
        sink.add_frame(1, bytes(60), 60, 1, interface)
        return 1

    def counters(self) -> tuple[int, int]:
        return 0, 0

    def close(self) -> None:
        self._descriptor.close()
        self._other_end.close()


def test_a_capture_that_fails_is_tried_again_after_a_pause_and_counted(veth: VethPair, sink: KeepingSink) -> None:
    handle = FailingHandle(veth.right)
    source = LiveSource([LiveInterface(handle, promiscuous=False)], None, ())
    for _ in range(5):
        source.pump(sink, 100, 0.01)
    assert handle.asked == 1
    assert source.statistics().failures == 1
    assert source.notices() == ("ns-right: capture failed (recvfrom: Input/output error); tried again after 1 s",)
    pump_until(source, sink, lambda: source.statistics().failures == 2)
    assert source.notices()[0].endswith("tried again after 2 s")
    handle.fails = False
    pump_until(source, sink, lambda: bool(sink.frames))
    pump_until(source, sink, lambda: not source.notices())
    assert source.statistics().failures == 2
    source.close()


def test_what_is_told_late_of_an_interface_that_is_back_is_no_failure(veth: VethPair, sink: KeepingSink) -> None:
    handle = FailingHandle(veth.right)
    live = LiveInterface(handle, promiscuous=False)
    veth.set_link(veth.right, "down")
    live.watch()
    assert live.trouble == "ns-right is down; waiting for it to come up"
    veth.set_link(veth.right, "up")
    assert live.read(sink, 0, 100) == 0
    assert (live.failures, live.trouble) == (0, None)
    handle.fails = False
    time.sleep(BACK_OFF_S[0])
    assert live.read(sink, 0, 100) == 1
    handle.close()


def test_a_failing_capture_takes_no_time_of_the_processor(veth: VethPair, sink: KeepingSink) -> None:
    handle = FailingHandle(veth.right)
    source = LiveSource([LiveInterface(handle, promiscuous=False)], None, ())
    used_s = time.process_time()
    pump_for(source, sink, BACK_OFF_S[0] * 0.8)
    assert time.process_time() - used_s < 0.2
    source.close()


def test_addresses_that_cannot_be_looked_up_leave_those_known(veth: VethPair, monkeypatch: pytest.MonkeyPatch) -> None:
    source = LiveSource([LiveInterface(FailingHandle(veth.right), promiscuous=False)], None, ())
    known = source.interfaces()
    assert [interface.name for interface in known] == [veth.right]

    def short_of_buffers() -> NoReturn:
        raise NetScopeError("cannot list the interfaces: error 105 of getifaddrs")

    monkeypatch.setattr(live, "list_interfaces", short_of_buffers)
    monkeypatch.setattr(live, "_ADDRESS_PERIOD_S", 0.0)
    for _ in range(2):
        assert source.interfaces() == known
    source.close()


def test_a_capture_is_moved_to_another_interface_and_back(veth: VethPair, sink: KeepingSink) -> None:
    veth.run("ip", "link", "add", "ns-other", "type", "veth", "peer", "name", "ns-sender")
    for end in ("ns-other", "ns-sender"):
        veth.run("sysctl", "-qw", f"net.ipv6.conf.{end}.disable_ipv6=1")
        veth.set_link(end, "up")
    source = open_live([veth.right], "ether proto 0x88b5")
    source.listen(["ns-other"])
    assert source.name == "ns-other"
    assert [interface.name for interface in source.interfaces()] == ["ns-other"]
    assert "promiscuity 0" in veth.run("ip", "-d", "link", "show", veth.right)
    assert "promiscuity 1" in veth.run("ip", "-d", "link", "show", "ns-other")
    veth.send(frame(1, ether_type=0x88B5))
    veth.send(frame(2, ether_type=0x88B5), frame(3), end="ns-sender")
    pump_for(source, sink, 0.4)
    assert [f.data for f in sink.frames] == [frame(2, ether_type=0x88B5)]
    source.listen([veth.right])
    veth.send(frame(4, ether_type=0x88B5))
    pump_until(source, sink, lambda: len(sink.frames) >= 2)
    assert sink.frames[-1].data == frame(4, ether_type=0x88B5)
    source.close()


def test_of_several_those_that_stay_are_left_alone(veth: VethPair, sink: KeepingSink) -> None:
    source = open_live([veth.right, "lo"])
    source.listen([veth.right])
    assert [interface.name for interface in source.interfaces()] == [veth.right]
    veth.run("python3", "-c", "import socket; socket.socket(2, 2).sendto(b'unheard', ('127.0.0.1', 9))")
    veth.send(frame(1))
    pump_for(source, sink, 0.4)
    assert [f.data for f in sink.frames] == [frame(1)]
    assert len(source.statistics().per_interface) == 1
    source.listen([veth.right, "lo"])
    veth.run("python3", "-c", "import socket; socket.socket(2, 2).sendto(b'heard', ('127.0.0.1', 9))")
    pump_until(source, sink, lambda: any(b"heard" in f.data for f in sink.frames))
    source.close()


def test_a_tunnel_is_heard_through_the_spare_capture(veth: VethPair, sink: KeepingSink) -> None:
    if not Path("/dev/net/tun").exists():
        pytest.skip("needs /dev/net/tun, to make a tunnel")
    veth.run("ip", "tuntap", "add", "dev", "ns-tun", "mode", "tun")
    veth.run("sysctl", "-qw", "net.ipv6.conf.ns-tun.disable_ipv6=1")
    veth.run("ip", "address", "add", "10.9.0.1/24", "dev", "ns-tun")
    veth.run("ip", "link", "set", "ns-tun", "up")
    source = open_live([veth.right], "udp", spare=True)
    assert source.name == veth.right
    source.listen(["ns-tun"])
    # The kernel takes its time until a tunnel that has just been opened carries anything.
    opened = (
        "import fcntl, os, select, socket, struct; t = os.open('/dev/net/tun', os.O_RDWR)\n"
        "fcntl.ioctl(t, 0x400454CA, struct.pack('16sH22x', b'ns-tun', 0x1001)); s = socket.socket(2, 2)\n"
        "for _ in range(100):\n"
        "    s.sendto(b'through the tunnel', ('10.9.0.2', 9))\n"
        "    if select.select([t], [], [], 0.2)[0]: break\n"
    )
    veth.run("python3", "-c", opened)
    pump_until(source, sink, lambda: bool(sink.frames))
    assert b"through the tunnel" in sink.frames[0].data
    assert sink.frames[0].link_type == 113
    source.listen([veth.right])
    assert source.name == veth.right
    source.close()


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["ns-rigth"], "no interface is called ns-rigth; did you mean ns-right"),
        (["lo", "ns-right"], "cannot listen on lo as well: rights were given up .* start again with -i lo"),
    ],
)
def test_what_cannot_be_had_is_refused_and_nothing_changes(
    veth: VethPair, sink: KeepingSink, names: list[str], words: str
) -> None:
    source = open_live([veth.right])
    with pytest.raises(NetScopeError, match=words):
        source.listen(names)
    assert source.name == veth.right
    veth.send(frame(1))
    pump_until(source, sink, lambda: bool(sink.frames))
    assert [f.data for f in sink.frames] == [frame(1)]
    source.close()


def test_the_adapter_of_this_python_is_used() -> None:
    assert adapter().__module__.startswith("netscope.engine.capture.live_p")


def test_interfaces_that_see_the_same_packet_are_told(veth: VethPair) -> None:
    source = open_live([veth.right, veth.left])
    assert [notice for notice in source.notices() if "what passes both is counted twice" in notice]
    source.listen([veth.right])
    assert source.notices() == ()
    source.close()
