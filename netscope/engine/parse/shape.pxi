# The shape of a flow: sizes of its packets, gaps between them, how evenly it goes. 88 bytes a flow, 8.8 MB for 100,000.
#
# Counters are 16 bits wide. When one is full all of its histogram are halved: what matters is the distribution, and
# the number of packets is known besides. The Python side is netscope/model/shape.py, which also names the limits.

cdef enum:
    SHAPE_BINS = 8
    # Fewer packets are no distribution: most flows of a network are a question and its answer.
    SHAPE_PACKETS = 8

# Bytes of layer 3 below which a packet falls in a bin. The last bin is what segmentation offload joined.
cdef uint32_t[7] SIZE_LIMITS
SIZE_LIMITS[:] = [64, 128, 256, 512, 1024, 1280, 1536]

# Gaps are counted in ticks of 2^14 ns, 16.4 us. They wrap after 19 hours; no flow is silent for so long and stays open.
cdef enum:
    TICK_SHIFT = 14

# 1, 10, 30 and 100 ms, 1, 10 and 60 s.
cdef uint32_t[7] GAP_LIMITS
GAP_LIMITS[:] = [61, 610, 1831, 6104, 61035, 610352, 3662109]

cdef struct HalfShape:
    uint16_t sizes[SHAPE_BINS]
    uint16_t gaps[SHAPE_BINS]
    uint32_t last_tick

cdef struct FlowShape:
    HalfShape half[2]
    uint32_t second         # of the epoch, of the last packet
    uint32_t busy_s         # seconds with a packet in them
    uint32_t second_bytes   # of that second so far
    uint32_t peak_bytes     # of the busiest second


cdef inline void count_in_bin(uint16_t* bins, uint32_t* limits, uint32_t value) noexcept nogil:
    cdef int at = 0
    cdef int i
    while at < SHAPE_BINS - 1 and value >= limits[at]:
        at += 1
    bins[at] += 1
    if bins[at] == 0xFFFF:
        for i in range(SHAPE_BINS):
            bins[i] >>= 1


cdef inline void note_shape(FlowShape* shape, int direction, bint is_first, uint32_t size, int64_t ts_ns) noexcept nogil:
    """Count one packet; ``is_first`` of its direction: there is no gap before it."""
    cdef HalfShape* half = &shape.half[direction]
    cdef uint32_t tick = <uint32_t>(ts_ns >> TICK_SHIFT)
    cdef int32_t gap = <int32_t>(tick - half.last_tick)
    cdef uint32_t second = <uint32_t>(ts_ns / NS)
    count_in_bin(half.sizes, SIZE_LIMITS, size)
    if not is_first:
        # A packet older than the one before it came late: it followed at once.
        count_in_bin(half.gaps, GAP_LIMITS, <uint32_t>gap if gap > 0 else 0)
    if is_first or gap > 0:
        half.last_tick = tick
    if second > shape.second or not shape.busy_s:
        shape.busy_s += 1
        shape.second = second
        shape.second_bytes = 0
    shape.second_bytes += size
    if shape.second_bytes > shape.peak_bytes:
        shape.peak_bytes = shape.second_bytes


cdef uint8_t* put_number(uint8_t* at, uint32_t value, int size) noexcept nogil:
    """Little-endian; returns where the next goes."""
    cdef int i
    for i in range(size):
        at[i] = (value >> (8 * i)) & 0xFF
    return at + size


cdef bytes pack_shape(FlowShape* shape):
    """As model/shape.py reads it: sizes and gaps up, sizes and gaps down, busy_s, peak_bytes."""
    cdef uint8_t[SHAPE_BINS * 8 + 8] out
    cdef uint8_t* at = out
    cdef int direction, i
    for direction in range(2):
        for i in range(SHAPE_BINS):
            at = put_number(at, shape.half[direction].sizes[i], 2)
        for i in range(SHAPE_BINS):
            at = put_number(at, shape.half[direction].gaps[i], 2)
    at = put_number(at, shape.busy_s, 4)
    put_number(at, shape.peak_bytes, 4)
    return PyBytes_FromStringAndSize(<const char*>out, sizeof(out))
