# Packets kept for a while, whole, in one ring of memory: only where the user asked for it (--keep-packets). Off, it
# costs a comparison a frame.
#
# Bound: the bytes of the ring, fixed when it is made. The oldest packets make room for new ones. Nothing of it is
# written anywhere until the user asks for the packets of a flow.

cdef struct KeptHeader:
    int64_t ts_ns
    uint64_t key                # of the flow; of a fragment, of its addresses and protocol
    uint32_t captured
    uint32_t wire
    int32_t link_type           # END_OF_RING: what follows lies at the start again
    uint32_t is_fragment

cdef enum:
    END_OF_RING = -1

cdef struct PacketRing:
    uint8_t* bytes
    uint64_t size
    uint64_t oldest             # places in the ring
    uint64_t next
    uint64_t packets


cdef inline uint64_t kept_length(uint32_t captured) noexcept nogil:
    return sizeof(KeptHeader) + ((<uint64_t>captured + 7) & ~<uint64_t>7)


cdef void ring_drop_oldest(PacketRing* ring) noexcept nogil:
    cdef KeptHeader* header = <KeptHeader*>(ring.bytes + ring.oldest)
    ring.oldest += kept_length(header.captured)
    ring.packets -= 1
    if ring.size - ring.oldest < sizeof(KeptHeader) or (<KeptHeader*>(ring.bytes + ring.oldest)).link_type == END_OF_RING:
        ring.oldest = 0


cdef bint ring_room(PacketRing* ring, uint64_t length) noexcept nogil:
    """Make ``length`` bytes free at ``next``, moving it to the start where the end is too near."""
    if length > ring.size:
        return False
    if ring.size - ring.next < length:
        # What lies between here and the end is older than what lies at the start.
        while ring.packets and ring.oldest >= ring.next:
            ring_drop_oldest(ring)
        if ring.size - ring.next >= sizeof(KeptHeader):
            (<KeptHeader*>(ring.bytes + ring.next)).link_type = END_OF_RING
        ring.next = 0
    while ring.packets and ring.next <= ring.oldest < ring.next + length:
        ring_drop_oldest(ring)
    if not ring.packets:
        ring.oldest = ring.next
    return True


cdef void ring_put(PacketRing* ring, KeptHeader* header, const uint8_t* data) noexcept nogil:
    cdef uint64_t length = kept_length(header.captured)
    if not ring_room(ring, length):
        return
    memcpy(ring.bytes + ring.next, header, sizeof(KeptHeader))
    memcpy(ring.bytes + ring.next + sizeof(KeptHeader), data, header.captured)
    ring.next += length
    ring.packets += 1


cdef uint64_t ring_after(PacketRing* ring, uint64_t at) noexcept nogil:
    """The place of the packet after the one at ``at``."""
    at += kept_length((<KeptHeader*>(ring.bytes + at)).captured)
    if ring.size - at < sizeof(KeptHeader) or (<KeptHeader*>(ring.bytes + at)).link_type == END_OF_RING:
        return 0
    return at


# Where libpcap's number for a live capture is not that of a file (LINKTYPE_RAW).
cdef inline uint32_t file_link_type(int32_t link_type) noexcept nogil:
    return 101 if link_type == 12 or link_type == 14 else <uint32_t>link_type


cdef uint64_t kept_key(Packet* pkt, uint64_t seed) noexcept nogil:
    """The same for both directions. As a flow tells it: of a stack of VLAN tags the outer two."""
    cdef uint64_t a = mix64(pkt.src_lo ^ mix64(pkt.src_hi ^ seed) ^ (<uint64_t>pkt.src_port << 48))
    cdef uint64_t b = mix64(pkt.dst_lo ^ mix64(pkt.dst_hi ^ seed) ^ (<uint64_t>pkt.dst_port << 48))
    cdef uint64_t rest = pkt.protocol ^ (<uint64_t>pkt.version << 8)
    if pkt.vlan_count:
        rest ^= <uint64_t>(pkt.vlan[0] + 1) << 16
    if pkt.vlan_count > 1:
        rest ^= <uint64_t>(pkt.vlan[1] + 1) << 32
    return mix64((a + b) ^ rest)


PROTOCOL_NUMBERS = {name: number for number, name in PROTOCOL_NAMES.items()}


cdef int packet_of_flow(object flow, Packet* pkt) except -1:
    """The ends of a flow as its packets have them."""
    cdef bint six = ":" in flow.client_ip
    cdef object family = socket.AF_INET6 if six else socket.AF_INET
    cdef object client = int.from_bytes(socket.inet_pton(family, flow.client_ip), "big")
    cdef object server = int.from_bytes(socket.inet_pton(family, flow.server_ip), "big")
    memset(pkt, 0, sizeof(Packet))
    pkt.version = 6 if six else 4
    pkt.src_hi, pkt.src_lo = client >> 64, client & 0xFFFFFFFFFFFFFFFF
    pkt.dst_hi, pkt.dst_lo = server >> 64, server & 0xFFFFFFFFFFFFFFFF
    pkt.src_port, pkt.dst_port = flow.client_port, flow.server_port
    pkt.protocol = PROTOCOL_NUMBERS[flow.protocol] if flow.protocol in PROTOCOL_NUMBERS else int(flow.protocol)
    for tag in (flow.vlan or "").split(","):
        if tag:
            pkt.vlan[pkt.vlan_count] = int(tag)
            pkt.vlan_count += 1
    return 0


cdef bytes kept_file_header(int32_t link_type):
    """Of a file with times in nanoseconds, little-endian (draft-ietf-opsawg-pcap)."""
    return struct.pack("<IHHiIII", PCAP_NANOSECONDS, 2, 4, 0, 0, MAX_WIRE, file_link_type(link_type))


cdef bytes kept_record(KeptHeader* header):
    cdef bytes head = struct.pack(
        "<IIII", (header.ts_ns // NS) & 0xFFFFFFFF, header.ts_ns % NS, header.captured, header.wire
    )
    return head + (<const uint8_t*>header + sizeof(KeptHeader))[:header.captured]
