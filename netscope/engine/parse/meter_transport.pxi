# UDP, ICMP and TCP: counters, states and history of a flow.


cdef int udp(Meter meter, int32_t slot, int direction, Packet* pkt) except -1:
    cdef FlowRecord* f = &meter.table.records[slot]
    cdef uint32_t length
    idle_touch(
        &meter.table, slot, pkt.ts_ns,
        CLASS_UDP_ANSWERED if direction or f.timeout_class == CLASS_UDP_ANSWERED else CLASS_UDP_ONE_WAY,
    )
    if pkt.transport_captured < 8:
        meter.slugs[TRUNCATED_UDP_HEADER if pkt.transport_wire >= 8 else MALFORMED_UDP_LENGTH] += 1
        return 0
    if not f.half[direction].wanted:
        return 0
    length = be16(pkt.transport + 4)
    if length < 8:
        if length:
            meter.slugs[MALFORMED_UDP_LENGTH] += 1
            return 0
        length = pkt.transport_wire     # jumbogram (RFC 2675) or offload
    length = min(length, pkt.transport_captured)
    if length > 8:
        obey(meter, slot, direction, meter.datagram(
            handle(meter, slot), direction, PyBytes_FromStringAndSize(<const char*>pkt.transport + 8, length - 8), pkt.ts_ns
        ))
    return 0


cdef int icmp(Meter meter, int32_t slot, Packet* pkt) except -1:
    cdef FlowRecord* f = &meter.table.records[slot]
    cdef uint8_t kind
    cdef uint32_t length = min(pkt.transport_captured, 1500)
    if length < 8:
        meter.slugs[TRUNCATED_TRANSPORT_HEADER] += 1
        return 0
    kind = pkt.transport[0]
    if not f.has_icmp_kind:
        f.icmp_type, f.icmp_code, f.has_icmp_kind = kind, pkt.transport[1], True
    if pkt.protocol == 2:
        send_control(meter, CONTROL_GROUP, pkt.transport, length, pkt)
    elif pkt.protocol == 1:
        if kind in (3, 4, 5, 11, 12):
            send_control(meter, CONTROL_ICMP_ERROR, pkt.transport, length, pkt)
    elif kind < 128:
        send_control(meter, CONTROL_ICMPV6_ERROR, pkt.transport, length, pkt)
    elif 133 <= kind <= 137:
        send_control(meter, CONTROL_NDP, pkt.transport, length, pkt)
    elif kind in (130, 131, 132, 143):
        send_control(meter, CONTROL_GROUP, pkt.transport, length, pkt)
    return 0


cdef int tcp(Meter meter, int32_t slot, int direction, Packet* pkt) except -1:
    cdef FlowRecord* f = &meter.table.records[slot]
    cdef const uint8_t* h = pkt.transport
    cdef uint32_t header, seq, wire, captured
    cdef uint8_t flags
    if pkt.transport_captured < 20:
        meter.slugs[TRUNCATED_TCP_HEADER if pkt.transport_wire >= 20 else MALFORMED_TCP_HEADER] += 1
        idle_touch(&meter.table, slot, pkt.ts_ns, f.timeout_class)
        return 0
    header = (h[12] >> 4) * 4
    if header < 20 or header > pkt.transport_wire:
        meter.slugs[MALFORMED_TCP_HEADER] += 1
        idle_touch(&meter.table, slot, pkt.ts_ns, f.timeout_class)
        return 0
    flags = h[13]
    seq = be32(h + 4)
    wire = pkt.transport_wire - header
    captured = pkt.transport_captured - header if pkt.transport_captured > header else 0
    if flags & TCP_SYN:
        tcp_open(meter, f, direction, pkt, flags, seq, header)
        seq += 1
    tcp_note(meter, f, direction, flags, seq, wire, be16(h + 14))
    if flags & TCP_ACK:
        if f.rtt_ns < 0 and f.syn_ack_ns and not direction:
            f.rtt_ns = max(0, pkt.ts_ns - f.syn_ns) if f.syn_ns else -1
            f.syn_ack_ns = 0
        if f.half[1 - direction].pending != NULL:
            note_hole(meter, slot, 1 - direction, be32(h + 8), pkt.ts_ns)
            f = &meter.table.records[slot]
    if wire and f.half[direction].wanted:
        segment(meter, slot, direction, seq, h + header, captured, wire, pkt.ts_ns)
        f = &meter.table.records[slot]
    idle_touch(&meter.table, slot, pkt.ts_ns, tcp_class(meter, f))
    return 0


cdef uint8_t tcp_class(Meter meter, FlowRecord* f) noexcept:
    cdef uint8_t up = f.half[0].seen
    cdef uint8_t down = f.half[1].seen
    if (up | down) & SEEN_RST or (up & SEEN_FIN and down & SEEN_FIN):
        return CLASS_TCP_CLOSED
    if (up | down) & SEEN_FIN:
        return CLASS_TCP_CLOSING
    if (up | down) & SEEN_DATA or (up & SEEN_ACK and down & (SEEN_SYN_ACK | SEEN_ACK)):
        return CLASS_TCP_OPEN
    return CLASS_TCP_OPENING


cdef void tcp_open(Meter meter, FlowRecord* f, int direction, Packet* pkt, uint8_t flags, uint32_t seq, uint32_t header) noexcept:
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
            note_syn(meter, f, pkt, header)
    if not half.seen & SEEN_DATA:
        # A later SYN of the same attempt may carry a new initial sequence number.
        half.next_seq = half.end_seq = seq + 1
        half.in_sync = True


cdef void note_syn(Meter meter, FlowRecord* f, Packet* pkt, uint32_t header) noexcept:
    cdef uint32_t options = min(header, pkt.transport_captured) - 20
    f.syn_ttl = pkt.ttl
    f.syn_window = be16(pkt.transport + 14)
    f.syn_options_length = <uint8_t>min(options, 40)
    memcpy(f.syn_options, pkt.transport + 20, f.syn_options_length)


cdef void tcp_note(Meter meter, FlowRecord* f, int direction, uint8_t flags, uint32_t seq, uint32_t wire, uint16_t window) noexcept:
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
