"""What is peculiar to pcapy-ng; what both adapters do is in test_live.py."""

from __future__ import annotations

import pytest

pytest.importorskip("pcapy", reason="pcapy-ng is not installed on this Python")

from netscope.engine.capture.live import BUFFER_BYTES, SNAPSHOT_BYTES, TIMEOUT_MS
from netscope.engine.capture.live_pcapy import PcapyHandle
from netscope.engine.capture.source import ActivationRefused
from tests.engine.capture.conftest import KeepingSink
from tests.live.namespace import VethPair

pytestmark = pytest.mark.live


def open_handle(name: str, *, promiscuous: bool = True, snapshot_bytes: int = SNAPSHOT_BYTES) -> PcapyHandle:
    return PcapyHandle(
        name,
        promiscuous=promiscuous,
        snapshot_bytes=snapshot_bytes,
        buffer_bytes=BUFFER_BYTES,
        timeout_ms=TIMEOUT_MS,
    )


@pytest.mark.parametrize(
    ("name", "words"), [("absent", "No such device exists"), ("ns-right", "That device is not up")]
)
def test_a_status_number_becomes_libpcaps_words(veth: VethPair, name: str, words: str) -> None:
    veth.set_link(veth.right, "down")
    with pytest.raises(ActivationRefused) as refused:
        open_handle(name)
    assert refused.value.args == (words,)


def test_the_wire_length_of_a_cut_frame_is_known(veth: VethPair, sink: KeepingSink) -> None:
    handle = open_handle(veth.right, snapshot_bytes=64)
    veth.send(bytes(1000))
    while not sink.frames:
        handle.dispatch(sink, 3, 10)
    assert (len(sink.frames[0].data), sink.frames[0].wire_length, sink.frames[0].interface) == (64, 1000, 3)
    handle.close()


def test_a_call_after_close_is_an_error_not_a_crash(veth: VethPair, sink: KeepingSink) -> None:
    handle = open_handle(veth.right)
    handle.close()
    for call in (handle.fileno, handle.counters, lambda: handle.dispatch(sink, 0, 1)):
        with pytest.raises(AttributeError):
            call()
