# Walking capture files in memory: classic pcap in all its byte orders and time units, and pcapng
# (draft-ietf-opsawg-pcapng). Packets go straight to the meter; no Python object per packet.

cdef enum:
    FORMAT_NONE
    FORMAT_PCAP
    FORMAT_PCAPNG

cdef enum:
    # libpcap's own limit for a record; a larger length is a corrupt file.
    MAX_RECORD = 262144
    MAX_BLOCK = 16777216
    MAX_INTERFACES = 1024
    PCAPNG_SECTION = 0x0A0D0D0A

# The meter's latest time, in whole seconds; with an offset as large the sum still fits.
cdef int64_t MAX_SECONDS = 4600000000LL

cdef uint32_t PCAP_MICROSECONDS = <uint32_t>0xA1B2C3D4U
cdef uint32_t PCAP_NANOSECONDS = <uint32_t>0xA1B23C4DU
cdef uint32_t PCAP_KUZNETZOV = <uint32_t>0xA1B2CD34U

cdef struct CaptureInterface:
    int link_type
    uint64_t ticks_per_s
    int64_t offset_s
    uint32_t snap_length

cdef struct CaptureFormatState:
    int format
    bint big_endian
    bint nanoseconds
    int link_type
    uint32_t record_header
    CaptureInterface* interfaces
    int interface_count         # of the current section
    int interfaces_before       # in earlier sections
    int64_t last_ns


cdef inline uint32_t read32(const uint8_t* p, bint big_endian) noexcept nogil:
    return be32(p) if big_endian else le32(p)


cdef inline uint16_t read16(const uint8_t* p, bint big_endian) noexcept nogil:
    return be16(p) if big_endian else le16(p)


cdef int64_t ticks_to_ns(uint64_t ticks, uint64_t per_s, int64_t offset_s) noexcept nogil:
    cdef uint64_t seconds = ticks // per_s
    cdef uint64_t rest = ticks % per_s
    cdef uint64_t ns
    if per_s <= <uint64_t>1000000000:
        ns = rest * <uint64_t>1000000000 // per_s
    else:
        ns = <uint64_t>(<double>rest * 1e9 / <double>per_s)
    if seconds > <uint64_t>MAX_SECONDS:
        seconds = <uint64_t>MAX_SECONDS
    return min(max(<int64_t>seconds + offset_s, 0), MAX_SECONDS) * NS + <int64_t>ns


cdef inline bint is_pcap_magic(uint32_t magic) noexcept nogil:
    return magic == PCAP_MICROSECONDS or magic == PCAP_NANOSECONDS or magic == PCAP_KUZNETZOV


cdef bint pcap_header(CaptureFormatState* state, const uint8_t* p) noexcept nogil:
    cdef uint32_t magic = be32(p)
    state.record_header = 16
    if is_pcap_magic(magic):
        state.big_endian = True
    else:
        magic = le32(p)
        state.big_endian = False
        if not is_pcap_magic(magic):
            return False
    state.nanoseconds = magic == PCAP_NANOSECONDS
    if magic == PCAP_KUZNETZOV:
        # Kuznetzov's patch: eight more bytes a record.
        state.record_header = 24
    # The upper bits tell of a frame check sequence.
    state.link_type = read32(p + 20, state.big_endian) & 0xFFFF
    state.format = FORMAT_PCAP
    return True


cdef bint pcapng_interface(CaptureFormatState* state, const uint8_t* block, uint32_t length) noexcept nogil:
    """An Interface Description Block, section 4.2; False: more interfaces than a file can honestly have."""
    cdef CaptureInterface* interface
    cdef uint32_t at = 16
    cdef uint16_t code, size
    if state.interface_count == MAX_INTERFACES:
        return False
    interface = &state.interfaces[state.interface_count]
    state.interface_count += 1
    interface.link_type = read16(block + 8, state.big_endian)
    interface.snap_length = read32(block + 12, state.big_endian)
    interface.ticks_per_s = 1000000
    interface.offset_s = 0
    while at + 4 <= length - 4:
        code = read16(block + at, state.big_endian)
        size = read16(block + at + 2, state.big_endian)
        at += 4
        if code == 0 or at + size > length - 4:
            break
        if code == 9 and size == 1:
            interface.ticks_per_s = ticks_of_resolution(block[at])
        elif code == 14 and size == 8:
            interface.offset_s = <int64_t>(be64(block + at) if state.big_endian else le64(block + at))
            if interface.offset_s > MAX_SECONDS or interface.offset_s < -MAX_SECONDS:
                interface.offset_s = 0
        at += (size + 3) & ~3
    return True


cdef uint64_t ticks_of_resolution(uint8_t resolution) noexcept nogil:
    # if_tsresol: negative power of ten, of two with the top bit.
    cdef uint64_t ticks = 1
    cdef int i
    if resolution & 0x80:
        return <uint64_t>1 << min(resolution & 0x7F, 62)
    for i in range(min(<int>resolution, 18)):
        ticks *= 10
    return ticks
