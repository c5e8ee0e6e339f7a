"""ARP over Ethernet and IPv4 (RFC 826, 5227)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import dpkt
import pytest

from netscope.engine.parse import arp
from netscope.model.errors import Incomplete, ParseError
from netscope.model.link import ArpMessage
from tests.engine.parse import naming_samples as samples


def test_request() -> None:
    parsed = arp.parse(samples.ARP_REQUEST)
    assert parsed == ArpMessage(1, samples.MAC_TEXT, "192.0.2.7", "00:00:00:00:00:00", "192.0.2.1")
    assert (parsed.is_gratuitous, parsed.is_probe) == (False, False)


def test_reply_with_ethernet_padding() -> None:
    parsed = arp.parse(samples.ARP_REPLY + bytes(18))
    assert (parsed.operation, parsed.target_mac) == (2, "02:00:00:00:00:09")


def test_probe_and_gratuitous() -> None:
    """RFC 5227, sections 2.1.1 and 2.3."""
    head = bytes.fromhex("0001080006040001") + samples.MAC
    assert arp.parse(head + bytes(4) + bytes(6) + samples.IP).is_probe
    assert arp.parse(head + samples.IP + bytes(6) + samples.IP).is_gratuitous


@pytest.mark.parametrize("length", range(28))
def test_cut_is_incomplete(length: int) -> None:
    with pytest.raises(Incomplete) as caught:
        arp.parse(samples.ARP_REQUEST[:length])
    assert caught.value.slug == "truncated_arp"


@pytest.mark.parametrize("change", [(1, 15), (3, 1), (4, 8), (5, 16)])
def test_other_links_and_protocols_are_named_so(change: tuple[int, int]) -> None:
    data = bytearray(samples.ARP_REQUEST)
    data[change[0]] = change[1]
    with pytest.raises(ParseError) as caught:
        arp.parse(bytes(data))
    assert caught.value.slug == "unsupported_arp"


CAPTURES = (
    "arkime__cloudshark-arp.pcap",
    "chrissanders__arp_gratuitous.pcapng",
    "ndpi__alexa-app.pcapng",
    "sniperdz__arp_spoofing.pcap",
    "zeek__nmap-vsn.pcap",
)


@pytest.mark.parametrize("name", CAPTURES)
def test_agrees_with_tshark(name: str, captures_dir: Path, truth_dir: Path) -> None:
    """Every distinct message and how often it came."""
    truth = json.loads((truth_dir / "tshark" / f"{name}.json").read_text())["arp"]["tuples"]
    seen: Counter[tuple[str, ...]] = Counter()
    with (captures_dir / name).open("rb") as file:
        for _, frame in dpkt.pcap.UniversalReader(file):
            if frame[12:14] == b"\x08\x06":
                operation, *addresses = arp.parse(frame[14:])
                seen[str(operation), *addresses] += 1
    assert seen == {tuple(row[:5]): row[6] for row in truth}
