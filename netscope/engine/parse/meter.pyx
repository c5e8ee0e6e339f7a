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

    def __cinit__(self, sink, int max_flows=100_000, uint64_t first_flow_id=1):
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
                drop_pending(self, &self.table.records[slot].half[0])
                drop_pending(self, &self.table.records[slot].half[1])
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
        frame(self, timestamp_ns, at, <uint32_t>data.shape[0], wire_length, link_type)

    def advance(self, int64_t now_ns):
        """Let time pass without a packet: a quiet live network must still expire its flows."""
        now_ns = min(max(now_ns, 0), MAX_NS)
        if now_ns > self.now_ns:
            self.now_ns = now_ns
        if now_ns >= self.next_second_ns:
            pass_second(self, now_ns)

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
                return walk_pcap(self, <const uint8_t*>view.buf, offset, end, max_packets)
            return walk_pcapng(self, <const uint8_t*>view.buf, offset, end, max_packets)
        finally:
            PyBuffer_Release(&view)

    # -- flows out ---------------------------------------------------------------------------------

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
            flow = handle(self, slot)
            update(self, flow, f)
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
        expire_fragments(self, now_ns)
        for i in range(CLASS_COUNT):
            while True:
                slot = self.table.idle[i].oldest
                if slot == NIL or now_ns - self.table.records[slot].last_ns < IDLE_NS[i]:
                    break
                end_flow(self, slot, END_IDLE)
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
                give_up(self, &self.fragments.entries[i])
        for slot in range(self.finished_slots, self.table.high):
            if self.table.records[slot].used:
                if not max_flows:
                    return False
                max_flows -= 1
                end_flow(self, slot, END_IDLE if self.table.records[slot].timeout_class == CLASS_TCP_CLOSED else END_CAPTURE)
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
            grow_rates(self)
            for slot in range(self.table.high):
                open_rate(self, slot)
                self.rates[slot].bytes[0] = self.table.records[slot].half[0].bytes
                self.rates[slot].bytes[1] = self.table.records[slot].half[1].bytes
                self.rates[slot].packets = self.table.records[slot].half[0].packets + self.table.records[slot].half[1].packets

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
        cdef dict wanted = kept_keys(self, flows)
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


# What the class does with a frame, in the order of its way. Functions that take the meter: a class lies in one file.
include "meter_walk.pxi"
include "meter_frame.pxi"
include "meter_packet.pxi"
include "meter_transport.pxi"
include "meter_stream.pxi"
include "meter_reassembly.pxi"
include "meter_flows_out.pxi"
include "meter_asked.pxi"
