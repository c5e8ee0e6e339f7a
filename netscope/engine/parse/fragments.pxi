# IP fragment reassembly (RFC 791, section 3.2; RFC 8200, section 4.5). First copy of a byte wins (RFC 5722 would drop
# the datagram; a monitor wants to see what was sent), overlaps are counted.
#
# Bound: FRAGMENT_ENTRIES datagrams and FRAGMENT_MEMORY bytes at once; past either the oldest is given up and counted.

cdef enum:
    FRAGMENT_ENTRIES = 1024
    FRAGMENT_RANGES = 64
    FRAGMENT_MEMORY = 8388608

cdef struct Datagram:
    uint64_t src_hi, src_lo, dst_hi, dst_lo
    uint32_t id
    uint8_t protocol
    uint8_t version
    uint8_t depth
    bint used
    bint ports_known
    uint16_t src_port, dst_port
    uint16_t vlan[4]
    int vlan_count
    int64_t first_ns
    uint8_t* bytes
    uint32_t capacity
    uint32_t total                  # 0 until the last fragment came
    uint32_t starts[64]
    uint32_t ends[64]
    int ranges
    uint32_t waiting_packets        # counted once the ports are known
    uint64_t waiting_bytes
    uint64_t waiting_payload

cdef struct FragmentTable:
    Datagram* entries
    int next_victim
    int used
    uint64_t memory


cdef inline bint fragment_of(Datagram* d, Packet* pkt) noexcept nogil:
    return (
        d.used and d.id == pkt.fragment_id and d.src_lo == pkt.src_lo and d.dst_lo == pkt.dst_lo
        and d.src_hi == pkt.src_hi and d.dst_hi == pkt.dst_hi and d.version == pkt.version and d.depth == pkt.depth
        and (pkt.version == 6 or d.protocol == pkt.protocol)
    )


cdef Datagram* fragment_find(FragmentTable* table, Packet* pkt) noexcept nogil:
    """The datagram this packet is a part of, else the slot to use for it."""
    # A datagram has one home of eight slots, by hash: bounded look-up whatever arrives. Not keyed, so that the order in
    # which datagrams are given up, and with it the flows without ports, is the same in every run.
    cdef uint64_t h = mix64(pkt.src_lo ^ (pkt.dst_lo << 1) ^ (<uint64_t>pkt.fragment_id << 17) ^ pkt.src_hi ^ pkt.dst_hi)
    cdef int home = <int>(h % (FRAGMENT_ENTRIES // 8)) * 8
    cdef int i
    cdef Datagram* d
    cdef Datagram* oldest = NULL
    for i in range(8):
        d = &table.entries[home + i]
        if fragment_of(d, pkt):
            return d
        if oldest == NULL or (oldest.used and (not d.used or d.first_ns < oldest.first_ns)):
            oldest = d
    return oldest


cdef void fragment_begin(FragmentTable* table, Datagram* d, Packet* pkt) noexcept nogil:
    d.used = True
    d.ports_known = False
    d.src_hi, d.src_lo, d.dst_hi, d.dst_lo = pkt.src_hi, pkt.src_lo, pkt.dst_hi, pkt.dst_lo
    d.id = pkt.fragment_id
    d.protocol = pkt.protocol
    d.version = pkt.version
    d.depth = pkt.depth
    memcpy(d.vlan, pkt.vlan, sizeof(d.vlan))
    d.vlan_count = pkt.vlan_count
    d.first_ns = pkt.ts_ns
    d.total = 0
    d.ranges = 0
    d.waiting_packets = 0
    d.waiting_bytes = 0
    d.waiting_payload = 0
    table.used += 1


cdef void fragment_release(FragmentTable* table, Datagram* d) noexcept nogil:
    table.memory -= d.capacity
    free(d.bytes)
    d.bytes = NULL
    d.capacity = 0
    if d.used:
        table.used -= 1
    d.used = False


cdef bint fragment_reserve(FragmentTable* table, Datagram* d, uint32_t end) noexcept nogil:
    cdef uint32_t capacity = d.capacity
    cdef uint8_t* grown
    if end <= capacity:
        return True
    if end > 65536:
        return False
    capacity = min(max((end + 2047) & ~<uint32_t>2047, capacity * 2), 65536 + 2048)
    if table.memory + capacity - d.capacity > FRAGMENT_MEMORY:
        return False
    grown = <uint8_t*>realloc(d.bytes, capacity)
    if grown == NULL:
        return False
    table.memory += capacity - d.capacity
    d.bytes, d.capacity = grown, capacity
    return True


cdef bint fragment_copy(Datagram* d, uint32_t start, uint32_t end, const uint8_t* data) noexcept nogil:
    """Copy what no earlier fragment gave; True when some byte was there already."""
    cdef uint32_t at = start
    cdef uint32_t until
    cdef int i
    cdef bint overlap = False
    cdef bint covered
    while at < end:
        covered = False
        until = end
        for i in range(d.ranges):
            if d.starts[i] <= at < d.ends[i]:
                at = d.ends[i]
                covered = overlap = True
                break
            if d.starts[i] > at and d.starts[i] < until:
                until = d.starts[i]
        if covered:
            continue
        memcpy(d.bytes + at, data + (at - start), until - at)
        at = until
    return overlap


cdef bint fragment_cover(Datagram* d, uint32_t start, uint32_t end) noexcept nogil:
    """Add a range, merging what touches; False when there are too many holes."""
    cdef int i = 0
    while i < d.ranges:
        if d.starts[i] <= end and start <= d.ends[i]:
            start = min(start, d.starts[i])
            end = max(end, d.ends[i])
            d.ranges -= 1
            d.starts[i], d.ends[i] = d.starts[d.ranges], d.ends[d.ranges]
            i = 0
        else:
            i += 1
    if d.ranges == FRAGMENT_RANGES:
        return False
    d.starts[d.ranges], d.ends[d.ranges] = start, end
    d.ranges += 1
    return True


cdef inline bint fragment_complete(Datagram* d) noexcept nogil:
    return d.total and d.ranges == 1 and d.starts[0] == 0 and d.ends[0] >= d.total
