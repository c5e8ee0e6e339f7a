"""Real captures replayed onto a cable arrive as they lie in the file, on each adapter."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import time
from pathlib import Path

import dpkt
import pytest

from netscope.engine.capture.live import OpenHandle, open_live
from tests.engine.capture.conftest import KeepingSink
from tests.live.namespace import VethPair

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not shutil.which("tcpreplay"), reason="needs tcpreplay, to replay captures"),
]

ADAPTERS = {"pypcap": ("pcap", "PypcapHandle"), "pcapy": ("pcapy", "PcapyHandle")}
PACKETS_PER_S = 20_000


def handle_class(adapter: str) -> OpenHandle:
    library, class_name = ADAPTERS[adapter]
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    return getattr(importlib.import_module(f"netscope.engine.capture.live_{adapter}"), class_name)  # type: ignore[no-any-return]


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("name", ["arkime__dns-udp.pcap", "arkime__long-session.pcap", "arkime__wireshark-dhcp.pcap"])
def test_frames_of_a_replayed_capture_are_those_of_the_file(
    veth: VethPair, captures_dir: Path, name: str, adapter: str
) -> None:
    with (captures_dir / name).open("rb") as file:
        expected = [bytes(data) for _, data in dpkt.pcap.Reader(file)]
    sink = KeepingSink()
    source = open_live([veth.right], open_handle=handle_class(adapter))
    sent_before = veth.sent_packets(veth.right)
    replay = veth.start("tcpreplay", "-q", "-i", veth.left, f"--pps={PACKETS_PER_S}", str(captures_dir / name))
    end_s = time.monotonic() + 20
    while len(sink.frames) < len(expected) and time.monotonic() < end_s:
        source.pump(sink, 2048, 0.1)
    assert replay.wait(timeout=10) == 0, replay.communicate()
    statistics = source.statistics()
    source.close()
    assert [frame.data for frame in sink.frames] == expected
    assert (statistics.received, statistics.dropped_kernel, statistics.dropped_interface) == (len(expected), 0, 0)
    assert veth.sent_packets(veth.right) == sent_before
