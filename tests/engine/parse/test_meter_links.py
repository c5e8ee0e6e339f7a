"""From a frame to its addresses: link types, tags, network headers and tunnels."""

from __future__ import annotations

import struct

import pytest

from tests.engine.parse import frames as f
from tests.engine.parse.meter_log import MeterLog

PAYLOAD = b"payload of the innermost datagram"
INNER = f.ipv4(f.udp(PAYLOAD), 17, "10.1.0.1", "10.1.0.2")
INNER6 = f.ipv6(f.udp(PAYLOAD))
WIFI_DATA = b"\x08\x01" + bytes(2) + f.SERVER_MAC + f.CLIENT_MAC + f.SERVER_MAC + bytes(2)
LLC = b"\xaa\xaa\x03\0\0\0\x08\0"
NFLOG = b"\x02\0\0\x64" + struct.pack("<HH", 8, 1) + bytes(4) + struct.pack("<HH", 4 + len(INNER), 9) + INNER

LINKS = {
    "null_little": (0, struct.pack("<I", 2) + INNER),
    "null_big": (0, struct.pack(">I", 2) + INNER),
    "null_ipv6_bsd": (0, struct.pack("<I", 30) + INNER6),
    "null_ethertype": (0, struct.pack(">I", 0x0F000800) + INNER),
    "loop": (108, struct.pack(">I", 24) + INNER6),
    "ethernet": (1, f.ethernet(INNER)),
    "ethernet_snap": (1, f.ethernet(LLC + INNER, len(LLC + INNER))),
    "vlan": (1, f.ethernet(f.vlan(5, 0x0800, INNER), 0x8100)),
    "qinq": (1, f.ethernet(f.vlan(5, 0x8100, f.vlan(6, 0x0800, INNER)), 0x88A8)),
    "pppoe": (1, f.ethernet(b"\x11\0\0\1" + struct.pack("!HH", len(INNER) + 2, 0x21) + INNER, 0x8864)),
    "mpls": (1, f.ethernet(b"\0\x01\0\x40\0\x02\x01\x40" + INNER, 0x8847)),
    "mpls_pseudowire": (1, f.ethernet(b"\0\x01\x01\x40" + bytes(4) + f.ethernet(INNER), 0x8847)),
    "ppp": (9, b"\xff\x03\0\x21" + INNER),
    "ppp_compressed": (9, b"\x21" + INNER),
    "ppp_serial_ipv6": (50, b"\xff\x03\0\x57" + INNER6),
    "ppp_ether": (51, b"\x11\0\0\1\0\x40\0\x21" + INNER),
    "raw": (101, INNER),
    "raw_bsd_ipv6": (12, INNER6),
    "ipv4": (228, INNER),
    "ipv6": (229, INNER6),
    "c_hdlc": (104, b"\x0f\0\x08\0" + INNER),
    "wifi": (105, WIFI_DATA + LLC + INNER),
    "wifi_qos": (105, b"\x88" + WIFI_DATA[1:] + b"\0\0" + LLC + INNER),
    "radiotap": (127, b"\0\0\x0a\0\0\0\0\0\0\0" + WIFI_DATA + LLC + INNER),
    "nflog": (239, NFLOG),
    "sll": (113, b"\0\0\0\1\0\6" + f.CLIENT_MAC + bytes(2) + b"\x08\0" + INNER),
    "sll2": (276, b"\x08\0\0\0\0\0\0\1\0\1\0\6" + f.CLIENT_MAC + bytes(2) + INNER),
}


@pytest.mark.parametrize("name", LINKS)
def test_the_payload_is_found_behind_every_link_header(name: str) -> None:
    link_type, frame = LINKS[name]
    log = MeterLog().feed(frame, link_type=link_type)
    assert log.datagrams == [(0, PAYLOAD)]
    assert log.counters == {}
    assert log.meter.link_type == link_type


