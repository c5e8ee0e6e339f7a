# A frame: from its link layer to the packet in it.


cdef int frame(Meter meter, int64_t ts_ns, const uint8_t* data, uint32_t captured, int64_t wire, int link_type) except -1:
    cdef Packet pkt
    cdef Link link
    cdef uint32_t outer
    meter.packets += 1
    ts_ns = min(max(ts_ns, 0), MAX_NS)
    if ts_ns > meter.now_ns:
        meter.now_ns = ts_ns
    if ts_ns >= meter.next_second_ns:
        pass_second(meter, ts_ns)
    if meter.link_type_seen < 0:
        meter.link_type_seen = link_type
    memset(&pkt, 0, sizeof(Packet))
    pkt.ts_ns = ts_ns
    link.at, link.captured, link.ethertype = data, captured, 0
    link.wire = max(<uint32_t>min(wire, MAX_WIRE), captured) if wire >= 0 else captured
    if wire > <int64_t>captured:
        meter.truncated += 1
    if not strip_link(&link, link_type, &pkt, meter.slugs) or not strip_tags(&link, &pkt, meter.slugs):
        meter.slugs[TRUNCATED_LINK_HEADER] += 1
        meter.bytes += wire if wire >= 0 else captured
        return 0
    outer = captured - link.captured
    # What ARP says of an excluded device tells which address to leave out: that is the sink's to read.
    if meter.excluded.mac_count and link.ethertype != ETH_ARP and has_excluded_mac(&meter.excluded, &pkt):
        meter.slugs[EXCLUDED_PACKETS] += 1
    else:
        network(meter, &link, &pkt)
    if wire < 0:
        # The adapter gave no wire length: the IP header has it, short frames are padded.
        wire = max(captured, outer + pkt.ip_bytes) if pkt.version else captured
        if wire > <int64_t>captured:
            meter.truncated += 1
    meter.bytes += wire
    if meter.kept.bytes != NULL and pkt.version:
        keep(meter, &pkt, data, captured, <uint32_t>min(wire, 0xFFFFFFFF), link_type)
    return 0


cdef int network(Meter meter, Link* link, Packet* pkt) except -1:
    if link.ethertype == ETH_IPV4:
        if read_ipv4(link, pkt, meter.slugs) and not leave_out(meter, pkt):
            transport(meter, pkt)
    elif link.ethertype == ETH_IPV6:
        if read_ipv6(link, pkt, meter.slugs) and not leave_out(meter, pkt):
            transport(meter, pkt)
    elif link.ethertype == ETH_ARP and pkt.depth == 0:
        send_control(meter, CONTROL_ARP, link.at, min(link.captured, 28), pkt)
    return 0


cdef bint leave_out(Meter meter, Packet* pkt) noexcept:
    if meter.excluded.address_count and has_excluded_address(&meter.excluded, pkt):
        meter.slugs[EXCLUDED_PACKETS] += 1
        return True
    return False


cdef int pass_second(Meter meter, int64_t ts_ns) except -1:
    """Time crossed a whole second: tell the sink, once, however far it jumped."""
    cdef bint first = meter.next_second_ns < 0
    cdef int64_t boundary = ts_ns - ts_ns % NS
    meter.next_second_ns = boundary + NS
    meter.control_budget = CONTROL_PER_S
    if not first:
        meter.second(boundary)
    return 0


cdef int send_control(Meter meter, int kind, const uint8_t* data, uint32_t length, Packet* pkt) except -1:
    if meter.control_budget == 0:
        meter.slugs[CONTROL_RATE_LIMITED] += 1
        return 0
    meter.control_budget -= 1
    meter.control(
        kind,
        PyBytes_FromStringAndSize(<const char*>data, length),
        mac(meter, pkt.src_mac),
        mac(meter, pkt.dst_mac),
        address(meter, pkt.version, pkt.src_hi, pkt.src_lo) if pkt.version else None,
        address(meter, pkt.version, pkt.dst_hi, pkt.dst_lo) if pkt.version else None,
        pkt.ttl,
        vlan_text(meter, pkt.vlan[0], pkt.vlan[1], pkt.vlan_count),
        pkt.ts_ns,
    )
    return 0
