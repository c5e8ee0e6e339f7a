# TCP streams: segments delivered in order, held, or left out.


cdef int segment(Meter meter, int32_t slot, int direction, uint32_t seq, const uint8_t* data, uint32_t captured, uint32_t wire,
                 int64_t ts_ns) except -1:
    """Deliver a segment in order, hold it for later, or leave it out as seen before."""
    cdef Half* half = &meter.table.records[slot].half[direction]
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
            return stray(meter, slot, direction, seq, data, captured, wire, ts_ns)
        else:
            return hold(meter, slot, direction, seq, data, captured, wire, ts_ns)
    if (
        half.pending != NULL and half.pending_segments < PENDING_SEGMENTS
        and seq_diff(half.next_seq + wire, half.pending.seq) > 0
    ):
        # What is held came first: only what it leaves open is taken of this segment.
        insert(meter, half, half.next_seq, data, captured, wire)
    else:
        accept(meter, slot, direction, data, captured, wire, ts_ns)
    return release(meter, slot, direction, ts_ns)


cdef int accept(Meter meter, int32_t slot, int direction, const uint8_t* data, uint32_t captured, uint32_t wire, int64_t ts_ns) except -1:
    """Bytes at next_seq: what is not skipped goes to the sink, then what the capture cut off as a gap."""
    cdef Half* half = &meter.table.records[slot].half[direction]
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
        obey(meter, slot, direction, meter.stream(
            handle(meter, slot), direction, PyBytes_FromStringAndSize(<const char*>data, captured), ts_ns
        ))
    if wire > captured and half.wanted:
        lose(meter, slot, direction, wire - captured, ts_ns)
    return 0


cdef int lose(Meter meter, int32_t slot, int direction, uint64_t missing, int64_t ts_ns) except -1:
    cdef Half* half = &meter.table.records[slot].half[direction]
    if half.skip >= missing:
        half.skip -= missing
        return 0
    missing -= half.skip
    half.skip = 0
    meter.slugs[TCP_GAP] += 1
    add_history(&meter.table.records[slot], direction, b'G')
    return obey(meter, slot, direction, meter.gap(handle(meter, slot), direction, missing, ts_ns))


cdef int release(Meter meter, int32_t slot, int direction, int64_t ts_ns) except -1:
    """Deliver held segments that have become contiguous."""
    cdef Half* half = &meter.table.records[slot].half[direction]
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
        meter.pending_total -= s.length + sizeof(Segment)
        old = <uint32_t>(-ahead)
        try:
            if s.wire > old:
                length = s.length - old if s.length > old else 0
                accept(meter, slot, direction, <const uint8_t*>(s + 1) + min(old, s.length), length, s.wire - old, ts_ns)
        finally:
            free(s)
    return 0


cdef int hold(Meter meter, int32_t slot, int direction, uint32_t seq, const uint8_t* data, uint32_t captured, uint32_t wire,
              int64_t ts_ns) except -1:
    cdef Half* half = &meter.table.records[slot].half[direction]
    if meter.table.records[slot].depth:
        # The flow around a tunnelled one is known only now; later could be too late to name it.
        handle(meter, slot)
    if has_room(meter, half, captured):
        return insert(meter, half, seq, data, captured, wire)
    meter.slugs[TCP_BUFFER_FULL] += 1
    while half.wanted and half.pending != NULL and not has_room(meter, half, captured):
        close_hole(meter, slot, direction, ts_ns)
    if not half.wanted:
        return 0
    if half.pending == NULL and seq_diff(seq, half.next_seq) > 0:
        lose_until(meter, slot, direction, seq, ts_ns)
        if not half.wanted:
            return 0
    return segment(meter, slot, direction, seq, data, captured, wire, ts_ns)


cdef inline bint has_room(Meter meter, Half* half, uint32_t captured) noexcept:
    return (
        half.pending_segments < PENDING_SEGMENTS and <uint64_t>half.pending_bytes + captured <= PENDING_HALF
        and meter.pending_total + captured + sizeof(Segment) <= PENDING_TOTAL
    )


cdef int insert(Meter meter, Half* half, uint32_t seq, const uint8_t* data, uint32_t captured, uint32_t wire) except -1:
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
                meter.slugs[TCP_OVERLAP] += 1
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
        meter.pending_total += s.length + sizeof(Segment)
        link[0] = s
        data += s.length
        captured -= s.length
        seq += part
        wire -= part
    return 0


cdef int stray(Meter meter, int32_t slot, int direction, uint32_t seq, const uint8_t* data, uint32_t captured, uint32_t wire,
               int64_t ts_ns) except -1:
    """Far outside the window: not part of the stream, unless everything is from now on."""
    cdef Half* half = &meter.table.records[slot].half[direction]
    meter.slugs[TCP_OUT_OF_WINDOW] += 1
    half.strays += 1
    if half.strays < 8:
        return 0
    drop_pending(meter, half)
    lose_until(meter, slot, direction, seq, ts_ns)
    if half.wanted:
        accept(meter, slot, direction, data, captured, wire, ts_ns)
    return 0


cdef int lose_until(Meter meter, int32_t slot, int direction, uint32_t seq, int64_t ts_ns) except -1:
    cdef Half* half = &meter.table.records[slot].half[direction]
    cdef uint32_t missing = seq - half.next_seq
    half.next_seq = seq
    half.hole_acks = 0
    return lose(meter, slot, direction, missing, ts_ns)


cdef int close_hole(Meter meter, int32_t slot, int direction, int64_t ts_ns) except -1:
    """The missing bytes will not come: tell the sink, go on behind them."""
    cdef Half* half = &meter.table.records[slot].half[direction]
    lose_until(meter, slot, direction, half.pending.seq, ts_ns)
    return release(meter, slot, direction, ts_ns)


cdef int note_hole(Meter meter, int32_t slot, int direction, uint32_t ack, int64_t ts_ns) except -1:
    # The receiver has acknowledged bytes we never saw: the capture lost them. A few acknowledgements'
    # patience, because captures on two interfaces swap the order of data and its acknowledgement.
    cdef Half* half = &meter.table.records[slot].half[direction]
    if half.wanted and seq_diff(ack, half.next_seq) > 0:
        half.hole_acks += 1
        if half.hole_acks >= 4:
            close_hole(meter, slot, direction, ts_ns)
    return 0


cdef void drop_pending(Meter meter, Half* half) noexcept:
    cdef Segment* s
    while half.pending != NULL:
        s = half.pending
        half.pending = s.next
        meter.pending_total -= s.length + sizeof(Segment)
        free(s)
    half.pending_bytes = half.pending_segments = 0


cdef int obey(Meter meter, int32_t slot, int direction, object answer) except -1:
    """What the sink answered: WANT, a number of bytes to leave out, DONE_DIRECTION or DONE."""
    cdef int64_t code = answer
    cdef FlowRecord* f
    if code == 0:
        return 0
    f = &meter.table.records[slot]
    if code > 0:
        f.half[direction].skip = <uint64_t>code
        return 0
    f.half[direction].wanted = False
    drop_pending(meter, &f.half[direction])
    if code != -1:
        f.half[1 - direction].wanted = False
        drop_pending(meter, &f.half[1 - direction])
    return 0
