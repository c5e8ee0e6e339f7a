"""The state of an interface and its drops, asked through a packet socket."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from netscope.engine.capture import packet_socket
from netscope.engine.capture.packet_socket import bind_again, interface_drops, link_state
from tests.live.namespace import VethPair

ARPHRD_ETHER = 1


@pytest.mark.live
def test_the_state_follows_the_link(veth: VethPair) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        state = link_state(probe.fileno(), veth.right)
        assert state is not None
        assert (state.index, state.hardware_type, state.is_up) == (
            socket.if_nametoindex(veth.right),
            ARPHRD_ETHER,
            True,
        )
        veth.set_link(veth.right, "down")
        state = link_state(probe.fileno(), veth.right)
        assert state is not None
        assert not state.is_up
        veth.remove()
        assert link_state(probe.fileno(), veth.right) is None


@pytest.mark.live
def test_binding_again_leaves_the_descriptor_to_its_owner(veth: VethPair) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as capture:
        capture.bind((veth.right, 3))
        veth.remove()
        veth.create()
        bind_again(capture.fileno(), veth.right, socket.if_nametoindex(veth.right), promiscuous=True)
        assert capture.getsockname()[0] == veth.right
        assert "promiscuity 1" in veth.run("ip", "-d", "link", "show", veth.right)
        assert capture.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
        veth.send(bytes(60))
        capture.settimeout(2.0)
        assert capture.recv(100) == bytes(60)


@pytest.mark.live
def test_binding_to_nothing_is_an_error(veth: VethPair) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as capture, pytest.raises(OSError, match="No such device"):
        bind_again(capture.fileno(), "absent", 99, promiscuous=False)


def test_drops_are_buffers_that_ran_over_not_unknown_protocols(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = tmp_path / "dev"
    table.write_text(
        "Inter-|   Receive                                                |  Transmit\n"
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop\n"
        "    lo:     100       1    0    0    0     0          0         0      100       1    0    0\n"
        "  eth0:12345678    1000    3   42    7     0          0         9   999999     500    0    1\n"
    )
    monkeypatch.setattr(packet_socket, "_PROC_NET_DEV", table)
    assert [interface_drops(name) for name in ("eth0", "lo", "eth", "any")] == [7, 0, 0, 0]
    sys_class_net = tmp_path / "lo"
    (sys_class_net / "statistics").mkdir(parents=True)
    (sys_class_net / "statistics" / "rx_missed_errors").write_text("5\n")
    (sys_class_net / "ifindex").write_text(f"{socket.if_nametoindex('lo')}\n")
    monkeypatch.setattr(packet_socket, "_SYS_CLASS_NET", tmp_path)
    assert interface_drops("lo") == 5
    (sys_class_net / "ifindex").write_text("4711\n")
    assert interface_drops("lo") == 0
    monkeypatch.setattr(packet_socket, "_PROC_NET_DEV", tmp_path / "absent")
    assert interface_drops("eth0") == 0