@pytest.mark.parametrize("name", LINKS)
def test_every_truncation_is_counted_and_harmless(name: str) -> None:
    link_type, frame = LINKS[name]
    for size in range(len(frame)):
        log = MeterLog().feed(frame[:size], link_type=link_type, wire=len(frame)).finish()
        assert log.meter.packets == log.meter.truncated == 1
        assert log.meter.bytes == len(frame)
        assert all(PAYLOAD.startswith(data) for _, data in log.datagrams)
        assert not [slug for slug in log.counters if slug.startswith("malformed") and "mpls" not in name]


@pytest.mark.parametrize(("name", "vlan"), [("vlan", "5"), ("qinq", "5,6"), ("ethernet", None)])
def test_vlan_tags_are_part_of_the_flow(name: str, vlan: str | None) -> None:
    assert MeterLog().feed(LINKS[name][1]).opened[0].vlan == vlan


@pytest.mark.parametrize(
    ("bits", "source", "target"),
    [
        (0x00, "0a:0a:0a:0a:0a:0a", "04:04:04:04:04:04"),
        (0x01, "0a:0a:0a:0a:0a:0a", "10:10:10:10:10:10"),
        (0x02, "10:10:10:10:10:10", "04:04:04:04:04:04"),
        (0x03, "18:18:18:18:18:18", "10:10:10:10:10:10"),
    ],
)
def test_wifi_addresses_stand_where_the_ds_bits_say(bits: int, source: str, target: str) -> None:
    """IEEE 802.11-2020, table 9-30; the addresses are named after their offsets."""
    header = (
        bytes((8, bits, 0, 0))
        + b"\x04" * 6
        + b"\x0a" * 6
        + b"\x10" * 6
        + bytes(2)
        + (b"\x18" * 6 if bits == 3 else b"")
    )
    flow = MeterLog().feed(header + LLC + INNER, link_type=105).opened[0]
    assert (flow.client_mac, flow.server_mac) == (source, target)


def test_encrypted_wifi_and_unknown_links_are_counted() -> None:
    log = MeterLog().feed(bytes((8, 0x41)) + bytes(60), link_type=105).feed(bytes(60), link_type=147)
    assert log.counters == {"encrypted_wifi_frame": 1, "unknown_link_type": 1}


@pytest.mark.parametrize(
    ("packet", "counters"),
    [
        (b"\x55" + INNER[1:], {"malformed_ipv4_header": 1}),
        (b"\x44" + INNER[1:], {"malformed_ipv4_header": 1}),
        (f.ipv4(b"", length=19), {"malformed_ipv4_length": 1}),
        (f.ipv4(f.udp(b"abcd", length=7)), {"malformed_udp_length": 1}),
        (f.ipv4(bytes(6)), {"malformed_udp_length": 1}),
        (f.ipv4(b"\0" * 19, 6), {"malformed_tcp_header": 1}),
        (f.ipv4(f.tcp(f.ACK, 1)[:12] + b"\x40" + bytes(7), 6), {"malformed_tcp_header": 1}),
    ],
)
def test_lying_headers_are_malformed(packet: bytes, counters: dict[str, int]) -> None:
    log = MeterLog().feed(f.ethernet(packet)).finish()
    assert log.counters == counters
    assert log.datagrams == log.pieces == []


def test_zero_total_length_of_segmentation_offload() -> None:
    log = MeterLog().feed(f.ethernet(f.ipv4(f.udp(PAYLOAD), length=0))).finish()
    assert log.datagrams == [(0, PAYLOAD)]
    assert log.flow.bytes_up == 28 + len(PAYLOAD)


def test_ethernet_padding_is_not_payload() -> None:
    log = MeterLog().feed(f.ethernet(f.ipv4(f.udp(b"x"))) + bytes(30)).finish()
    assert log.datagrams == [(0, b"x")]
    assert log.flow.bytes_up == 29


