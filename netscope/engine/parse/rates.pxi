# How fast each flow moves, for the screens: bytes of the last five seconds and of the last minute. Kept only while
# somebody watches; 224 bytes a flow then, 22 MB for 100,000. Nothing here is done for a packet: flows are measured
# when they are collected, once a second.

cdef enum:
    WINDOW_S = 5
    SLOT_S = 4
    SLOTS = 16
    # After so long a silence nothing of a flow is left in either.
    FORGOTTEN_S = 68

RATE_WINDOW_S = WINDOW_S
RATE_SLOTS = SLOTS

cdef struct FlowRate:
    uint64_t bytes[2]               # of the flow when it was last measured
    uint64_t packets
    uint64_t told                   # bytes of the window when the figures were last given out
    uint32_t window[2][WINDOW_S]    # bytes of a second, up and down, by the second
    uint32_t slots[2][SLOTS]        # bytes of four seconds, up and down
    uint32_t second                 # up to which both are right
    uint32_t last                   # when bytes came last
    bint moved                      # the figures are not what was given out
    bint inward                     # the client is elsewhere: what goes up comes into this network


cdef inline void add_capped(uint32_t* sum, uint64_t more) noexcept nogil:
    sum[0] = <uint32_t>min(<uint64_t>sum[0] + more, <uint64_t>0xFFFFFFFF)


cdef inline uint32_t slot_at(uint32_t second, int32_t phase) noexcept nogil:
    # Slots of a quarter of the flows begin at each second, so that no second has all the work.
    return (second + <uint32_t>(phase & 3)) // SLOT_S


cdef void rate_advance(FlowRate* rate, int32_t phase, uint32_t second) noexcept nogil:
    """Empty what time has passed over. A clock that is a little behind changes nothing, one set back empties all."""
    cdef uint32_t i, at, before, now
    if second <= rate.second:
        if rate.second - second > WINDOW_S:
            memset(rate.window, 0, sizeof(rate.window))
            memset(rate.slots, 0, sizeof(rate.slots))
            rate.second, rate.last, rate.moved = second, min(rate.last, second), True
        return
    for i in range(min(second - rate.second, <uint32_t>WINDOW_S)):
        at = (rate.second + 1 + i) % WINDOW_S
        if rate.window[0][at] or rate.window[1][at]:
            rate.moved = True
        rate.window[0][at] = rate.window[1][at] = 0
    before, now = slot_at(rate.second, phase), slot_at(second, phase)
    if now != before and rate.last and rate.second < rate.last + FORGOTTEN_S:
        rate.moved = True
    for i in range(min(now - before, <uint32_t>SLOTS)):
        rate.slots[0][(before + 1 + i) % SLOTS] = rate.slots[1][(before + 1 + i) % SLOTS] = 0
    rate.second = second


cdef inline uint64_t window_bytes(FlowRate* rate) noexcept nogil:
    cdef uint64_t sum = 0
    cdef int i
    for i in range(WINDOW_S):
        sum += <uint64_t>rate.window[0][i] + rate.window[1][i]
    return sum


cdef void rate_measure(FlowRate* rate, FlowRecord* f, int32_t phase, uint32_t second, uint64_t* pulse) noexcept nogil:
    """Put what the flow gained since the last call into its rate, and into the pulse: up, down, packets."""
    cdef uint64_t up = f.half[0].bytes - rate.bytes[0]
    cdef uint64_t down = f.half[1].bytes - rate.bytes[1]
    cdef uint64_t packets = f.half[0].packets + f.half[1].packets
    cdef uint32_t at
    rate_advance(rate, phase, second)
    pulse[rate.inward] += up
    pulse[not rate.inward] += down
    pulse[2] += packets - rate.packets
    rate.packets = packets
    if not up and not down:
        return
    rate.bytes[0], rate.bytes[1] = f.half[0].bytes, f.half[1].bytes
    at = rate.second % WINDOW_S
    add_capped(&rate.window[0][at], up)
    add_capped(&rate.window[1][at], down)
    add_capped(&rate.slots[0][slot_at(rate.second, phase) % SLOTS], up)
    add_capped(&rate.slots[1][slot_at(rate.second, phase) % SLOTS], down)
    rate.last = rate.second
    rate.moved = True


cdef tuple rate_figures(FlowRate* rate, int32_t phase):
    """(bytes up, bytes down in the window, bytes by slot with the oldest first), and take them as told."""
    cdef uint64_t up = 0, down = 0
    cdef uint32_t newest = slot_at(rate.second, phase)
    cdef int i
    cdef list slots = []
    for i in range(WINDOW_S):
        up += rate.window[0][i]
        down += rate.window[1][i]
    for i in range(1, SLOTS + 1):
        slots.append(<uint64_t>rate.slots[0][(newest + i) % SLOTS] + rate.slots[1][(newest + i) % SLOTS])
    rate.told = up + down
    rate.moved = False
    return up, down, tuple(slots)


cdef bytes pack_slots(FlowRate* rate, int32_t phase):
    """As engine/rates.py reads it: the second the newest slot ends at, bytes up and bytes down with the oldest first."""
    cdef uint8_t[(2 * SLOTS + 1) * 4] out
    cdef uint32_t newest = slot_at(rate.second, phase)
    cdef uint8_t* at = put_number(out, (newest + 1) * SLOT_S - <uint32_t>(phase & 3), 4)
    cdef int direction, i
    for direction in range(2):
        for i in range(1, SLOTS + 1):
            at = put_number(at, rate.slots[direction][(newest + i) % SLOTS], 4)
    return PyBytes_FromStringAndSize(<const char*>out, sizeof(out))


cdef inline int need_of(FlowRate* rate) noexcept nogil:
    """How much somebody who looks at rates would miss it: the power of two of what moves, or moved when last told."""
    cdef uint64_t most = max(window_bytes(rate), rate.told)
    cdef int need = 0
    while most:
        need += 1
        most >>= 1
    return need
