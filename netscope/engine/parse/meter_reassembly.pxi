# Fragments: the datagrams they make up, within a bound.


cdef int fragment(Meter meter, Packet* pkt) except -1:
    cdef Datagram* d = fragment_find(&meter.fragments, pkt)
    cdef uint32_t start = pkt.fragment_offset
    cdef uint32_t end = start + pkt.transport_wire
    cdef bint fresh = not fragment_of(d, pkt)
    if not fresh and pkt.ts_ns - d.first_ns > 30 * NS:
        # RFC 8200, section 4.5 gives up after 60 s, RFC 791 after 15 s.
        meter.slugs[FRAGMENTS_EXPIRED] += 1
        give_up(meter, d)
        fresh = True
    elif fresh and d.used:
        meter.slugs[FRAGMENTS_EVICTED] += 1
        give_up(meter, d)
    if fresh:
        fragment_begin(&meter.fragments, d, pkt)
    count_fragment(meter, d, pkt)
    if end > 65535 or (pkt.more_fragments and (pkt.transport_wire & 7 or not pkt.transport_wire)) or (d.total and end > d.total):
        meter.slugs[MALFORMED_FRAGMENT] += 1
        return 0
    if pkt.transport_captured < pkt.transport_wire:
        end = start + pkt.transport_captured
    elif not pkt.more_fragments:
        d.total = end
    if not fragment_reserve(&meter.fragments, d, end):
        reclaim(meter, d)
        if not fragment_reserve(&meter.fragments, d, end):
            meter.slugs[FRAGMENTS_EVICTED] += 1
            give_up(meter, d)
            return 0
    if fragment_copy(d, start, end, pkt.transport):
        meter.slugs[FRAGMENT_OVERLAP] += 1
    if not fragment_cover(d, start, end):
        meter.slugs[MALFORMED_FRAGMENT] += 1
    elif fragment_complete(d):
        reassembled(meter, d, pkt)
    return 0


cdef int count_fragment(Meter meter, Datagram* d, Packet* pkt) except -1:
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
    slot = flow_of(meter, pkt, 0, &direction)
    add_waiting(meter, d, slot, direction)
    # It must move in its idle list, or it holds up those behind it.
    idle_touch(&meter.table, slot, pkt.ts_ns, meter.table.records[slot].timeout_class)
    return 0


cdef void add_waiting(Meter meter, Datagram* d, int32_t slot, int direction) noexcept:
    meter.table.records[slot].half[direction].packets += d.waiting_packets
    meter.table.records[slot].half[direction].bytes += d.waiting_bytes
    note_payload(&meter.table.records[slot].half[direction], d.waiting_payload, d.first_ns)
    d.waiting_packets = 0
    d.waiting_bytes = 0
    d.waiting_payload = 0


cdef int give_up(Meter meter, Datagram* d) except -1:
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
        add_waiting(meter, d, flow_of(meter, &pkt, 0, &direction), direction)
    hand_on_first_fragment(meter, d)
    fragment_release(&meter.fragments, d)
    return 0


cdef int expire_fragments(Meter meter, int64_t now_ns) except -1:
    cdef int i
    if not meter.fragments.used:
        return 0
    for i in range(FRAGMENT_ENTRIES):
        if meter.fragments.entries[i].used and now_ns - meter.fragments.entries[i].first_ns > 30 * NS:
            meter.slugs[FRAGMENTS_EXPIRED] += 1
            give_up(meter, &meter.fragments.entries[i])
    return 0


cdef int hand_on_first_fragment(Meter meter, Datagram* d) except -1:
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
    slot = table_find(&meter.table, &pkt, key_hash(&meter.table, &pkt), &direction)
    if slot == NIL or not meter.table.records[slot].half[direction].wanted:
        return 0
    for i in range(d.ranges):
        if d.starts[i] == 0 and d.ends[i] > 8:
            obey(meter, slot, direction, meter.datagram(
                handle(meter, slot), direction, PyBytes_FromStringAndSize(<const char*>d.bytes + 8, d.ends[i] - 8), d.first_ns
            ))
            break
    return 0


cdef int reclaim(Meter meter, Datagram* keep) except -1:
    """Free a few slots older than a second, round robin: memory for fragments is at its bound."""
    cdef int i
    cdef Datagram* d
    for i in range(16):
        d = &meter.fragments.entries[meter.fragments.next_victim]
        meter.fragments.next_victim = (meter.fragments.next_victim + 1) % FRAGMENT_ENTRIES
        if d != keep and d.used and d.capacity and d.first_ns < meter.now_ns - NS:
            meter.slugs[FRAGMENTS_EVICTED] += 1
            give_up(meter, d)
    return 0


cdef int reassembled(Meter meter, Datagram* d, Packet* pkt) except -1:
    cdef uint8_t* data = d.bytes
    meter.slugs[FRAGMENTS_REASSEMBLED] += 1
    pkt.is_fragment = pkt.more_fragments = False
    pkt.fragment_offset = 0
    pkt.counted = True
    pkt.protocol = d.protocol
    pkt.transport = data
    pkt.transport_captured = pkt.transport_wire = d.total
    # Keep the bytes past the release of the slot: the sink may be called with them.
    meter.fragments.memory -= d.capacity
    d.bytes, d.capacity = NULL, 0
    fragment_release(&meter.fragments, d)
    try:
        transport(meter, pkt)
    finally:
        free(data)
    return 0
