# Kept only for who asked for it: rates, and packets.


cdef int grow_rates(Meter meter) except -1:
    cdef int32_t capacity = max(meter.table.capacity, 1024)
    cdef FlowRate* grown = <FlowRate*>realloc(meter.rates, capacity * sizeof(FlowRate))
    if grown == NULL:
        raise MemoryError
    meter.rates, meter.rates_capacity = grown, capacity
    return 0


cdef int open_rate(Meter meter, int32_t slot) except -1:
    if slot >= meter.rates_capacity:
        grow_rates(meter)
    memset(&meter.rates[slot], 0, sizeof(FlowRate))
    meter.rates[slot].second = <uint32_t>(meter.now_ns // NS)
    return 0


cdef void keep(Meter meter, Packet* pkt, const uint8_t* data, uint32_t captured, uint32_t wire, int link_type) noexcept:
    cdef KeptHeader header
    header.ts_ns, header.captured, header.wire, header.link_type = pkt.ts_ns, captured, wire, link_type
    header.is_fragment = 1 if pkt.is_fragment else 0
    if pkt.is_fragment:
        # Only the first one has ports.
        pkt.src_port = pkt.dst_port = 0
    header.key = kept_key(pkt, meter.table.seed)
    ring_put(&meter.kept, &header, data)


cdef dict kept_keys(Meter meter, flows):
    """Key and whether of a fragment -> the first and the last time of the flows that have it."""
    cdef dict wanted = {}
    cdef Packet pkt
    for flow in flows:
        packet_of_flow(flow, &pkt)
        first, last = flow.first_seen_ns, flow.last_seen_ns if flow.slot < 0 else MAX_NS
        wanted.setdefault((kept_key(&pkt, meter.table.seed), 0), []).append((first, last))
        pkt.src_port = pkt.dst_port = 0
        # A flow begins with the piece that tells its ports; others may have come before.
        wanted.setdefault((kept_key(&pkt, meter.table.seed), 1), []).append((first - 30 * NS, last))
    return wanted
