# The walkers over capture files: each record of them is a frame.


cdef tuple walk_pcap(Meter meter, const uint8_t* base, Py_ssize_t offset, Py_ssize_t end, Py_ssize_t budget):
    cdef bint big = meter.capture.big_endian
    cdef int64_t unit = 1 if meter.capture.nanoseconds else 1000
    cdef uint32_t header = meter.capture.record_header
    cdef uint32_t captured, wire
    cdef const uint8_t* p
    cdef Py_ssize_t taken = 0
    while taken < budget:
        if end - offset < <Py_ssize_t>header:
            break
        p = base + offset
        captured = read32(p + 8, big)
        wire = read32(p + 12, big)
        if captured > MAX_RECORD:
            raise ParseError("capture_record_too_long", offset)
        if end - offset - <Py_ssize_t>header < <Py_ssize_t>captured:
            break
        frame(
            meter, <int64_t>read32(p, big) * NS + <int64_t>read32(p + 4, big) * unit,
            p + header, captured, max(wire, captured), meter.capture.link_type,
        )
        offset += header + captured
        taken += 1
    return offset, taken


cdef tuple walk_pcapng(Meter meter, const uint8_t* base, Py_ssize_t offset, Py_ssize_t end, Py_ssize_t budget):
    cdef uint32_t kind, length
    cdef const uint8_t* p
    cdef bint big
    cdef Py_ssize_t taken = 0
    while taken < budget:
        if end - offset < 12:
            break
        p = base + offset
        if be32(p) == PCAPNG_SECTION:
            if be32(p + 8) == 0x1A2B3C4D:
                meter.capture.big_endian = True
            elif le32(p + 8) == 0x1A2B3C4D:
                meter.capture.big_endian = False
            else:
                raise ParseError("capture_byte_order_unknown", offset)
            meter.capture.interfaces_before += meter.capture.interface_count
            meter.capture.interface_count = 0
        big = meter.capture.big_endian
        kind = read32(p, big)
        length = read32(p + 4, big)
        if length < 12 or length > MAX_BLOCK or length & 3:
            raise ParseError("capture_block_length", offset)
        if end - offset < <Py_ssize_t>length:
            break
        if kind == 6 or kind == 3 or kind == 2:
            if length < 16:
                raise ParseError("capture_block_length", offset)
            pcapng_packet(meter, p, kind, length, offset)
            taken += 1
        elif kind == 1:
            if length < 20:
                raise ParseError("capture_block_length", offset)
            if not pcapng_interface(&meter.capture, p, length):
                raise ParseError("capture_interfaces_too_many", offset)
            meter.link_type_seen = meter.capture.interfaces[meter.capture.interface_count - 1].link_type
        elif kind != PCAPNG_SECTION and kind not in (4, 5, 10):
            meter.slugs[CAPTURE_UNKNOWN_BLOCK] += 1
        offset += length
    return offset, taken


cdef int pcapng_packet(Meter meter, const uint8_t* p, uint32_t kind, uint32_t length, Py_ssize_t offset) except -1:
    cdef bint big = meter.capture.big_endian
    cdef uint32_t index = 0, captured, wire, data = 28
    cdef uint64_t ticks = 0
    cdef CaptureInterface* interface
    if kind == 3:
        # Simple Packet Block: no time, first interface.
        data = 12
    elif length < 32:
        raise ParseError("capture_block_length", offset)
    else:
        index = read32(p + 8, big) if kind == 6 else read16(p + 8, big)
        ticks = (<uint64_t>read32(p + 12, big) << 32) | read32(p + 16, big)
    if index >= <uint32_t>meter.capture.interface_count:
        raise ParseError("capture_interface_unknown", offset)
    interface = &meter.capture.interfaces[index]
    if kind == 3:
        wire = read32(p + 8, big)
        captured = min(wire, length - 16)
        if interface.snap_length:
            captured = min(captured, interface.snap_length)
    else:
        captured, wire = read32(p + 20, big), read32(p + 24, big)
        meter.capture.last_ns = ticks_to_ns(ticks, interface.ticks_per_s, interface.offset_s)
    if captured > length - data - 4:
        raise ParseError("capture_record_too_long", offset)
    frame(meter, meter.capture.last_ns, p + data, captured, max(wire, captured), interface.link_type)
    return 0
