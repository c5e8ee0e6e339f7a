"""What is peculiar to pypcap; what both adapters do is in test_live.py."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("pcap", reason="pypcap is not installed on this Python")

from netscope.engine.capture.live import BUFFER_BYTES, SNAPSHOT_BYTES, TIMEOUT_MS
from netscope.engine.capture.live_pypcap import PypcapHandle
from netscope.engine.capture.source import UNKNOWN_WIRE_LENGTH, ActivationRefused, InterfaceLost
from tests.engine.capture.conftest import KeepingSink
from tests.live.namespace import VethPair

pytestmark = pytest.mark.live


def open_handle(name: str, *, promiscuous: bool = True) -> PypcapHandle:
    return PypcapHandle(
        name,
        promiscuous=promiscuous,
        snapshot_bytes=SNAPSHOT_BYTES,
        buffer_bytes=BUFFER_BYTES,
        timeout_ms=TIMEOUT_MS,
    )


@pytest.mark.parametrize(
    ("name", "words"), [("absent", "No such device exists"), ("ns-right", "That device is not up")]
)
def test_libpcaps_own_words_are_taken_out_of_the_repr_of_bytes(veth: VethPair, name: str, words: str) -> None:
    veth.set_link(veth.right, "down")
    with pytest.raises(ActivationRefused) as refused:
        open_handle(name)
    assert refused.value.args == (words,)


def test_words_of_a_bad_filter_are_text(veth: VethPair) -> None:
    handle = open_handle(veth.right)
    with pytest.raises(ActivationRefused, match=r"^can't parse filter expression: syntax error$"):
        handle.set_filter("tcp port")
    handle.close()


def test_the_wire_length_is_not_known(veth: VethPair, sink: KeepingSink) -> None:
    handle = open_handle(veth.right)
    veth.send(bytes(60))
    while not sink.frames:
        handle.dispatch(sink, 3, 10)
    assert (sink.frames[0].wire_length, sink.frames[0].interface) == (UNKNOWN_WIRE_LENGTH, 3)
    handle.close()


def test_a_call_after_close_is_an_error_not_a_crash(veth: VethPair, sink: KeepingSink) -> None:
    handle = open_handle(veth.right)
    handle.close()
    for call in (handle.fileno, handle.counters, lambda: handle.dispatch(sink, 0, 1)):
        with pytest.raises(AttributeError):
            call()


def test_an_interface_that_went_away_is_lost_with_the_reason(veth: VethPair, sink: KeepingSink) -> None:
    handle = open_handle(veth.right)
    veth.remove()
    with pytest.raises(InterfaceLost) as lost:
        handle.dispatch(sink, 0, 10)
    name, reason = lost.value.args
    assert name == veth.right
    assert reason.startswith("The interface ")
    handle.close()


def test_a_pipe_with_the_name_of_the_interface_does_not_hang(
    veth: VethPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo(veth.right)
    open_handle(veth.right).close()


def test_every_link_type_libpcap_has_can_be_opened(veth: VethPair) -> None:
    # pypcap knows link header lengths of some types only and passes over the others.
    veth.run("ip", "tuntap", "add", "dev", "tunnel", "mode", "tun")
    veth.set_link("tunnel", "up")
    raw, ethernet, linux_cooked = 12, 1, 113
    found = {}
    for name in ("tunnel", "lo", "any"):
        handle = open_handle(name, promiscuous=name != "any")
        found[name] = handle.link_type
        handle.close()
    assert found == {"tunnel": raw, "lo": ethernet, "any": linux_cooked}