def test_ipv6_extension_headers_are_passed() -> None:
    chain = b"\x2b\0" + bytes(6) + b"\x3c\1" + bytes(14) + b"\x11\0" + bytes(6)
    log = MeterLog().feed(f.ethernet(f.ipv6(chain + f.udp(PAYLOAD), 0), 0x86DD))
    assert log.datagrams == [(0, PAYLOAD)]
    assert log.opened[0].protocol == "udp"


def test_a_chain_of_extension_headers_has_an_end() -> None:
    chain = (b"\x3c\0" + bytes(6)) * 1000
    log = MeterLog().feed(f.ethernet(f.ipv6(chain, 60), 0x86DD)).finish()
    assert log.counters == {"ipv6_extensions_too_many": 1}
    assert len(log.closed) == 1


def test_an_extension_header_longer_than_its_packet() -> None:
    packet = f.ipv6(b"\x11\xff" + bytes(30), 60)
    assert MeterLog().feed(f.ethernet(packet, 0x86DD)).counters == {"malformed_ipv6_extension": 1}
    cut = f.ipv6(b"\x11\4" + bytes(38) + f.udp(PAYLOAD), 60)
    assert MeterLog().feed(f.ethernet(cut[:60], 0x86DD), wire=14 + len(cut)).counters == {"truncated_ipv6_header": 1}


GTP = struct.pack("!BBHI", 0x34, 255, len(INNER) + 8, 1) + b"\0\0\0\x85\1\0\0\0" + INNER
TUNNELS = {
    "ipip": f.ipv4(INNER, 4),
    "6in4": f.ipv4(INNER6, 41),
    "gre": f.ipv4(struct.pack("!HH", 0, 0x0800) + INNER, 47),
    "gre_key": f.ipv4(struct.pack("!HHI", 0x2000, 0x0800, 7) + INNER, 47),
    "erspan": f.ipv4(struct.pack("!HHI", 0x1000, 0x88BE, 1) + bytes(8) + f.ethernet(INNER), 47),
    "vxlan": f.ipv4(f.udp(b"\x08" + bytes(7) + f.ethernet(INNER), 50000, 4789)),
    "geneve": f.ipv4(f.udp(b"\x01\0\x65\x58" + bytes(8) + f.ethernet(INNER), 50000, 6081)),
    "gtp": f.ipv4(f.udp(GTP, 2152, 2152)),
    "teredo": f.ipv4(f.udp(bytes(8) + INNER6, 50000, 3544)),
}


@pytest.mark.parametrize("name", TUNNELS)
def test_a_tunnelled_flow_knows_the_one_around_it(name: str) -> None:
    log = MeterLog().feed(f.ethernet(TUNNELS[name])).finish()
    (inner,) = [flow for flow in log.opened if log.outer[id(flow)] is not None]
    outer = log.outer[id(inner)]
    assert (outer.client_ip, outer.server_ip) == (f.CLIENT, f.SERVER)
    assert inner.id == outer.id
    assert inner.client_ip in ("10.1.0.1", "2001:db8::a")
    assert log.datagrams[-1] == (0, PAYLOAD)
    assert inner.packets_up == outer.packets_up == 1


def test_a_thousand_nested_tunnels_are_left_at_the_fifth() -> None:
    packet = INNER
    for _ in range(1000):
        packet = f.ipv4(packet, 4)
    log = MeterLog().feed(f.ethernet(packet)).finish()
    assert log.counters == {"tunnel_too_deep": 1}
    assert len(log.closed) <= 5


def test_an_evicted_outer_flow_is_not_taken_for_the_inner_ones_own() -> None:
    """Time running backwards makes the outer flow the oldest of a full table when its inner one is opened."""
    log = MeterLog(max_flows=16)
    for port in range(16):
        log.feed(f.ethernet(f.ipv4(f.udp(b"x", 1000 + port))), step_ns=0)
    log.pass_time(-3600).feed(f.ethernet(TUNNELS["gre"]))
    assert log.datagrams[-1] == (0, PAYLOAD)
    assert log.meter.flows_open == 16
    assert log.counters == {"flow_table_full": 2}
    log.finish()
    assert len(log.closed) == 18


