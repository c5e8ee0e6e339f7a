"""Live capture on a veth pair; every test runs on each adapter that is installed."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from netscope.engine.capture.live import BUFFER_BYTES, SNAPSHOT_BYTES, LiveSource, OpenHandle, open_live
from netscope.engine.capture.rights import CaptureNotPermitted
from netscope.engine.capture.source import UNKNOWN_WIRE_LENGTH, ActivationRefused
from netscope.model.errors import NetScopeError
from tests.engine.capture.conftest import KeepingSink
from tests.live.namespace import VethPair

pytestmark = pytest.mark.live

ADAPTERS = {"pypcap": ("pcap", "PypcapHandle"), "pcapy": ("pcapy", "PcapyHandle")}


@pytest.fixture(params=ADAPTERS)
def open_handle(request: pytest.FixtureRequest, veth: VethPair) -> OpenHandle:
    library, class_name = ADAPTERS[request.param]
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    module = importlib.import_module(f"netscope.engine.capture.live_{request.param}")
    return getattr(module, class_name)


def frame(number: int, size: int = 60, ether_type: int = 0x0800) -> bytes:
    head = b"\xff" * 6 + bytes.fromhex("02000000aa01") + ether_type.to_bytes(2, "big") + number.to_bytes(4, "big")
    return head.ljust(size, b"x")


def pump_until(source: LiveSource, sink: KeepingSink, done: Callable[[], bool], limit_s: float = 5.0) -> None:
    """Pump until ``done``, at most ``limit_s``."""
    end_s = time.monotonic() + limit_s
    while not done() and time.monotonic() < end_s:
        assert source.pump(sink, 4096, 0.1)


def pump_for(source: LiveSource, sink: KeepingSink, seconds: float) -> None:
    pump_until(source, sink, lambda: False, seconds)


def test_frames_arrive_whole_in_order_and_timed(veth: VethPair, open_handle: OpenHandle, sink: KeepingSink) -> None:
    source = open_live([veth.right], open_handle=open_handle)
    before_ns = time.time_ns()
    sent = [frame(number, 60 + number) for number in range(200)]
    veth.send(*sent)
    pump_until(source, sink, lambda: len(sink.frames) >= len(sent))
    after_ns = time.time_ns()
    assert [f.data for f in sink.frames] == sent
    assert {f.link_type for f in sink.frames} == {1}
    assert {f.wire_length - len(f.data) for f in sink.frames if f.wire_length != UNKNOWN_WIRE_LENGTH} <= {0}
    times = [f.timestamp_ns for f in sink.frames]
    assert times == sorted(times)
    assert before_ns - 1_000_000 <= times[0] <= times[-1] <= after_ns
    assert source.statistics().received == len(sent)
    source.close()


def test_a_frame_is_seen_soon_on_a_quiet_network(veth: VethPair, open_handle: OpenHandle, sink: KeepingSink) -> None:
    source = open_live([veth.right], open_handle=open_handle)
    pump_for(source, sink, 0.3)
    waits_s = []
    for number in range(1, 4):
        veth.send(frame(number))
        start_s = time.monotonic()
        pump_until(source, sink, lambda number=number: len(sink.frames) >= number)
        waits_s.append(time.monotonic() - start_s)
    # The least: a busy machine may stop this process at any moment.
    assert min(waits_s) < 0.5
    source.close()


def test_a_budget_is_kept_and_the_rest_comes_next(veth: VethPair, open_handle: OpenHandle, sink: KeepingSink) -> None:
    source = open_live([veth.right], open_handle=open_handle)
    veth.send(*(frame(number) for number in range(100)))
    time.sleep(0.3)
    counts = []
    for _ in range(10):
        assert source.pump(sink, 30, 0.05)
        counts.append(len(sink.frames))
    assert counts[:5] == [30, 60, 90, 100, 100]
    source.close()


def test_pump_waits_no_longer_than_told(veth: VethPair, open_handle: OpenHandle, sink: KeepingSink) -> None:
    source = open_live([veth.right], "tcp port 9", open_handle=open_handle)
    start_s = time.monotonic()
    veth.send(frame(1))
    source.pump(sink, 100, 0.2)
    assert 0.1 < time.monotonic() - start_s < 5
    assert sink.frames == []
    source.close()


def test_only_frames_of_the_filter_are_seen(veth: VethPair, open_handle: OpenHandle, sink: KeepingSink) -> None:
    source = open_live([veth.right], "ether proto 0x88b5", open_handle=open_handle)
    veth.send(frame(1), frame(2, ether_type=0x88B5), frame(3))
    pump_for(source, sink, 0.4)
    assert [f.data for f in sink.frames] == [frame(2, ether_type=0x88B5)]
    assert source.filter == "ether proto 0x88b5"
    source.close()


def test_a_bad_filter_is_named_with_the_reason(veth: VethPair, open_handle: OpenHandle) -> None:
    with pytest.raises(NetScopeError, match=r'"tcp port".*syntax error'):
        open_live([veth.right], "tcp port", open_handle=open_handle)


def test_an_unknown_interface_is_named_with_a_near_one(veth: VethPair, open_handle: OpenHandle) -> None:
    with pytest.raises(NetScopeError, match="no interface is called ns-rigth; did you mean ns-right"):
        open_live(["ns-rigth"], open_handle=open_handle)


def test_an_interface_that_is_down_is_said_to_be(veth: VethPair, open_handle: OpenHandle) -> None:
    veth.set_link(veth.right, "down")
    with pytest.raises(NetScopeError, match="ns-right is down; bring it up with: sudo ip link set ns-right up"):
        open_live([veth.right], open_handle=open_handle)


def test_a_file_with_the_name_of_the_interface_is_not_read(
    veth: VethPair, open_handle: OpenHandle, sink: KeepingSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    head = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
    Path(veth.right).write_bytes(head + bytes.fromhex("00000000000000000400000004000000") + b"file")
    source = open_live([veth.right], open_handle=open_handle)
    assert Path.cwd() == tmp_path
    veth.send(frame(7))
    pump_until(source, sink, lambda: bool(sink.frames))
    assert [f.data for f in sink.frames] == [frame(7)]
    source.close()


def test_nothing_is_sent_while_capturing(veth: VethPair, open_handle: OpenHandle, sink: KeepingSink) -> None:
    source = open_live([veth.right, "lo"], open_handle=open_handle)
    before = veth.sent_packets(veth.right), veth.sent_packets("lo")
    for number in range(20):
        veth.send(frame(number))
        pump_for(source, sink, 0.05)
        source.statistics()
        source.interfaces()
    source.close()
    assert len(sink.frames) == 20
    assert (veth.sent_packets(veth.right), veth.sent_packets("lo")) == before


def test_several_interfaces_are_told_apart(veth: VethPair, open_handle: OpenHandle, sink: KeepingSink) -> None:
    veth.run("ip", "addr", "add", "10.77.0.1/24", "dev", veth.left)
    veth.run("ip", "route", "add", "default", "via", "10.77.0.254")
    source = open_live([veth.right, veth.left, veth.right], open_handle=open_handle)
    assert source.name == "ns-right, ns-left"
    left = source.interfaces()[1]
    assert (left.name, left.link_type, left.networks, left.gateway) == ("ns-left", 1, ("10.77.0.0/24",), "10.77.0.254")
    veth.send(frame(5))
    pump_until(source, sink, lambda: len(sink.frames) >= 2)
    assert sorted(f.interface for f in sink.frames) == [0, 1]
    assert source.statistics().per_interface == ((1, 0, 0), (1, 0, 0))
    source.close()


def test_drops_of_a_full_buffer_are_counted(veth: VethPair, open_handle: OpenHandle, sink: KeepingSink) -> None:
    source = open_live([veth.right], open_handle=open_handle, buffer_bytes=1 << 20)
    veth.send(*(frame(number, 1500) for number in range(3000)))
    pump_for(source, sink, 0.4)
    statistics = source.statistics()
    assert statistics.dropped_kernel > 0
    assert len(sink.frames) + statistics.dropped_kernel == statistics.received == 3000
    source.close()


def test_an_interface_that_goes_down_is_waited_for(veth: VethPair, open_handle: OpenHandle, sink: KeepingSink) -> None:
    source = open_live([veth.right], open_handle=open_handle)
    veth.set_link(veth.right, "down")
    pump_until(source, sink, lambda: bool(source.notices()))
    assert source.notices() == ("ns-right is down; waiting for it to come up",)
    veth.set_link(veth.right, "up")
    pump_until(source, sink, lambda: not source.notices())
    sink.frames.clear()
    veth.send(frame(8))
    pump_until(source, sink, lambda: bool(sink.frames))
    assert [f.data for f in sink.frames] == [frame(8)]
    source.close()


def test_an_interface_made_again_is_followed(veth: VethPair, open_handle: OpenHandle, sink: KeepingSink) -> None:
    source = open_live([veth.right], "ether proto 0x88b5", open_handle=open_handle)
    veth.send(frame(1, ether_type=0x88B5))
    pump_until(source, sink, lambda: bool(sink.frames))
    veth.remove()
    pump_until(source, sink, lambda: bool(source.notices()))
    assert source.notices() == ("ns-right has disappeared; waiting for it to come back",)
    veth.create()
    pump_until(source, sink, lambda: not source.notices())
    veth.send(frame(2, ether_type=0x88B5), frame(3))
    pump_until(source, sink, lambda: len(sink.frames) >= 2)
    assert [f.data for f in sink.frames] == [frame(1, ether_type=0x88B5), frame(2, ether_type=0x88B5)]
    assert source.notices() == ()
    source.close()


def test_one_lost_interface_does_not_stop_the_others(
    veth: VethPair, open_handle: OpenHandle, sink: KeepingSink
) -> None:
    source = open_live([veth.right, "lo"], open_handle=open_handle)
    veth.remove()
    pump_until(source, sink, lambda: bool(source.notices()))
    veth.run("python3", "-c", "import socket; socket.socket(2, 2).sendto(b'hello', ('127.0.0.1', 9))")
    pump_until(source, sink, lambda: any(b"hello" in f.data for f in sink.frames))
    assert {f.interface for f in sink.frames} == {1}
    source.close()


def test_closing_twice_is_harmless(veth: VethPair, open_handle: OpenHandle) -> None:
    source = open_live([veth.right], open_handle=open_handle)
    source.close()
    source.close()


def test_an_error_of_the_sink_passes_through(veth: VethPair, open_handle: OpenHandle) -> None:
    class BrokenSink(KeepingSink):
        def add_frame(self, *_: object) -> None:
            raise ZeroDivisionError

    source = open_live([veth.right], open_handle=open_handle)
    veth.send(frame(1))
    with pytest.raises(ZeroDivisionError):
        pump_until(source, BrokenSink(), lambda: False, 1.0)
    source.close()


def test_without_promiscuous_mode_capture_goes_on_with_a_notice(
    veth: VethPair, open_handle: OpenHandle, sink: KeepingSink
) -> None:
    def refusing(name: str, *, promiscuous: bool, **settings: int) -> object:
        if promiscuous:
            raise ActivationRefused("That device doesn't support promiscuous mode")
        return open_handle(name, promiscuous=False, **settings)

    source = open_live([veth.right], open_handle=refusing)  # type: ignore[arg-type]
    veth.send(frame(1))
    pump_until(source, sink, lambda: bool(sink.frames))
    assert source.notices() == (
        "ns-right refused promiscuous mode (That device doesn't support promiscuous mode): "
        "only traffic of this machine, and broadcasts, are seen",
    )
    source.close()


def test_the_largest_merged_frame_is_not_cut(veth: VethPair, open_handle: OpenHandle, sink: KeepingSink) -> None:
    source = open_live(["lo"], open_handle=open_handle)
    payload = 65_507
    veth.run("python3", "-c", f"import socket; socket.socket(2, 2).sendto(bytes({payload}), ('127.0.0.1', 9))")
    pump_until(source, sink, lambda: bool(sink.frames))
    assert len(sink.frames[0].data) == 14 + 20 + 8 + payload <= SNAPSHOT_BYTES
    source.close()


def test_without_the_right_the_mending_command_is_named(veth: VethPair) -> None:
    code = (
        "import os\n"
        "from netscope.engine.capture.live import adapter, open_live\n"
        "from netscope.engine.capture.rights import CaptureNotPermitted\n"
        "adapter()  # this interpreter may lie where nobody may read\n"
        "os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)\n"
        "try: open_live(['ns-right'])\n"
        "except CaptureNotPermitted as refused: print(refused); print(*refused.commands, sep='\\n')\n"
    )
    said = veth.run("env", "PYTHONDONTWRITEBYTECODE=1", sys.executable, "-c", code).splitlines()
    assert said[0].startswith("cannot listen on ns-right: needs CAP_NET_RAW; run: sudo -E ")
    assert said[0].endswith("to look around without it: netscope demo")
    # Nobody may be unable to follow the last link into root's home; test_rights.py has the whole path.
    assert said[-1].startswith(f"sudo setcap cap_net_raw+ep {os.path.dirname(os.path.realpath(sys.executable))}/python")


def test_the_buffer_is_as_large_as_asked(veth: VethPair, open_handle: OpenHandle) -> None:
    source = open_live([veth.right], open_handle=open_handle)
    inode = os.fstat(source.descriptors()[0]).st_ino
    mapped = [line.split() for line in Path("/proc/self/maps").read_text().splitlines() if f" {inode} " in line]
    sizes = [int(high, 16) - int(low, 16) for low, _, high in (fields[0].partition("-") for fields in mapped)]
    assert max(sizes) >= BUFFER_BYTES
    source.close()


def test_refusals_are_of_one_family() -> None:
    assert issubclass(CaptureNotPermitted, NetScopeError)
