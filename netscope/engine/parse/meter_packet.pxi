# A packet: the flow it belongs to, and the tunnel it may open.


cdef int transport(Meter meter, Packet* pkt) except -1:
    cdef int direction = 0
    cdef int32_t slot
    cdef uint8_t flags = 0
    if pkt.is_fragment:
        return fragment(meter, pkt)
    if pkt.protocol in (6, 17, 132, 136, 33):
        if pkt.transport_captured < 4:
            meter.slugs[TRUNCATED_TRANSPORT_HEADER] += 1
        else:
            pkt.src_port = be16(pkt.transport)
            pkt.dst_port = be16(pkt.transport + 2)
            if pkt.protocol == 6 and pkt.transport_captured >= 14:
                flags = pkt.transport[13]
    slot = flow_of(meter, pkt, flags, &direction)
    if pkt.protocol == 6:
        tcp(meter, slot, direction, pkt)
    elif pkt.protocol == 17:
        udp(meter, slot, direction, pkt)
    else:
        idle_touch(&meter.table, slot, pkt.ts_ns, CLASS_OTHER)
        if pkt.protocol == 1 or pkt.protocol == 58 or pkt.protocol == 2:
            icmp(meter, slot, pkt)
    if pkt.protocol in (4, 41, 47, 17):
        tunnel(meter, slot, pkt)
    return 0


cdef int tunnel(Meter meter, int32_t slot, Packet* pkt) except -1:
    cdef Link inner_link
    cdef Packet inner
    if not tunnel_payload(pkt, &inner_link, meter.slugs):
        return 0
    if pkt.depth == MAX_DEPTH:
        meter.slugs[TUNNEL_TOO_DEEP] += 1
        return 0
    memset(&inner, 0, sizeof(Packet))
    inner.ts_ns = pkt.ts_ns
    inner.depth = pkt.depth + 1
    if not strip_tags(&inner_link, &inner, meter.slugs):
        meter.slugs[MALFORMED_TUNNEL] += 1
        return 0
    if pkt.depth:
        return network(meter, &inner_link, &inner)
    meter.outer_slot = slot
    try:
        network(meter, &inner_link, &inner)
    finally:
        meter.outer_slot = NIL
    return 0


cdef int32_t flow_of(Meter meter, Packet* pkt, uint8_t flags, int* direction) except -2:
    """The flow this packet belongs to, opened if new, with the packet counted."""
    cdef FlowTable* table = &meter.table
    cdef uint32_t hash = key_hash(table, pkt)
    cdef int32_t slot = table_find(table, pkt, hash, direction)
    cdef FlowRecord* f
    if slot != NIL and pkt.protocol == 6 and flags & (TCP_SYN | TCP_ACK) == TCP_SYN and is_reused(meter, slot, pkt):
        end_flow(meter, slot, END_RST if (table.records[slot].half[0].seen | table.records[slot].half[1].seen) & SEEN_RST else END_FIN)
        slot = NIL
    if slot == NIL:
        slot = open_slot(meter, pkt, flags, hash, direction)
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
        mark(meter, slot)
    return slot


cdef bint is_reused(Meter meter, int32_t slot, Packet* pkt) noexcept:
    """A SYN on a known 5-tuple opens a new connection when the old one is over or long silent."""
    cdef FlowRecord* f = &meter.table.records[slot]
    if pkt.transport_captured < 8 or be32(pkt.transport + 4) == f.syn_seq:
        return False
    return f.timeout_class == CLASS_TCP_CLOSED or (
        f.timeout_class != CLASS_TCP_OPENING and pkt.ts_ns - f.last_ns > 120 * NS
    )


cdef int32_t open_slot(Meter meter, Packet* pkt, uint8_t flags, uint32_t hash, int* direction) except -2:
    cdef FlowTable* table = &meter.table
    cdef int32_t slot = table_take(table)
    cdef FlowRecord* f
    cdef bint swapped, listed
    if slot == NIL:
        meter.slugs[FLOW_TABLE_FULL] += 1
        slot = table_oldest(table)
        if slot == NIL:
            raise MemoryError
        end_flow(meter, slot, END_EVICTED)
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
    note_macs(meter, f, pkt, swapped)
    f.first_ns = f.last_ns = f.listed_ns = pkt.ts_ns
    f.rtt_ns = -1
    f.half[0].wanted = f.half[1].wanted = pkt.protocol == 6 or pkt.protocol == 17
    f.timeout_class = CLASS_TCP_OPENING if pkt.protocol == 6 else CLASS_UDP_ONE_WAY if pkt.protocol == 17 else CLASS_OTHER
    f.chain = table.buckets[hash & table.mask]
    table.buckets[hash & table.mask] = slot
    idle_append(table, slot)
    if meter.rates != NULL:
        open_rate(meter, slot)
    meter.flows_opened += 1
    while len(meter.handles) <= slot:
        meter.handles.append(None)
    return slot


cdef void note_macs(Meter meter, FlowRecord* f, Packet* pkt, bint swapped) noexcept:
    cdef const uint8_t* client = pkt.dst_mac if swapped else pkt.src_mac
    cdef const uint8_t* server = pkt.src_mac if swapped else pkt.dst_mac
    if client != NULL:
        memcpy(f.client_mac, client, 6)
        f.has_client_mac = True
    if server != NULL:
        memcpy(f.server_mac, server, 6)
        f.has_server_mac = True


cdef int mark(Meter meter, int32_t slot) except -1:
    # A slot is listed once, also when its flow ended and another took its place: the list is never longer than
    # the table.
    cdef int32_t* grown
    cdef int32_t capacity
    if meter.changed_count == meter.changed_capacity:
        capacity = max(4096, meter.changed_capacity * 2)
        grown = <int32_t*>realloc(meter.changed, capacity * sizeof(int32_t))
        if grown == NULL:
            raise MemoryError
        meter.changed, meter.changed_capacity = grown, capacity
    meter.table.records[slot].changed = True
    meter.changed[meter.changed_count] = slot
    meter.changed_count += 1
    return 0
