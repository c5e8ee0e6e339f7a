# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The meter: from frames to flows, compiled.

It decodes headers, keeps the flow table, puts fragments and TCP segments in order, and calls the sink (the
correlator) only with what needs judgement. Python never runs per packet. It reads no clock, keeps no payload
beyond its stated bounds, and never raises on what the wire says: odd input is counted under a slug.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc, calloc
from libc.string cimport memcmp, memcpy, memset
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_AsUTF8, PyUnicode_FromStringAndSize
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer

import secrets
import socket
import struct

from netscope.engine.parse.wire import ip_text, mac_text
from netscope.model.errors import ParseError
from netscope.model.flow import Flow

cdef enum:
    NIL = -1
    # Inner headers followed below the outermost one: VXLAN in GRE in IPv6 and one more.
    MAX_DEPTH = 4
    # Out-of-order bytes held for one direction: a window's worth of a home link during one loss.
    PENDING_HALF = 262144
    # The pieces they may come in: each is found by walking those before it.
    PENDING_SEGMENTS = 512
    # Bytes over all flows, with what the pieces themselves cost.
    PENDING_TOTAL = 33554432
    # No offload hands the kernel more than 512 KB at once; a larger length is a corrupt record.
    MAX_WIRE = 1048576
    # A segment further ahead than any window a home device uses is not part of this stream.
    STRAY_BYTES = 8388608
    # Control messages handed on in one second; a broadcast storm must not become Python's work.
    CONTROL_PER_S = 20000

cdef int64_t NS = 1000000000
# Times are held between 1970 and 2116, so that the difference of any two fits in 64 bits.
cdef int64_t MAX_NS = 4611686018427387903LL

CONTROL_ARP = 0
CONTROL_NDP = 1
CONTROL_ICMP_ERROR = 2
CONTROL_ICMPV6_ERROR = 3
CONTROL_GROUP = 4

PROTOCOL_NAMES = {
    1: "icmp", 2: "igmp", 4: "ipip", 6: "tcp", 17: "udp", 33: "dccp", 41: "ipv6", 46: "rsvp", 47: "gre", 50: "esp",
    51: "ah", 58: "icmpv6", 88: "eigrp", 89: "ospf", 103: "pim", 108: "ipcomp", 112: "vrrp", 115: "l2tp", 132: "sctp",
    136: "udplite", 137: "mpls-in-ip",
}

include "bytes.pxi"
include "decode.pxi"
include "excluded.pxi"
include "shape.pxi"
include "flows.pxi"
include "rates.pxi"
include "fragments.pxi"
include "captures.pxi"
include "kept.pxi"
include "flow_digest.pxi"


