"""Frames against dpkt, which was written by others."""

from __future__ import annotations

import dpkt
import pytest

from netscope.demo.wire import ACK, SYN, End, checksum, icmp, ip_bytes, mac_bytes, multicast, packet, tcp, udp

NEAR4 = End(mac_bytes("a0:36:9f:00:00:01"), ip_bytes("192.0.2.1"), 64)
FAR4 = End(mac_bytes("a0:36:9f:00:00:02"), ip_bytes("198.51.100.7"), 50)
NEAR6 = NEAR4._replace(address=ip_bytes("2001:db8::1"))
FAR6 = FAR4._replace(address=ip_bytes("2001:db8::2"))


def test_checksum_of_the_example_in_rfc_1071() -> None:
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


def test_checksum_pads_an_odd_byte() -> None:
    assert checksum(b"\x12\x34\x56") == checksum(b"\x12\x34\x56\x00")


@pytest.mark.parametrize(("near", "far"), [(NEAR4, FAR4), (NEAR6, FAR6)])
@pytest.mark.parametrize("payload", [b"", b"x", b"hello world!"])
def test_udp_checks_out(near: End, far: End, payload: bytes) -> None:
    frame = udp(near, 5353, far, 53, payload)
    layer = dpkt.ethernet.Ethernet(frame).data
    assert (layer.data.sport, layer.data.dport, layer.data.data) == (5353, 53, payload)
    assert correct_transport_sum(layer, 17)


@pytest.mark.parametrize(("near", "far"), [(NEAR4, FAR4), (NEAR6, FAR6)])
def test_tcp_checks_out(near: End, far: End) -> None:
    frame = tcp(
        near, 40000, far, 443, sequence=2**32 + 5, acknowledgment=9, flags=SYN | ACK, window=64240,
        options=b"\x02\x04\x05\xb4", payload=b"abc",
    )  # fmt: skip
    layer = dpkt.ethernet.Ethernet(frame).data
    segment = layer.data
    assert (segment.seq, segment.ack, segment.flags, segment.win) == (5, 9, 0x12, 64240)
    assert (segment.opts, segment.data) == (b"\x02\x04\x05\xb4", b"abc")
    assert correct_transport_sum(layer, 6)


def test_ipv4_header_checks_out_and_says_dont_fragment_only_without_an_identification() -> None:
    plain = dpkt.ethernet.Ethernet(packet(NEAR4, FAR4, 17, b"")).data
    numbered = dpkt.ethernet.Ethernet(packet(NEAR4, FAR4, 17, b"", identification=77)).data
    assert checksum(bytes(plain)[:20]) in {0, 0xFFFF}
    assert (plain.df, plain.id, numbered.df, numbered.id) == (1, 0, 0, 77)


def test_icmp_checks_out() -> None:
    layer = dpkt.ethernet.Ethernet(icmp(NEAR4, FAR4, 3, 3, b"\0" * 4 + b"quoted packet")).data
    assert isinstance(layer.data, dpkt.icmp.ICMP)
    assert checksum(bytes(layer)[20:]) in {0, 0xFFFF}


def test_short_frames_are_padded_as_the_wire_pads_them() -> None:
    assert len(udp(NEAR4, 1, FAR4, 2, b"")) == 60


def test_multicast_addresses_map_to_their_macs() -> None:
    assert multicast("224.128.0.251").mac.hex(":") == "01:00:5e:00:00:fb"
    assert multicast("ff02::1:ff10:1").mac.hex(":") == "33:33:ff:10:00:01"


def correct_transport_sum(layer: dpkt.ip.IP | dpkt.ip6.IP6, protocol: int) -> bool:
    """The sum over pseudo header and segment, checksum field included, is zero (RFC 1071, section 1)."""
    segment = bytes(layer.data)
    pseudo = layer.src + layer.dst + len(segment).to_bytes(4) + protocol.to_bytes(4)
    words = (pseudo + segment).ljust(-(-len(pseudo + segment) // 2) * 2, b"\0")
    total = sum(int.from_bytes(words[index : index + 2]) for index in range(0, len(words), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total == 0xFFFF
