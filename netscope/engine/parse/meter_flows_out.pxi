# What Python hears of a flow: its handle, its figures, its end.


cdef object handle(Meter meter, int32_t slot):
    """The Python flow of a record, made at its first need."""
    cdef object flow = meter.handles[slot]
    cdef FlowRecord* f
    cdef object outer = None
    if flow is None:
        f = &meter.table.records[slot]
        if f.depth and meter.outer_slot != NIL:
            outer = handle(meter, meter.outer_slot)
            f = &meter.table.records[slot]
        flow = meter.open_flow(
            outer.id if outer is not None else meter.next_flow_id,
            address(meter, f.version, f.client_hi, f.client_lo), f.client_port,
            address(meter, f.version, f.server_hi, f.server_lo), f.server_port,
            PROTOCOL_NAMES.get(f.protocol) or str(f.protocol),
            vlan_text(meter, f.vlan[0], f.vlan[1], f.vlan_count),
            mac(meter, f.client_mac) if f.has_client_mac else None,
            mac(meter, f.server_mac) if f.has_server_mac else None,
            f.first_ns, slot, outer,
        )
        if not isinstance(flow, Flow):
            raise TypeError("open_flow must return a Flow")
        if outer is None:
            meter.next_flow_id += 1
        meter.handles[slot] = flow
    return flow


cdef int update(Meter meter, object flow, FlowRecord* f) except -1:
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


cdef int end_flow(Meter meter, int32_t slot, int reason) except -1:
    cdef FlowRecord* f = &meter.table.records[slot]
    cdef object flow
    cdef int direction
    for direction in range(2):
        while meter.table.records[slot].half[direction].pending != NULL and meter.table.records[slot].half[direction].wanted:
            close_hole(meter, slot, direction, meter.table.records[slot].last_ns)
    f = &meter.table.records[slot]
    flow = meter.handles[slot]
    if flow is None and f.depth == 0:
        flow = handle(meter, slot)
    if reason == END_IDLE and f.timeout_class == CLASS_TCP_CLOSED:
        reason = END_RST if (f.half[0].seen | f.half[1].seen) & SEEN_RST else END_FIN
    drop_pending(meter, &f.half[0])
    drop_pending(meter, &f.half[1])
    idle_unlink(&meter.table, slot)
    table_unhash(&meter.table, slot)
    if flow is not None:
        update(meter, flow, f)
        if f.half[0].packets + f.half[1].packets >= SHAPE_PACKETS:
            flow.shape = pack_shape(&f.shape)
        flow.end_reason = END_REASONS[reason]
        flow.slot = -1
    if meter.rates != NULL and f.depth == 0:
        rate_measure(&meter.rates[slot], f, slot, <uint32_t>(meter.now_ns // NS), meter.pulse)
        meter.ended_slot = slot
    meter.handles[slot] = None
    f.used = False
    if meter.outer_slot == slot:
        meter.outer_slot = NIL
    f.chain = meter.table.free_head
    meter.table.free_head = slot
    meter.table.used -= 1
    if flow is not None:
        meter.close_flow(flow)
    meter.ended_slot = NIL
    return 0


cdef object address(Meter meter, uint8_t version, uint64_t hi, uint64_t lo):
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


cdef object mac(Meter meter, const uint8_t* at):
    if at == NULL:
        return None
    return mac_text(PyBytes_FromStringAndSize(<const char*>at, 6))


cdef object vlan_text(Meter meter, uint16_t outer, uint16_t inner, int count):
    cdef uint64_t key
    if not count:
        return None
    key = outer | (<uint64_t>inner << 16) | (<uint64_t>count << 32)
    text = meter.vlan_texts.get(key)
    if text is None:
        text = str(outer) if count == 1 else f"{outer},{inner}"
        # At most 4096 ids, squared by an attacker: start over rather than grow.
        if len(meter.vlan_texts) > 4096:
            meter.vlan_texts.clear()
        meter.vlan_texts[key] = text
    return text