cdef class Meter:
    """Flows and payload heads out of frames.

    ``sink`` is called with (see ``MeterSink`` in meter.pyi): open_flow, close_flow, stream, gap, datagram, control, second.
    ``max_flows`` bounds the table: at the bound the flow idle longest is closed, reason ``evicted``.
    ``first_flow_id`` is given to the first flow.
    """

    cdef FlowTable table
    cdef FragmentTable fragments
    cdef CaptureFormatState capture
    cdef Excluded excluded
    cdef uint64_t slugs[SLUG_COUNT]
    cdef object open_flow, close_flow, stream, gap, datagram, control, second
    cdef list handles
    cdef dict vlan_texts
    cdef PacketRing kept            # no bytes: packets are not kept
    cdef FlowRate* rates            # beside the table's records; NULL while nobody watches
    cdef int32_t rates_capacity
    cdef int32_t ended_slot         # of the flow the sink is being told the end of
    cdef int32_t finished_slots     # those below were closed by a finish that is not over
    cdef uint64_t pulse[3]
    cdef int32_t* changed
    cdef int32_t changed_count, changed_capacity
    cdef uint64_t pending_total
    cdef int64_t next_second_ns
    cdef int control_budget
    cdef int32_t outer_slot
    cdef int link_type_seen
    cdef readonly uint64_t packets
    cdef readonly uint64_t bytes
    cdef readonly uint64_t truncated
    cdef readonly uint64_t flows_opened
    cdef readonly uint64_t next_flow_id
    cdef readonly int64_t now_ns

    def __cinit__(self, sink, int max_flows=200_000, uint64_t first_flow_id=1):
        if max_flows < 16:
            raise ValueError("max_flows must be at least 16")
        if not table_allocate(&self.table, max_flows, secrets.randbits(64)):
            raise MemoryError
        self.fragments.entries = <Datagram*>calloc(FRAGMENT_ENTRIES, sizeof(Datagram))
        self.capture.interfaces = <CaptureInterface*>calloc(MAX_INTERFACES, sizeof(CaptureInterface))
        if self.fragments.entries == NULL or self.capture.interfaces == NULL:
            raise MemoryError
        self.open_flow = sink.open_flow
        self.close_flow = sink.close_flow
        self.stream = sink.stream
        self.gap = sink.gap
        self.datagram = sink.datagram
        self.control = sink.control
        self.second = sink.second
        self.handles = []
        self.vlan_texts = {}
        self.next_flow_id = first_flow_id
        self.next_second_ns = -1
        self.control_budget = CONTROL_PER_S
        self.outer_slot = NIL
        self.ended_slot = NIL
        self.link_type_seen = -1

    def __dealloc__(self):
        cdef int32_t slot
        cdef int i
        for slot in range(self.table.high):
            if self.table.records[slot].used:
                self.drop_pending(&self.table.records[slot].half[0])
                self.drop_pending(&self.table.records[slot].half[1])
        for i in range(FRAGMENT_ENTRIES if self.fragments.entries != NULL else 0):
            free(self.fragments.entries[i].bytes)
        free(self.fragments.entries)
        free(self.capture.interfaces)
        free(self.table.records)
        free(self.table.buckets)
        free(self.changed)
        free(self.rates)
        free(self.kept.bytes)

    # -- frames in ---------------------------------------------------------------------------------

    def add_frame(self, int64_t timestamp_ns, const uint8_t[::1] data, int64_t wire_length, int link_type, int interface):
        """Take one live frame; ``wire_length`` -1: unknown."""
        cdef const uint8_t* at = NULL
        if data.shape[0]:
            at = &data[0]
        self.frame(timestamp_ns, at, <uint32_t>data.shape[0], wire_length, link_type)

    def advance(self, int64_t now_ns):
        """Let time pass without a packet: a quiet live network must still expire its flows."""
        now_ns = min(max(now_ns, 0), MAX_NS)
        if now_ns > self.now_ns:
            self.now_ns = now_ns
        if now_ns >= self.next_second_ns:
            self.pass_second(now_ns)

    def exclude_mac(self, bytes mac):
        """Leave out frames from and to this MAC from now on; ValueError when there is no room."""
        if len(mac) != 6 or self.excluded.mac_count == MAX_EXCLUDED_MACS:
            raise ValueError(f"at most {MAX_EXCLUDED_MACS} MACs of 6 bytes can be excluded")
        memcpy(self.excluded.macs[self.excluded.mac_count], <const uint8_t*>mac, 6)
        self.excluded.mac_count += 1

    def exclude_address(self, bytes address):
        """Leave out packets from and to this address, 4 or 16 bytes, in tunnels too; ValueError when there is no room."""
        cdef const uint8_t* at = address
        if len(address) not in (4, 16) or self.excluded.address_count == MAX_EXCLUDED_ADDRESSES:
            raise ValueError(f"at most {MAX_EXCLUDED_ADDRESSES} addresses of 4 or 16 bytes can be excluded")
        self.excluded.high[self.excluded.address_count] = be64(at) if len(address) == 16 else 0
        self.excluded.low[self.excluded.address_count] = be64(at + 8) if len(address) == 16 else be32(at)
        self.excluded.address_count += 1

    def rewind(self, int64_t now_ns):
        """The clock of a live capture was set back: what lies in its future now counts from here.

        Time of packets never goes back by itself; until the old time came again no second would pass and no flow expire.
        """
        cdef int32_t slot
        cdef int i
        cdef FlowRecord* f
        now_ns = min(max(now_ns, 0), MAX_NS)
        for slot in range(self.table.high):
            f = &self.table.records[slot]
            if f.used:
                f.first_ns = min(f.first_ns, now_ns)
                f.last_ns = min(f.last_ns, now_ns)
                f.listed_ns = min(f.listed_ns, now_ns)
        for i in range(FRAGMENT_ENTRIES):
            self.fragments.entries[i].first_ns = min(self.fragments.entries[i].first_ns, now_ns)
        self.now_ns = min(self.now_ns, now_ns)
        if self.next_second_ns > now_ns:
            self.next_second_ns = now_ns - now_ns % NS + NS

    def open_capture(self, buffer, Py_ssize_t end):
        """Recognise pcap or pcapng; return the offset of the first record. ParseError: neither."""
        cdef Py_buffer view
        PyObject_GetBuffer(buffer, &view, PyBUF_SIMPLE)
        try:
            if end < 24 or end > view.len:
                raise ParseError("capture_header_incomplete", 0)
            if be32(<const uint8_t*>view.buf) == PCAPNG_SECTION:
                self.capture.format = FORMAT_PCAPNG
                return 0
            if pcap_header(&self.capture, <const uint8_t*>view.buf):
                self.link_type_seen = self.capture.link_type
                return 24
            raise ParseError("capture_format_unknown", 0)
        finally:
            PyBuffer_Release(&view)

    def read_capture(self, buffer, Py_ssize_t offset, Py_ssize_t end, Py_ssize_t max_packets):
        """Take up to ``max_packets`` records; see ``FrameSink.read_capture``."""
        cdef Py_buffer view
        PyObject_GetBuffer(buffer, &view, PyBUF_SIMPLE)
        try:
            if offset < 0 or end > view.len:
                raise ValueError("offset or end outside the buffer")
            if self.capture.format == FORMAT_PCAP:
                return self.walk_pcap(<const uint8_t*>view.buf, offset, end, max_packets)
            return self.walk_pcapng(<const uint8_t*>view.buf, offset, end, max_packets)
        finally:
            PyBuffer_Release(&view)

    cdef tuple walk_pcap(self, const uint8_t* base, Py_ssize_t offset, Py_ssize_t end, Py_ssize_t budget):
        cdef bint big = self.capture.big_endian
        cdef int64_t unit = 1 if self.capture.nanoseconds else 1000
        cdef uint32_t header = self.capture.record_header
        cdef uint32_t captured, wire
        cdef const uint8_t* p
        cdef Py_ssize_t taken = 0
        while taken < budget:
            if end - offset < <Py_ssize_t>header:
                break
            p = base + offset
            captured = read32(p + 8, big)
            wire = read32(p + 12, big)
            if captured > MAX_RECORD:
                raise ParseError("capture_record_too_long", offset)
            if end - offset - <Py_ssize_t>header < <Py_ssize_t>captured:
                break
            self.frame(
                <int64_t>read32(p, big) * NS + <int64_t>read32(p + 4, big) * unit,
                p + header, captured, max(wire, captured), self.capture.link_type,
            )
            offset += header + captured
            taken += 1
        return offset, taken

    cdef tuple walk_pcapng(self, const uint8_t* base, Py_ssize_t offset, Py_ssize_t end, Py_ssize_t budget):
        cdef uint32_t kind, length
        cdef const uint8_t* p
        cdef bint big
        cdef Py_ssize_t taken = 0
        while taken < budget:
            if end - offset < 12:
                break
            p = base + offset
            if be32(p) == PCAPNG_SECTION:
                if be32(p + 8) == 0x1A2B3C4D:
                    self.capture.big_endian = True
                elif le32(p + 8) == 0x1A2B3C4D:
                    self.capture.big_endian = False
                else:
                    raise ParseError("capture_byte_order_unknown", offset)
                self.capture.interfaces_before += self.capture.interface_count
                self.capture.interface_count = 0
            big = self.capture.big_endian
            kind = read32(p, big)
            length = read32(p + 4, big)
            if length < 12 or length > MAX_BLOCK or length & 3:
                raise ParseError("capture_block_length", offset)
            if end - offset < <Py_ssize_t>length:
                break
            if kind == 6 or kind == 3 or kind == 2:
                if length < 16:
                    raise ParseError("capture_block_length", offset)
                self.pcapng_packet(p, kind, length, offset)
                taken += 1
            elif kind == 1:
                if length < 20:
                    raise ParseError("capture_block_length", offset)
                if not pcapng_interface(&self.capture, p, length):
                    raise ParseError("capture_interfaces_too_many", offset)
                self.link_type_seen = self.capture.interfaces[self.capture.interface_count - 1].link_type
            elif kind != PCAPNG_SECTION and kind not in (4, 5, 10):
                self.slugs[CAPTURE_UNKNOWN_BLOCK] += 1
            offset += length
        return offset, taken

    cdef int pcapng_packet(self, const uint8_t* p, uint32_t kind, uint32_t length, Py_ssize_t offset) except -1:
        cdef bint big = self.capture.big_endian
        cdef uint32_t index = 0, captured, wire, data = 28
        cdef uint64_t ticks = 0
        cdef CaptureInterface* interface
        if kind == 3:
            # Simple Packet Block: no time, first interface.
            data = 12
        elif length < 32:
            raise ParseError("capture_block_length", offset)
        else:
            index = read32(p + 8, big) if kind == 6 else read16(p + 8, big)
            ticks = (<uint64_t>read32(p + 12, big) << 32) | read32(p + 16, big)
        if index >= <uint32_t>self.capture.interface_count:
            raise ParseError("capture_interface_unknown", offset)
        interface = &self.capture.interfaces[index]
        if kind == 3:
            wire = read32(p + 8, big)
            captured = min(wire, length - 16)
            if interface.snap_length:
                captured = min(captured, interface.snap_length)
        else:
            captured, wire = read32(p + 20, big), read32(p + 24, big)
            self.capture.last_ns = ticks_to_ns(ticks, interface.ticks_per_s, interface.offset_s)
        if captured > length - data - 4:
            raise ParseError("capture_record_too_long", offset)
        self.frame(self.capture.last_ns, p + data, captured, max(wire, captured), interface.link_type)
        return 0

    # -- a frame -----------------------------------------------------------------------------------

    cdef int frame(self, int64_t ts_ns, const uint8_t* data, uint32_t captured, int64_t wire, int link_type) except -1:
        cdef Packet pkt
        cdef Link link
        cdef uint32_t outer
        self.packets += 1
        ts_ns = min(max(ts_ns, 0), MAX_NS)
        if ts_ns > self.now_ns:
            self.now_ns = ts_ns
        if ts_ns >= self.next_second_ns:
            self.pass_second(ts_ns)
        if self.link_type_seen < 0:
            self.link_type_seen = link_type
        memset(&pkt, 0, sizeof(Packet))
        pkt.ts_ns = ts_ns
        link.at, link.captured, link.ethertype = data, captured, 0
        link.wire = max(<uint32_t>min(wire, MAX_WIRE), captured) if wire >= 0 else captured
        if wire > <int64_t>captured:
            self.truncated += 1
        if not strip_link(&link, link_type, &pkt, self.slugs) or not strip_tags(&link, &pkt, self.slugs):
            self.slugs[TRUNCATED_LINK_HEADER] += 1
            self.bytes += wire if wire >= 0 else captured
            return 0
        outer = captured - link.captured
        # What ARP says of an excluded device tells which address to leave out: that is the sink's to read.
        if self.excluded.mac_count and link.ethertype != ETH_ARP and has_excluded_mac(&self.excluded, &pkt):
            self.slugs[EXCLUDED_PACKETS] += 1
        else:
            self.network(&link, &pkt)
        if wire < 0:
            # The adapter gave no wire length: the IP header has it, short frames are padded.
            wire = max(captured, outer + pkt.ip_bytes) if pkt.version else captured
            if wire > <int64_t>captured:
                self.truncated += 1
        self.bytes += wire
        if self.kept.bytes != NULL and pkt.version:
            self.keep(&pkt, data, captured, <uint32_t>min(wire, 0xFFFFFFFF), link_type)
        return 0

    cdef int network(self, Link* link, Packet* pkt) except -1:
        if link.ethertype == ETH_IPV4:
            if read_ipv4(link, pkt, self.slugs) and not self.leave_out(pkt):
                self.transport(pkt)
        elif link.ethertype == ETH_IPV6:
            if read_ipv6(link, pkt, self.slugs) and not self.leave_out(pkt):
                self.transport(pkt)
        elif link.ethertype == ETH_ARP and pkt.depth == 0:
            self.send_control(CONTROL_ARP, link.at, min(link.captured, 28), pkt)
        return 0

    cdef bint leave_out(self, Packet* pkt) noexcept:
        if self.excluded.address_count and has_excluded_address(&self.excluded, pkt):
            self.slugs[EXCLUDED_PACKETS] += 1
            return True
        return False

    cdef int pass_second(self, int64_t ts_ns) except -1:
        """Time crossed a whole second: tell the sink, once, however far it jumped."""
        cdef bint first = self.next_second_ns < 0
        cdef int64_t boundary = ts_ns - ts_ns % NS
        self.next_second_ns = boundary + NS
        self.control_budget = CONTROL_PER_S
        if not first:
            self.second(boundary)
        return 0

    cdef int send_control(self, int kind, const uint8_t* data, uint32_t length, Packet* pkt) except -1:
        if self.control_budget == 0:
            self.slugs[CONTROL_RATE_LIMITED] += 1
            return 0
        self.control_budget -= 1
        self.control(
            kind,
            PyBytes_FromStringAndSize(<const char*>data, length),
            self.mac(pkt.src_mac),
            self.mac(pkt.dst_mac),
            self.address(pkt.version, pkt.src_hi, pkt.src_lo) if pkt.version else None,
            self.address(pkt.version, pkt.dst_hi, pkt.dst_lo) if pkt.version else None,
            pkt.ttl,
            self.vlan_text(pkt.vlan[0], pkt.vlan[1], pkt.vlan_count),
            pkt.ts_ns,
        )
        return 0

    # -- a packet ----------------------------------------------------------------------------------

    cdef int transport(self, Packet* pkt) except -1:
        cdef int direction = 0
        cdef int32_t slot
        cdef uint8_t flags = 0
        if pkt.is_fragment:
            return self.fragment(pkt)
        if pkt.protocol in (6, 17, 132, 136, 33):
            if pkt.transport_captured < 4:
                self.slugs[TRUNCATED_TRANSPORT_HEADER] += 1
            else:
                pkt.src_port = be16(pkt.transport)
                pkt.dst_port = be16(pkt.transport + 2)
                if pkt.protocol == 6 and pkt.transport_captured >= 14:
                    flags = pkt.transport[13]
        slot = self.flow_of(pkt, flags, &direction)
        if pkt.protocol == 6:
            self.tcp(slot, direction, pkt)
        elif pkt.protocol == 17:
            self.udp(slot, direction, pkt)
        else:
            idle_touch(&self.table, slot, pkt.ts_ns, CLASS_OTHER)
            if pkt.protocol == 1 or pkt.protocol == 58 or pkt.protocol == 2:
                self.icmp(slot, pkt)
        if pkt.protocol in (4, 41, 47, 17):
            self.tunnel(slot, pkt)
        return 0

    cdef int tunnel(self, int32_t slot, Packet* pkt) except -1:
        cdef Link inner_link
        cdef Packet inner
        if not tunnel_payload(pkt, &inner_link, self.slugs):
            return 0
        if pkt.depth == MAX_DEPTH:
            self.slugs[TUNNEL_TOO_DEEP] += 1
            return 0
        memset(&inner, 0, sizeof(Packet))
        inner.ts_ns = pkt.ts_ns
        inner.depth = pkt.depth + 1
        if not strip_tags(&inner_link, &inner, self.slugs):
            self.slugs[MALFORMED_TUNNEL] += 1
            return 0
        if pkt.depth:
            return self.network(&inner_link, &inner)
        self.outer_slot = slot
        try:
            self.network(&inner_link, &inner)
        finally:
            self.outer_slot = NIL
        return 0

    cdef int32_t flow_of(self, Packet* pkt, uint8_t flags, int* direction) except -2:
        """The flow this packet belongs to, opened if new, with the packet counted."""
        cdef FlowTable* table = &self.table
        cdef uint32_t hash = key_hash(table, pkt)
        cdef int32_t slot = table_find(table, pkt, hash, direction)
        cdef FlowRecord* f
        if slot != NIL and pkt.protocol == 6 and flags & (TCP_SYN | TCP_ACK) == TCP_SYN and self.is_reused(slot, pkt):
            self.end_flow(slot, END_RST if (table.records[slot].half[0].seen | table.records[slot].half[1].seen) & SEEN_RST else END_FIN)
            slot = NIL
        if slot == NIL:
            slot = self.open_slot(pkt, flags, hash, direction)
        f = &table.records[slot]
        if not pkt.counted:
            if not f.half[direction[0]].packets:
                f.ttl[direction[0]] = pkt.ttl
            note_shape(&f.shape, direction[0], not f.half[direction[0]].packets, pkt.ip_bytes, pkt.ts_ns)
            f.half[direction[0]].packets += 1
            f.half[direction[0]].bytes += pkt.ip_bytes
            note_payload(&f.half[direction[0]], payload_bytes(pkt), pkt.ts_ns)
        if pkt.ts_ns > f.last_ns:
            f.last_ns = pkt.ts_ns
        if pkt.ts_ns < f.first_ns:
            f.first_ns = pkt.ts_ns
        if direction[0] and not f.has_server_mac and pkt.src_mac != NULL:
            memcpy(f.server_mac, pkt.src_mac, 6)
            f.has_server_mac = True
        if not f.changed:
            self.mark(slot)
        return slot

    cdef bint is_reused(self, int32_t slot, Packet* pkt) noexcept:
        """A SYN on a known 5-tuple opens a new connection when the old one is over or long silent."""
        cdef FlowRecord* f = &self.table.records[slot]
        if pkt.transport_captured < 8 or be32(pkt.transport + 4) == f.syn_seq:
            return False
        return f.timeout_class == CLASS_TCP_CLOSED or (
            f.timeout_class != CLASS_TCP_OPENING and pkt.ts_ns - f.last_ns > 120 * NS
        )

    cdef int32_t open_slot(self, Packet* pkt, uint8_t flags, uint32_t hash, int* direction) except -2:
        cdef FlowTable* table = &self.table
        cdef int32_t slot = table_take(table)
        cdef FlowRecord* f
        cdef bint swapped, listed
        if slot == NIL:
            self.slugs[FLOW_TABLE_FULL] += 1
            slot = table_oldest(table)
            if slot == NIL:
                raise MemoryError
            self.end_flow(slot, END_EVICTED)
            slot = table_take(table)
        f = &table.records[slot]
        listed = f.changed
        memset(f, 0, sizeof(FlowRecord))
        f.changed = listed
        f.used = True
        f.hash = hash
        f.protocol, f.version, f.depth = pkt.protocol, pkt.version, pkt.depth
        f.vlan[0], f.vlan[1], f.vlan_count = pkt.vlan[0], pkt.vlan[1], pkt.vlan_count
        swapped = sender_is_server(pkt, flags)
        direction[0] = 1 if swapped else 0
        f.roles_by_syn = pkt.protocol == 6 and flags & TCP_SYN
        if swapped:
            f.client_hi, f.client_lo, f.client_port = pkt.dst_hi, pkt.dst_lo, pkt.dst_port
            f.server_hi, f.server_lo, f.server_port = pkt.src_hi, pkt.src_lo, pkt.src_port
        else:
            f.client_hi, f.client_lo, f.client_port = pkt.src_hi, pkt.src_lo, pkt.src_port
            f.server_hi, f.server_lo, f.server_port = pkt.dst_hi, pkt.dst_lo, pkt.dst_port
        self.note_macs(f, pkt, swapped)
        f.first_ns = f.last_ns = f.listed_ns = pkt.ts_ns
        f.rtt_ns = -1
        f.half[0].wanted = f.half[1].wanted = pkt.protocol == 6 or pkt.protocol == 17
        f.timeout_class = CLASS_TCP_OPENING if pkt.protocol == 6 else CLASS_UDP_ONE_WAY if pkt.protocol == 17 else CLASS_OTHER
        f.chain = table.buckets[hash & table.mask]
        table.buckets[hash & table.mask] = slot
        idle_append(table, slot)
        if self.rates != NULL:
            self.open_rate(slot)
        self.flows_opened += 1
        while len(self.handles) <= slot:
            self.handles.append(None)
        return slot

    cdef void note_macs(self, FlowRecord* f, Packet* pkt, bint swapped) noexcept:
        cdef const uint8_t* client = pkt.dst_mac if swapped else pkt.src_mac
        cdef const uint8_t* server = pkt.src_mac if swapped else pkt.dst_mac
        if client != NULL:
            memcpy(f.client_mac, client, 6)
            f.has_client_mac = True
        if server != NULL:
            memcpy(f.server_mac, server, 6)
            f.has_server_mac = True

    cdef int mark(self, int32_t slot) except -1:
        # A slot is listed once, also when its flow ended and another took its place: the list is never longer than
        # the table.
        cdef int32_t* grown
        cdef int32_t capacity
        if self.changed_count == self.changed_capacity:
            capacity = max(4096, self.changed_capacity * 2)
            grown = <int32_t*>realloc(self.changed, capacity * sizeof(int32_t))
            if grown == NULL:
                raise MemoryError
            self.changed, self.changed_capacity = grown, capacity
        self.table.records[slot].changed = True
        self.changed[self.changed_count] = slot
        self.changed_count += 1
        return 0

    # -- transports --------------------------------------------------------------------------------

    cdef int udp(self, int32_t slot, int direction, Packet* pkt) except -1:
        cdef FlowRecord* f = &self.table.records[slot]
        cdef uint32_t length
        idle_touch(
            &self.table, slot, pkt.ts_ns,
            CLASS_UDP_ANSWERED if direction or f.timeout_class == CLASS_UDP_ANSWERED else CLASS_UDP_ONE_WAY,
        )
        if pkt.transport_captured < 8:
            self.slugs[TRUNCATED_UDP_HEADER if pkt.transport_wire >= 8 else MALFORMED_UDP_LENGTH] += 1
            return 0
        if not f.half[direction].wanted:
            return 0
        length = be16(pkt.transport + 4)
        if length < 8:
            if length:
                self.slugs[MALFORMED_UDP_LENGTH] += 1
                return 0
            length = pkt.transport_wire     # jumbogram (RFC 2675) or offload
        length = min(length, pkt.transport_captured)
        if length > 8:
            self.obey(slot, direction, self.datagram(
                self.handle(slot), direction, PyBytes_FromStringAndSize(<const char*>pkt.transport + 8, length - 8), pkt.ts_ns
            ))
        return 0

    cdef int icmp(self, int32_t slot, Packet* pkt) except -1:
        cdef FlowRecord* f = &self.table.records[slot]
        cdef uint8_t kind
        cdef uint32_t length = min(pkt.transport_captured, 1500)
        if length < 8:
            self.slugs[TRUNCATED_TRANSPORT_HEADER] += 1
            return 0
        kind = pkt.transport[0]
        if not f.has_icmp_kind:
            f.icmp_type, f.icmp_code, f.has_icmp_kind = kind, pkt.transport[1], True
        if pkt.protocol == 2:
            self.send_control(CONTROL_GROUP, pkt.transport, length, pkt)
        elif pkt.protocol == 1:
            if kind in (3, 4, 5, 11, 12):
                self.send_control(CONTROL_ICMP_ERROR, pkt.transport, length, pkt)
        elif kind < 128:
            self.send_control(CONTROL_ICMPV6_ERROR, pkt.transport, length, pkt)
        elif 133 <= kind <= 137:
            self.send_control(CONTROL_NDP, pkt.transport, length, pkt)
        elif kind in (130, 131, 132, 143):
            self.send_control(CONTROL_GROUP, pkt.transport, length, pkt)
        return 0

    cdef int tcp(self, int32_t slot, int direction, Packet* pkt) except -1:
        cdef FlowRecord* f = &self.table.records[slot]
        cdef const uint8_t* h = pkt.transport
        cdef uint32_t header, seq, wire, captured
        cdef uint8_t flags
        if pkt.transport_captured < 20:
            self.slugs[TRUNCATED_TCP_HEADER if pkt.transport_wire >= 20 else MALFORMED_TCP_HEADER] += 1
            idle_touch(&self.table, slot, pkt.ts_ns, f.timeout_class)
            return 0
        header = (h[12] >> 4) * 4
        if header < 20 or header > pkt.transport_wire:
            self.slugs[MALFORMED_TCP_HEADER] += 1
            idle_touch(&self.table, slot, pkt.ts_ns, f.timeout_class)
            return 0
        flags = h[13]
        seq = be32(h + 4)
        wire = pkt.transport_wire - header
        captured = pkt.transport_captured - header if pkt.transport_captured > header else 0
        if flags & TCP_SYN:
            self.tcp_open(f, direction, pkt, flags, seq, header)
            seq += 1
        self.tcp_note(f, direction, flags, seq, wire, be16(h + 14))
        if flags & TCP_ACK:
            if f.rtt_ns < 0 and f.syn_ack_ns and not direction:
                f.rtt_ns = max(0, pkt.ts_ns - f.syn_ns) if f.syn_ns else -1
                f.syn_ack_ns = 0
            if f.half[1 - direction].pending != NULL:
                self.note_hole(slot, 1 - direction, be32(h + 8), pkt.ts_ns)
                f = &self.table.records[slot]
        if wire and f.half[direction].wanted:
            self.segment(slot, direction, seq, h + header, captured, wire, pkt.ts_ns)
            f = &self.table.records[slot]
        idle_touch(&self.table, slot, pkt.ts_ns, self.tcp_class(f))
        return 0

    cdef uint8_t tcp_class(self, FlowRecord* f) noexcept:
        cdef uint8_t up = f.half[0].seen
        cdef uint8_t down = f.half[1].seen
        if (up | down) & SEEN_RST or (up & SEEN_FIN and down & SEEN_FIN):
            return CLASS_TCP_CLOSED
        if (up | down) & SEEN_FIN:
            return CLASS_TCP_CLOSING
        if (up | down) & SEEN_DATA or (up & SEEN_ACK and down & (SEEN_SYN_ACK | SEEN_ACK)):
            return CLASS_TCP_OPEN
        return CLASS_TCP_OPENING

    cdef void tcp_open(self, FlowRecord* f, int direction, Packet* pkt, uint8_t flags, uint32_t seq, uint32_t header) noexcept:
        cdef Half* half = &f.half[direction]
        if flags & TCP_ACK:
            half.seen |= SEEN_SYN_ACK
            add_history(f, direction, b'H')
            if f.syn_ns and not f.syn_ack_ns and f.rtt_ns < 0:
                f.syn_ack_ns = pkt.ts_ns
        else:
            if half.seen & SEEN_SYN and seq == f.syn_seq:
                f.retransmissions += 1
                add_history(f, direction, b'T')
            half.seen |= SEEN_SYN
            add_history(f, direction, b'S')
            f.syn_seq = seq
            if not f.syn_ns:
                f.syn_ns = pkt.ts_ns
                self.note_syn(f, pkt, header)
        if not half.seen & SEEN_DATA:
            # A later SYN of the same attempt may carry a new initial sequence number.
            half.next_seq = half.end_seq = seq + 1
            half.in_sync = True

    cdef void note_syn(self, FlowRecord* f, Packet* pkt, uint32_t header) noexcept:
        cdef uint32_t options = min(header, pkt.transport_captured) - 20
        f.syn_ttl = pkt.ttl
        f.syn_window = be16(pkt.transport + 14)
        f.syn_options_length = <uint8_t>min(options, 40)
        memcpy(f.syn_options, pkt.transport + 20, f.syn_options_length)

    cdef void tcp_note(self, FlowRecord* f, int direction, uint8_t flags, uint32_t seq, uint32_t wire, uint16_t window) noexcept:
        cdef Half* half = &f.half[direction]
        cdef uint32_t end = seq + wire
        if not half.in_sync:
            half.in_sync = True
            half.next_seq = half.end_seq = seq
        if wire:
            if half.seen & SEEN_DATA and seq_diff(end, half.end_seq) <= 0 and not (wire == 1 and end == half.end_seq):
                f.retransmissions += 1
                add_history(f, direction, b'T')
            half.seen |= SEEN_DATA
            add_history(f, direction, b'D')
        elif flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST) == TCP_ACK:
            half.seen |= SEEN_ACK
            add_history(f, direction, b'A')
        if window == 0 and not flags & (TCP_RST | TCP_SYN):
            add_history(f, direction, b'W')
        if seq_diff(end, half.end_seq) > 0:
            half.end_seq = end
        if flags & TCP_FIN:
            half.seen |= SEEN_FIN
            add_history(f, direction, b'F')
        if flags & TCP_RST:
            half.seen |= SEEN_RST
            add_history(f, direction, b'R')

    # -- the stream --------------------------------------------------------------------------------

    cdef int segment(self, int32_t slot, int direction, uint32_t seq, const uint8_t* data, uint32_t captured, uint32_t wire,
                     int64_t ts_ns) except -1:
        """Deliver a segment in order, hold it for later, or leave it out as seen before."""
        cdef Half* half = &self.table.records[slot].half[direction]
        cdef int64_t ahead = seq_diff(seq, half.next_seq)
        cdef uint32_t old
        if ahead < 0:
            old = <uint32_t>(-ahead)
            if wire <= old:
                return 0
            data += min(old, captured)
            captured = captured - old if captured > old else 0
            wire -= old
            ahead = 0
        if ahead > 0:
            if half.skip >= <uint64_t>ahead:
                # The hole lies in bytes nobody wants.
                half.skip -= ahead
                half.next_seq += <uint32_t>ahead
            elif ahead > STRAY_BYTES:
                return self.stray(slot, direction, seq, data, captured, wire, ts_ns)
            else:
                return self.hold(slot, direction, seq, data, captured, wire, ts_ns)
        if (
            half.pending != NULL and half.pending_segments < PENDING_SEGMENTS
            and seq_diff(half.next_seq + wire, half.pending.seq) > 0
        ):
            # What is held came first: only what it leaves open is taken of this segment.
            self.insert(half, half.next_seq, data, captured, wire)
        else:
            self.accept(slot, direction, data, captured, wire, ts_ns)
        return self.release(slot, direction, ts_ns)

    cdef int accept(self, int32_t slot, int direction, const uint8_t* data, uint32_t captured, uint32_t wire, int64_t ts_ns) except -1:
        """Bytes at next_seq: what is not skipped goes to the sink, then what the capture cut off as a gap."""
        cdef Half* half = &self.table.records[slot].half[direction]
        cdef uint32_t n
        half.next_seq += wire
        half.hole_acks = half.strays = 0
        if half.skip:
            if half.skip >= wire:
                half.skip -= wire
                return 0
            n = <uint32_t>half.skip
            half.skip = 0
            data += min(n, captured)
            captured = captured - n if captured > n else 0
            wire -= n
        if captured:
            self.obey(slot, direction, self.stream(
                self.handle(slot), direction, PyBytes_FromStringAndSize(<const char*>data, captured), ts_ns
            ))
        if wire > captured and half.wanted:
            self.lose(slot, direction, wire - captured, ts_ns)
        return 0

    cdef int lose(self, int32_t slot, int direction, uint64_t missing, int64_t ts_ns) except -1:
        cdef Half* half = &self.table.records[slot].half[direction]
        if half.skip >= missing:
            half.skip -= missing
            return 0
        missing -= half.skip
        half.skip = 0
        self.slugs[TCP_GAP] += 1
        add_history(&self.table.records[slot], direction, b'G')
        return self.obey(slot, direction, self.gap(self.handle(slot), direction, missing, ts_ns))

    cdef int release(self, int32_t slot, int direction, int64_t ts_ns) except -1:
        """Deliver held segments that have become contiguous."""
        cdef Half* half = &self.table.records[slot].half[direction]
        cdef Segment* s
        cdef int64_t ahead
        cdef uint32_t old, length
        while half.pending != NULL and half.wanted:
            s = half.pending
            ahead = seq_diff(s.seq, half.next_seq)
            if ahead > 0:
                if half.skip < <uint64_t>ahead:
                    break
                half.skip -= ahead
                half.next_seq += <uint32_t>ahead
                ahead = 0
            half.pending = s.next
            half.pending_segments -= 1
            half.pending_bytes -= s.length
            self.pending_total -= s.length + sizeof(Segment)
            old = <uint32_t>(-ahead)
            try:
                if s.wire > old:
                    length = s.length - old if s.length > old else 0
                    self.accept(slot, direction, <const uint8_t*>(s + 1) + min(old, s.length), length, s.wire - old, ts_ns)
            finally:
                free(s)
        return 0

    cdef int hold(self, int32_t slot, int direction, uint32_t seq, const uint8_t* data, uint32_t captured, uint32_t wire,
                  int64_t ts_ns) except -1:
        cdef Half* half = &self.table.records[slot].half[direction]
        if self.table.records[slot].depth:
            # The flow around a tunnelled one is known only now; later could be too late to name it.
            self.handle(slot)
        if self.has_room(half, captured):
            return self.insert(half, seq, data, captured, wire)
        self.slugs[TCP_BUFFER_FULL] += 1
        while half.wanted and half.pending != NULL and not self.has_room(half, captured):
            self.close_hole(slot, direction, ts_ns)
        if not half.wanted:
            return 0
        if half.pending == NULL and seq_diff(seq, half.next_seq) > 0:
            self.lose_until(slot, direction, seq, ts_ns)
            if not half.wanted:
                return 0
        return self.segment(slot, direction, seq, data, captured, wire, ts_ns)

    cdef inline bint has_room(self, Half* half, uint32_t captured) noexcept:
        return (
            half.pending_segments < PENDING_SEGMENTS and <uint64_t>half.pending_bytes + captured <= PENDING_HALF
            and self.pending_total + captured + sizeof(Segment) <= PENDING_TOTAL
        )

    cdef int insert(self, Half* half, uint32_t seq, const uint8_t* data, uint32_t captured, uint32_t wire) except -1:
        """Put the parts of a segment that nobody sent before in their place; the first copy of a byte wins."""
        cdef Segment** link = &half.pending
        cdef Segment* s
        cdef int64_t overlap
        cdef uint32_t part
        while wire and half.pending_segments < PENDING_SEGMENTS:
            while link[0] != NULL and seq_diff(link[0].seq + link[0].wire, seq) <= 0:
                link = &link[0].next
            part = wire
            if link[0] != NULL:
                overlap = seq_diff(seq, link[0].seq)
                if overlap >= 0:
                    # It starts inside a held segment: leave that part out.
                    part = link[0].wire - <uint32_t>overlap
                    self.slugs[TCP_OVERLAP] += 1
                    if part >= wire:
                        return 0
                    data += min(part, captured)
                    captured = captured - part if captured > part else 0
                    seq += part
                    wire -= part
                    continue
                part = min(wire, <uint32_t>(-overlap))
            s = <Segment*>malloc(sizeof(Segment) + min(part, captured))
            if s == NULL:
                raise MemoryError
            s.seq, s.wire, s.length, s.next = seq, part, min(part, captured), link[0]
            memcpy(s + 1, data, s.length)
            half.pending_segments += 1
            half.pending_bytes += s.length
            self.pending_total += s.length + sizeof(Segment)
            link[0] = s
            data += s.length
            captured -= s.length
            seq += part
            wire -= part
        return 0

    cdef int stray(self, int32_t slot, int direction, uint32_t seq, const uint8_t* data, uint32_t captured, uint32_t wire,
                   int64_t ts_ns) except -1:
        """Far outside the window: not part of the stream, unless everything is from now on."""
        cdef Half* half = &self.table.records[slot].half[direction]
        self.slugs[TCP_OUT_OF_WINDOW] += 1
        half.strays += 1
        if half.strays < 8:
            return 0
        self.drop_pending(half)
        self.lose_until(slot, direction, seq, ts_ns)
        if half.wanted:
            self.accept(slot, direction, data, captured, wire, ts_ns)
        return 0

    cdef int lose_until(self, int32_t slot, int direction, uint32_t seq, int64_t ts_ns) except -1:
        cdef Half* half = &self.table.records[slot].half[direction]
        cdef uint32_t missing = seq - half.next_seq
        half.next_seq = seq
        half.hole_acks = 0
        return self.lose(slot, direction, missing, ts_ns)

    cdef int close_hole(self, int32_t slot, int direction, int64_t ts_ns) except -1:
        """The missing bytes will not come: tell the sink, go on behind them."""
        cdef Half* half = &self.table.records[slot].half[direction]
        self.lose_until(slot, direction, half.pending.seq, ts_ns)
        return self.release(slot, direction, ts_ns)

    cdef int note_hole(self, int32_t slot, int direction, uint32_t ack, int64_t ts_ns) except -1:
        # The receiver has acknowledged bytes we never saw: the capture lost them. A few acknowledgements'
        # patience, because captures on two interfaces swap the order of data and its acknowledgement.
        cdef Half* half = &self.table.records[slot].half[direction]
        if half.wanted and seq_diff(ack, half.next_seq) > 0:
            half.hole_acks += 1
            if half.hole_acks >= 4:
                self.close_hole(slot, direction, ts_ns)
        return 0

    cdef void drop_pending(self, Half* half) noexcept:
        cdef Segment* s
        while half.pending != NULL:
            s = half.pending
            half.pending = s.next
            self.pending_total -= s.length + sizeof(Segment)
            free(s)
        half.pending_bytes = half.pending_segments = 0

    cdef int obey(self, int32_t slot, int direction, object answer) except -1:
        """What the sink answered: WANT, a number of bytes to leave out, DONE_DIRECTION or DONE."""
        cdef int64_t code = answer
        cdef FlowRecord* f
        if code == 0:
            return 0
        f = &self.table.records[slot]
        if code > 0:
            f.half[direction].skip = <uint64_t>code
            return 0
        f.half[direction].wanted = False
        self.drop_pending(&f.half[direction])
        if code != -1:
            f.half[1 - direction].wanted = False
            self.drop_pending(&f.half[1 - direction])
        return 0

    # -- fragments ---------------------------------------------------------------------------------

    cdef int fragment(self, Packet* pkt) except -1:
        cdef Datagram* d = fragment_find(&self.fragments, pkt)
        cdef uint32_t start = pkt.fragment_offset
        cdef uint32_t end = start + pkt.transport_wire
        cdef bint fresh = not fragment_of(d, pkt)
        if not fresh and pkt.ts_ns - d.first_ns > 30 * NS:
            # RFC 8200, section 4.5 gives up after 60 s, RFC 791 after 15 s.
            self.slugs[FRAGMENTS_EXPIRED] += 1
            self.give_up(d)
            fresh = True
        elif fresh and d.used:
            self.slugs[FRAGMENTS_EVICTED] += 1
            self.give_up(d)
        if fresh:
            fragment_begin(&self.fragments, d, pkt)
        self.count_fragment(d, pkt)
        if end > 65535 or (pkt.more_fragments and (pkt.transport_wire & 7 or not pkt.transport_wire)) or (d.total and end > d.total):
            self.slugs[MALFORMED_FRAGMENT] += 1
            return 0
        if pkt.transport_captured < pkt.transport_wire:
            end = start + pkt.transport_captured
        elif not pkt.more_fragments:
            d.total = end
        if not fragment_reserve(&self.fragments, d, end):
            self.reclaim(d)
            if not fragment_reserve(&self.fragments, d, end):
                self.slugs[FRAGMENTS_EVICTED] += 1
                self.give_up(d)
                return 0
        if fragment_copy(d, start, end, pkt.transport):
            self.slugs[FRAGMENT_OVERLAP] += 1
        if not fragment_cover(d, start, end):
            self.slugs[MALFORMED_FRAGMENT] += 1
        elif fragment_complete(d):
            self.reassembled(d, pkt)
        return 0

    cdef int count_fragment(self, Datagram* d, Packet* pkt) except -1:
        """A fragment counts for its datagram's flow; before the ports are known it waits."""
        cdef int direction = 0
        cdef bint has_ports
        cdef int32_t slot
        if pkt.fragment_offset == 0 and not d.ports_known:
            has_ports = pkt.protocol in (6, 17, 132, 136, 33)
            d.protocol = pkt.protocol
            # One cut before its ports tells nothing; another copy of it may.
            d.ports_known = not has_ports or pkt.transport_captured >= 4
            if has_ports and d.ports_known:
                d.src_port = be16(pkt.transport)
                d.dst_port = be16(pkt.transport + 2)
        if not d.ports_known:
            d.waiting_packets += 1
            d.waiting_bytes += pkt.ip_bytes
            d.waiting_payload += payload_bytes(pkt)
            return 0
        pkt.src_port, pkt.dst_port, pkt.protocol = d.src_port, d.dst_port, d.protocol
        slot = self.flow_of(pkt, 0, &direction)
        self.add_waiting(d, slot, direction)
        # It must move in its idle list, or it holds up those behind it.
        idle_touch(&self.table, slot, pkt.ts_ns, self.table.records[slot].timeout_class)
        return 0

    cdef void add_waiting(self, Datagram* d, int32_t slot, int direction) noexcept:
        self.table.records[slot].half[direction].packets += d.waiting_packets
        self.table.records[slot].half[direction].bytes += d.waiting_bytes
        note_payload(&self.table.records[slot].half[direction], d.waiting_payload, d.first_ns)
        d.waiting_packets = 0
        d.waiting_bytes = 0
        d.waiting_payload = 0

    cdef int give_up(self, Datagram* d) except -1:
        """Count what waited under a flow without ports, then free the slot."""
        cdef Packet pkt
        cdef int direction = 0
        if d.waiting_packets:
            memset(&pkt, 0, sizeof(Packet))
            pkt.ts_ns = d.first_ns
            pkt.version, pkt.protocol, pkt.depth = d.version, d.protocol, d.depth
            pkt.src_hi, pkt.src_lo, pkt.dst_hi, pkt.dst_lo = d.src_hi, d.src_lo, d.dst_hi, d.dst_lo
            memcpy(pkt.vlan, d.vlan, sizeof(pkt.vlan))
            pkt.vlan_count = d.vlan_count
            pkt.counted = True
            self.add_waiting(d, self.flow_of(&pkt, 0, &direction), direction)
        self.hand_on_first_fragment(d)
        fragment_release(&self.fragments, d)
        return 0

    cdef int expire_fragments(self, int64_t now_ns) except -1:
        cdef int i
        if not self.fragments.used:
            return 0
        for i in range(FRAGMENT_ENTRIES):
            if self.fragments.entries[i].used and now_ns - self.fragments.entries[i].first_ns > 30 * NS:
                self.slugs[FRAGMENTS_EXPIRED] += 1
                self.give_up(&self.fragments.entries[i])
        return 0

    cdef int hand_on_first_fragment(self, Datagram* d) except -1:
        """The rest never came: what begins a UDP datagram still says what it is. A tunnel's needs its outer flow."""
        cdef Packet pkt
        cdef int direction = 0
        cdef int32_t slot
        cdef int i
        if not d.ports_known or d.protocol != 17 or d.depth or d.bytes == NULL:
            return 0
        memset(&pkt, 0, sizeof(Packet))
        pkt.version, pkt.protocol = d.version, d.protocol
        pkt.src_hi, pkt.src_lo, pkt.dst_hi, pkt.dst_lo = d.src_hi, d.src_lo, d.dst_hi, d.dst_lo
        pkt.src_port, pkt.dst_port = d.src_port, d.dst_port
        memcpy(pkt.vlan, d.vlan, sizeof(pkt.vlan))
        pkt.vlan_count = d.vlan_count
        slot = table_find(&self.table, &pkt, key_hash(&self.table, &pkt), &direction)
        if slot == NIL or not self.table.records[slot].half[direction].wanted:
            return 0
        for i in range(d.ranges):
            if d.starts[i] == 0 and d.ends[i] > 8:
                self.obey(slot, direction, self.datagram(
                    self.handle(slot), direction, PyBytes_FromStringAndSize(<const char*>d.bytes + 8, d.ends[i] - 8), d.first_ns
                ))
                break
        return 0

    cdef int reclaim(self, Datagram* keep) except -1:
        """Free a few slots older than a second, round robin: memory for fragments is at its bound."""
        cdef int i
        cdef Datagram* d
        for i in range(16):
            d = &self.fragments.entries[self.fragments.next_victim]
            self.fragments.next_victim = (self.fragments.next_victim + 1) % FRAGMENT_ENTRIES
            if d != keep and d.used and d.capacity and d.first_ns < self.now_ns - NS:
                self.slugs[FRAGMENTS_EVICTED] += 1
                self.give_up(d)
        return 0

    cdef int reassembled(self, Datagram* d, Packet* pkt) except -1:
        cdef uint8_t* data = d.bytes
        self.slugs[FRAGMENTS_REASSEMBLED] += 1
        pkt.is_fragment = pkt.more_fragments = False
        pkt.fragment_offset = 0
        pkt.counted = True
        pkt.protocol = d.protocol
        pkt.transport = data
        pkt.transport_captured = pkt.transport_wire = d.total
        # Keep the bytes past the release of the slot: the sink may be called with them.
        self.fragments.memory -= d.capacity
        d.bytes, d.capacity = NULL, 0
        fragment_release(&self.fragments, d)
        try:
            self.transport(pkt)
        finally:
            free(data)
        return 0

    # -- flows out ---------------------------------------------------------------------------------

    cdef object handle(self, int32_t slot):
        """The Python flow of a record, made at its first need."""
        cdef object flow = self.handles[slot]
        cdef FlowRecord* f
        cdef object outer = None
        if flow is None:
            f = &self.table.records[slot]
            if f.depth and self.outer_slot != NIL:
                outer = self.handle(self.outer_slot)
                f = &self.table.records[slot]
            flow = self.open_flow(
                outer.id if outer is not None else self.next_flow_id,
                self.address(f.version, f.client_hi, f.client_lo), f.client_port,
                self.address(f.version, f.server_hi, f.server_lo), f.server_port,
                PROTOCOL_NAMES.get(f.protocol) or str(f.protocol),
                self.vlan_text(f.vlan[0], f.vlan[1], f.vlan_count),
                self.mac(f.client_mac) if f.has_client_mac else None,
                self.mac(f.server_mac) if f.has_server_mac else None,
                f.first_ns, slot, outer,
            )
            if not isinstance(flow, Flow):
                raise TypeError("open_flow must return a Flow")
            if outer is None:
                self.next_flow_id += 1
            self.handles[slot] = flow
        return flow

    cdef int update(self, object flow, FlowRecord* f) except -1:
        cdef object history = None
        cdef uint8_t has_data = (f.half[0].payload != 0) | (f.half[1].payload != 0) << 1
        flow.measured(
            f.half[0].packets, f.half[1].packets, f.half[0].bytes, f.half[1].bytes,
            f.half[0].payload, f.half[1].payload, f.first_ns, f.last_ns,
        )
        if has_data != f.told_data:
            f.told_data = has_data
            flow.data_began(
                f.half[0].data_ns if has_data & 1 else None, f.half[1].data_ns if has_data & 2 else None
            )
        if f.protocol == 6:
            if f.told_history != f.history_length + 1:
                f.told_history = f.history_length + 1
                history = f.history[:f.history_length].decode("ascii")
            flow.tcp_measured(
                conn_state(f), history, f.retransmissions, f.rtt_ns // 1000 if f.rtt_ns >= 0 else None
            )
        elif f.has_icmp_kind:
            flow.icmp_type, flow.icmp_code = f.icmp_type, f.icmp_code
        return 0

    cdef int end_flow(self, int32_t slot, int reason) except -1:
        cdef FlowRecord* f = &self.table.records[slot]
        cdef object flow
        cdef int direction
        for direction in range(2):
            while self.table.records[slot].half[direction].pending != NULL and self.table.records[slot].half[direction].wanted:
                self.close_hole(slot, direction, self.table.records[slot].last_ns)
        f = &self.table.records[slot]
        flow = self.handles[slot]
        if flow is None and f.depth == 0:
            flow = self.handle(slot)
        if reason == END_IDLE and f.timeout_class == CLASS_TCP_CLOSED:
            reason = END_RST if (f.half[0].seen | f.half[1].seen) & SEEN_RST else END_FIN
        self.drop_pending(&f.half[0])
        self.drop_pending(&f.half[1])
        idle_unlink(&self.table, slot)
        table_unhash(&self.table, slot)
        if flow is not None:
            self.update(flow, f)
            if f.half[0].packets + f.half[1].packets >= SHAPE_PACKETS:
                flow.shape = pack_shape(&f.shape)
            flow.end_reason = END_REASONS[reason]
            flow.slot = -1
        if self.rates != NULL and f.depth == 0:
            rate_measure(&self.rates[slot], f, slot, <uint32_t>(self.now_ns // NS), self.pulse)
            self.ended_slot = slot
        self.handles[slot] = None
        f.used = False
        if self.outer_slot == slot:
            self.outer_slot = NIL
        f.chain = self.table.free_head
        self.table.free_head = slot
        self.table.used -= 1
        if flow is not None:
            self.close_flow(flow)
        self.ended_slot = NIL
        return 0

    def collect(self):
        """Bring every flow that changed since the last call up to date; return them."""
        cdef list flows = []
        cdef int32_t i, slot
        cdef FlowRecord* f
        cdef object flow
        for i in range(self.changed_count):
            slot = self.changed[i]
            f = &self.table.records[slot]
            f.changed = False
            if not f.used or f.depth:
                continue
            flow = self.handle(slot)
            self.update(flow, f)
            if self.rates != NULL:
                rate_measure(&self.rates[slot], &self.table.records[slot], slot, <uint32_t>(self.now_ns // NS), self.pulse)
            flows.append(flow)
        self.changed_count = 0
        return flows

    def expire(self, int64_t now_ns):
        """Close the flows that have been silent past their state's limit; return how many."""
        cdef int64_t closed = 0
        cdef int i
        cdef int32_t slot
        now_ns = min(max(now_ns, 0), MAX_NS)
        self.expire_fragments(now_ns)
        for i in range(CLASS_COUNT):
            while True:
                slot = self.table.idle[i].oldest
                if slot == NIL or now_ns - self.table.records[slot].last_ns < IDLE_NS[i]:
                    break
                self.end_flow(slot, END_IDLE)
                closed += 1
        return closed

    def finish(self, int32_t max_flows=0x7FFFFFFF):
        """The capture has ended: give up fragments, close every flow (reason capture_end, or fin and rst where seen).

        At most ``max_flows`` of them; True once none is left.
        """
        cdef int32_t slot
        cdef int i
        for i in range(FRAGMENT_ENTRIES):
            if self.fragments.entries[i].used:
                self.slugs[FRAGMENTS_EXPIRED] += 1
                self.give_up(&self.fragments.entries[i])
        for slot in range(self.finished_slots, self.table.high):
            if self.table.records[slot].used:
                if not max_flows:
                    return False
                max_flows -= 1
                self.end_flow(slot, END_IDLE if self.table.records[slot].timeout_class == CLASS_TCP_CLOSED else END_CAPTURE)
            self.table.records[slot].changed = False
            self.finished_slots = slot + 1
        self.changed_count = 0
        self.finished_slots = 0
        return True

    # -- rates, for who watches -------------------------------------------------------------------

    def watch_rates(self):
        """From now on keep how fast each flow moves. Flows already open count from their next packet."""
        cdef int32_t slot
        if self.rates == NULL:
            self.grow_rates()
            for slot in range(self.table.high):
                self.open_rate(slot)
                self.rates[slot].bytes[0] = self.table.records[slot].half[0].bytes
                self.rates[slot].bytes[1] = self.table.records[slot].half[1].bytes
                self.rates[slot].packets = self.table.records[slot].half[0].packets + self.table.records[slot].half[1].packets

    cdef int grow_rates(self) except -1:
        cdef int32_t capacity = max(self.table.capacity, 1024)
        cdef FlowRate* grown = <FlowRate*>realloc(self.rates, capacity * sizeof(FlowRate))
        if grown == NULL:
            raise MemoryError
        self.rates, self.rates_capacity = grown, capacity
        return 0

    cdef int open_rate(self, int32_t slot) except -1:
        if slot >= self.rates_capacity:
            self.grow_rates()
        memset(&self.rates[slot], 0, sizeof(FlowRate))
        self.rates[slot].second = <uint32_t>(self.now_ns // NS)
        return 0

    def rate(self, int32_t slot, bint inward):
        """(bytes up, bytes down of the last 5 s, bytes by slot of 4 s with the oldest first) of an open flow.

        ``inward``: the client is elsewhere; its bytes up count as down in the pulse from here on.
        """
        if self.rates == NULL or slot < 0 or slot >= self.table.high:
            raise ValueError("no rate is kept there")
        self.rates[slot].inward = inward
        return rate_figures(&self.rates[slot], slot)

    def rate_at_end(self):
        """The same of the flow whose end the sink is being told."""
        if self.ended_slot == NIL:
            raise ValueError("no flow is ending")
        return rate_figures(&self.rates[self.ended_slot], self.ended_slot)

    def rate_slots(self, int32_t slot):
        """Bytes each way of an open flow by slot, packed (engine/rates.py)."""
        if self.rates == NULL or slot < 0 or slot >= self.table.high:
            raise ValueError("no rate is kept there")
        return pack_slots(&self.rates[slot], slot)

    def rate_slots_at_end(self):
        """The same of the flow whose end the sink is being told."""
        if self.ended_slot == NIL:
            raise ValueError("no flow is ending")
        return pack_slots(&self.rates[self.ended_slot], self.ended_slot)

    def moving(self, int64_t now_ns):
        """Open flows whose ``rate`` is not what was last given out, those that move most first, to a power of two."""
        cdef uint32_t second = <uint32_t>(min(max(now_ns, 0), MAX_NS) // NS)
        cdef int32_t slot
        cdef FlowRate* rate
        cdef int need
        cdef list by_need = [[] for need in range(65)]
        if self.rates == NULL:
            return []
        for slot in range(self.table.high):
            rate = &self.rates[slot]
            if not self.table.records[slot].used or (not rate.moved and rate.last + FORGOTTEN_S < rate.second):
                continue
            rate_advance(rate, slot, second)
            if rate.moved and self.handles[slot] is not None and self.table.records[slot].depth == 0:
                (<list>by_need[need_of(rate)]).append(self.handles[slot])
        return [flow for need in range(64, -1, -1) for flow in <list>by_need[need]]

    def take_pulse(self):
        """(bytes out of this network, bytes into it, packets) of all flows measured since the last call."""
        cdef tuple taken = (self.pulse[0], self.pulse[1], self.pulse[2])
        self.pulse[0] = self.pulse[1] = self.pulse[2] = 0
        return taken

    # -- packets kept, for who asked for it --------------------------------------------------------

    def keep_packets(self, uint64_t size_bytes):
        """From now on keep the newest packets whole, in so many bytes of memory. Once, and for the meter's life."""
        if self.kept.bytes != NULL or size_bytes < 2 * MAX_WIRE:
            raise ValueError("packets are kept once, in two megabytes or more")
        self.kept.bytes = <uint8_t*>malloc(size_bytes & ~<uint64_t>7)
        if self.kept.bytes == NULL:
            raise MemoryError
        self.kept.size = size_bytes & ~<uint64_t>7

    cdef void keep(self, Packet* pkt, const uint8_t* data, uint32_t captured, uint32_t wire, int link_type) noexcept:
        cdef KeptHeader header
        header.ts_ns, header.captured, header.wire, header.link_type = pkt.ts_ns, captured, wire, link_type
        header.is_fragment = 1 if pkt.is_fragment else 0
        if pkt.is_fragment:
            # Only the first one has ports.
            pkt.src_port = pkt.dst_port = 0
        header.key = kept_key(pkt, self.table.seed)
        ring_put(&self.kept, &header, data)

    @property
    def kept_bytes(self) -> int:
        """Memory for packets; 0: none are kept."""
        return self.kept.size

    @property
    def kept_since_ns(self) -> int:
        """Time of the oldest packet kept; 0: there is none."""
        return (<KeptHeader*>(self.kept.bytes + self.kept.oldest)).ts_ns if self.kept.packets else 0

    def packets_of(self, flows):
        """(a pcap file, packets in it) of what is kept of these flows, in order of arrival.

        A file has one link type: that of the first packet found. Fragments are taken by addresses and protocol.
        """
        cdef dict wanted = self.kept_keys(flows)
        cdef list records = []
        cdef uint64_t number, at = self.kept.oldest, possible = 0
        cdef KeptHeader* header
        cdef int32_t link_type = 1
        for key, _ in wanted:
            possible |= <uint64_t>1 << (<uint64_t>key & 63)
        for number in range(self.kept.packets):
            header = <KeptHeader*>(self.kept.bytes + at)
            times = None
            # Most packets are of other flows, and one bit tells that of most of them.
            if possible >> (header.key & 63) & 1:
                times = wanted.get((header.key, header.is_fragment))
            if times is not None and any([first <= header.ts_ns <= last for first, last in times]):
                if not records:
                    link_type = header.link_type
                if header.link_type == link_type:
                    records.append(kept_record(header))
            at = ring_after(&self.kept, at)
        return kept_file_header(link_type) + b"".join(records), len(records)

    cdef dict kept_keys(self, flows):
        """Key and whether of a fragment -> the first and the last time of the flows that have it."""
        cdef dict wanted = {}
        cdef Packet pkt
        for flow in flows:
            packet_of_flow(flow, &pkt)
            first, last = flow.first_seen_ns, flow.last_seen_ns if flow.slot < 0 else MAX_NS
            wanted.setdefault((kept_key(&pkt, self.table.seed), 0), []).append((first, last))
            pkt.src_port = pkt.dst_port = 0
            # A flow begins with the piece that tells its ports; others may have come before.
            wanted.setdefault((kept_key(&pkt, self.table.seed), 1), []).append((first - 30 * NS, last))
        return wanted

    # -- questions ---------------------------------------------------------------------------------

    @property
    def flows_open(self) -> int:
        return self.table.used

    @property
    def link_type(self) -> int:
        """libpcap number of the last link type met; -1 before any."""
        return self.link_type_seen

    @property
    def memory_bytes(self) -> int:
        """C memory of the tables."""
        return (
            self.table.capacity * sizeof(FlowRecord) + self.rates_capacity * sizeof(FlowRate) + self.kept.size + (self.table.mask + 1) * sizeof(int32_t) + self.pending_total
            + self.fragments.memory + FRAGMENT_ENTRIES * sizeof(Datagram)
        )

    def counters(self):
        """Slugs and how often each was met; zero ones left out."""
        return {SLUG_NAMES[i]: self.slugs[i] for i in range(SLUG_COUNT) if self.slugs[i]}

    def syn_shape(self, int32_t slot):
        """(ttl, window, raw TCP options) of the client's SYN, None when it was not seen."""
        cdef FlowRecord* f
        if slot < 0 or slot >= self.table.high:
            return None
        f = &self.table.records[slot]
        if not f.used or f.protocol != 6 or not f.syn_ns:
            return None
        return f.syn_ttl, f.syn_window, f.syn_options[:f.syn_options_length]

    def first_ttls(self, int32_t slot):
        """TTL or hop limit of the first packet of client and server; 0 where there was none."""
        cdef FlowRecord* f
        if slot < 0 or slot >= self.table.high:
            return 0, 0
        f = &self.table.records[slot]
        return f.ttl[0], f.ttl[1]

    def shape(self, flow):
        """Packed shape of an open flow (model/shape.py); None where it has ended or had too few packets."""
        cdef int32_t slot = flow.slot
        cdef FlowRecord* f
        if slot < 0 or slot >= self.table.high or self.handles[slot] is not flow:
            return None
        f = &self.table.records[slot]
        return pack_shape(&f.shape) if f.half[0].packets + f.half[1].packets >= SHAPE_PACKETS else None

    cdef object address(self, uint8_t version, uint64_t hi, uint64_t lo):
        cdef uint8_t packed[16]
        cdef int i
        if version == 4:
            for i in range(4):
                packed[i] = (lo >> (24 - 8 * i)) & 0xFF
            return ip_text(PyBytes_FromStringAndSize(<const char*>packed, 4))
        for i in range(8):
            packed[i] = (hi >> (56 - 8 * i)) & 0xFF
            packed[8 + i] = (lo >> (56 - 8 * i)) & 0xFF
        return ip_text(PyBytes_FromStringAndSize(<const char*>packed, 16))

    cdef object mac(self, const uint8_t* at):
        if at == NULL:
            return None
        return mac_text(PyBytes_FromStringAndSize(<const char*>at, 6))

    cdef object vlan_text(self, uint16_t outer, uint16_t inner, int count):
        cdef uint64_t key
        if not count:
            return None
        key = outer | (<uint64_t>inner << 16) | (<uint64_t>count << 32)
        text = self.vlan_texts.get(key)
        if text is None:
            text = str(outer) if count == 1 else f"{outer},{inner}"
            # At most 4096 ids, squared by an attacker: start over rather than grow.
            if len(self.vlan_texts) > 4096:
                self.vlan_texts.clear()
            self.vlan_texts[key] = text
        return text