def test_arp_and_neighbours_are_control_messages() -> None:
    arp = bytes.fromhex("0001080006040001") + f.CLIENT_MAC + f.packed(f.CLIENT) + bytes(6) + f.packed(f.SERVER)
    ndp = b"\x87\0\0\0" + bytes(4) + f.SERVER6
    log = MeterLog().feed(f.ethernet(arp, 0x0806), f.ethernet(f.ipv6(ndp, 58), 0x86DD))
    assert log.controls[0][:3] == (0, arp, "02:00:00:00:00:01")
    assert log.controls[1][:2] == (1, ndp)
    assert log.controls[1][4:7] == ("2001:db8::a", "2001:db8::14", 64)


def test_a_storm_of_control_messages_is_limited_each_second() -> None:
    arp = f.ethernet(bytes.fromhex("0001080006040001") + bytes(20), 0x0806)
    log = MeterLog().feed(*[arp] * 20_500, step_ns=0)
    assert (len(log.controls), log.counters) == (20_000, {"control_rate_limited": 500})
    log.pass_time(1).feed(arp)
    assert len(log.controls) == 20_001


def test_the_first_message_gives_an_icmp_flow_its_kind() -> None:
    log = MeterLog().feed(f.ethernet(f.ipv4(f.icmp(8), 1)), f.ethernet(f.ipv4(f.icmp(0), 1, f.SERVER, f.CLIENT)))
    (flow,) = log.meter.collect()
    assert (flow.icmp_type, flow.icmp_code) == (8, 0)
    assert (flow.payload_bytes_up, flow.payload_bytes_down) == (4, 4)
    assert (flow.packets_up, flow.packets_down) == (1, 1)


def test_payload_is_what_lies_behind_the_transports_header() -> None:
    tcp = f.tcp(16, 1, payload=b"12345", options=b"\x01" * 4)
    log = MeterLog().feed(f.ethernet(f.ipv4(tcp, 6)), f.ethernet(f.ipv4(tcp, 6)))
    (flow,) = log.meter.collect()
    assert (flow.payload_bytes_up, flow.payload_bytes_down) == (10, 0)
    assert flow.bytes_up == 2 * (20 + 24 + 5)


def test_the_first_payload_of_each_direction_is_told_by_its_time() -> None:
    bare, data = f.tcp(16, 1), f.tcp(16, 1, payload=b"12345")
    log = MeterLog()
    log.feed(f.ethernet(f.ipv4(bare, 6)))
    (flow,) = log.meter.collect()
    assert (flow.data_up_ns, flow.data_down_ns) == (None, None)
    log.feed(f.ethernet(f.ipv4(data, 6)))
    (flow,) = log.meter.collect()
    began_ns = flow.last_seen_ns
    assert (flow.data_up_ns, flow.data_down_ns) == (began_ns, None)
    log.feed(f.ethernet(f.ipv4(data, 6)))
    (flow,) = log.meter.collect()
    assert flow.last_seen_ns > began_ns
    assert flow.data_up_ns == began_ns


def test_payload_of_a_datagram_in_fragments_counts_once() -> None:
    datagram = f.udp(bytes(40))
    first, last = f.ipv6_fragment(datagram[:24], 17, 0, more=True), f.ipv6_fragment(datagram[24:], 17, 24, more=False)
    frames = [f.ethernet(part, 0x86DD) for part in (last, first)]
    (flow,) = MeterLog().feed(*frames).meter.collect()
    assert (flow.packets_up, flow.payload_bytes_up) == (2, 40)


def test_payload_counts_on_the_wire_where_the_capture_cut_it() -> None:
    frame = f.ethernet(f.ipv4(f.udp(bytes(1000)), 17))
    (flow,) = MeterLog().feed(frame[:60], wire=len(frame)).meter.collect()
    assert flow.payload_bytes_up == 1000
