# Country ranges as text, ``first,last,CC`` a line: 660,000 lines that are read at a first start, before any packet.

cdef enum:
    MAX_COUNTRIES = 65535
    # As characters, so that sums with them stay in C.
    DIGIT_0 = 0x30
    DIGIT_9 = 0x39
    SMALL_A = 0x61
    SMALL_F = 0x66
    SMALL_Z = 0x7A
    COLON = 0x3A
    COMMA = 0x2C
    NUMBER_SIGN = 0x23
    LINE_END = 0x0A


cdef inline bint is_letter(uint8_t c) noexcept nogil:
    return (c | 0x20) >= SMALL_A and (c | 0x20) <= SMALL_Z


cdef const uint8_t* decimal(const uint8_t* at, const uint8_t* end, uint64_t* value) noexcept nogil:
    """Behind an IPv4 address written as a number; NULL where there is none, or a larger one."""
    cdef const uint8_t* start = at
    value[0] = 0
    while at < end and at[0] >= DIGIT_0 and at[0] <= DIGIT_9:
        value[0] = value[0] * 10 + (at[0] - DIGIT_0)
        if value[0] >> 32:
            return NULL
        at += 1
    if at == start:
        return NULL
    return at


cdef const uint8_t* hex_group(const uint8_t* at, const uint8_t* end, uint32_t* value) noexcept nogil:
    cdef const uint8_t* start = at
    cdef uint8_t c
    value[0] = 0
    while at < end and at - start < 4:
        c = at[0] | 0x20
        if at[0] >= DIGIT_0 and at[0] <= DIGIT_9:
            value[0] = value[0] << 4 | (at[0] - DIGIT_0)
        elif c >= SMALL_A and c <= SMALL_F:
            value[0] = value[0] << 4 | (c - SMALL_A + 10)
        else:
            break
        at += 1
    if at == start:
        return NULL
    return at


cdef const uint8_t* upper_half(const uint8_t* at, const uint8_t* end, uint64_t* value) noexcept nogil:
    """Behind an IPv6 address; its first 64 bits. NULL where there is none (RFC 4291, section 2.2, forms 1 and 2)."""
    cdef uint32_t[8] groups
    cdef int count = 0, zeros = -1, i, tail
    cdef const uint8_t* then
    if at + 1 < end and at[0] == COLON and at[1] == COLON:
        zeros = 0
        at += 2
    while count < 8:
        then = hex_group(at, end, &groups[count])
        if then == NULL:
            break
        at = then
        count += 1
        if at >= end or at[0] != COLON or count == 8:
            break
        at += 1
        if at < end and at[0] == COLON:
            if zeros >= 0:
                return NULL
            zeros = count
            at += 1
    if (zeros < 0 and count != 8) or (zeros >= 0 and count == 8):
        return NULL
    value[0] = 0
    tail = 8 - count if zeros >= 0 else 0
    for i in range(4):
        value[0] <<= 16
        if zeros < 0 or i < zeros:
            value[0] |= groups[i]
        elif i >= zeros + tail:
            value[0] |= groups[i - tail]
    return at


cdef class RangeReader:
    """Fills sorted starts and country numbers; a gap between ranges is a range of its own."""

    cdef uint64_t* starts
    cdef uint16_t* numbers
    cdef Py_ssize_t entries
    cdef uint64_t next_free, top
    cdef uint16_t current
    cdef uint16_t[65536] by_code        # two letters, 8 bits each, to the country's number
    cdef list countries

    def __cinit__(self, Py_ssize_t lines, bint is_v6):
        # A range may end a gap before it and begin one after it.
        self.starts = <uint64_t*>malloc((2 * lines + 1) * sizeof(uint64_t))
        self.numbers = <uint16_t*>malloc((2 * lines + 1) * sizeof(uint16_t))
        if self.starts == NULL or self.numbers == NULL:
            raise MemoryError
        memset(self.by_code, 0, sizeof(self.by_code))
        self.countries = [""]
        self.top = 0xFFFFFFFFFFFFFFFFULL if is_v6 else 0xFFFFFFFFULL

    def __dealloc__(self):
        free(self.starts)
        free(self.numbers)

    cdef void begin(self, uint64_t start, uint16_t number) noexcept:
        self.starts[self.entries] = start
        self.numbers[self.entries] = number
        self.entries += 1
        self.current = number

    cdef int add(self, uint64_t first, uint64_t last, const uint8_t* code) except -1:
        cdef uint16_t key = <uint16_t>(code[0] << 8 | code[1])
        if self.entries and self.next_free == 0:
            return 0                    # the range before it went up to the last address
        if first < self.next_free:
            return 0                    # finer than the upper half of an address tells
        if not self.by_code[key]:
            if len(self.countries) > MAX_COUNTRIES - 1:
                raise ValueError("more countries than there are")
            self.by_code[key] = <uint16_t>len(self.countries)
            self.countries.append(chr(code[0]) + chr(code[1]))
        if first > self.next_free and self.current:
            self.begin(self.next_free, 0)
        if self.by_code[key] != self.current:
            self.begin(first, self.by_code[key])
        self.next_free = last + 1 if last < self.top else 0
        return 0

    cdef tuple packed(self):
        cdef Py_ssize_t i, width = sizeof(uint64_t)
        if self.current and self.next_free:
            self.begin(self.next_free, 0)
        if self.top == 0xFFFFFFFFULL:
            width = sizeof(uint32_t)
            for i in range(self.entries):
                (<uint32_t*>self.starts)[i] = <uint32_t>self.starts[i]
        return (
            PyBytes_FromStringAndSize(<const char*>self.starts, self.entries * width),
            PyBytes_FromStringAndSize(<const char*>self.numbers, self.entries * sizeof(uint16_t)),
            self.countries,
        )


def read_ranges(const uint8_t[::1] text not None, bint is_v6):
    """(starts, country numbers, codes by number) of a text with ranges in order; starts are native integers of 32 bits,
    of IPv6 64, numbers of 16.

    Of IPv6 the upper 64 bits count. Codes that are no country's, as ``??`` and ``A1``, are gaps. Raises ValueError with
    the number of the first line that is not ``first,last,CC`` or a comment.
    """
    cdef const uint8_t* at = &text[0] if text.shape[0] else NULL
    cdef const uint8_t* end = at + text.shape[0]
    cdef const uint8_t* line_end
    cdef const uint8_t* p = at
    cdef uint64_t first = 0, last = 0
    cdef Py_ssize_t line = 0, lines = 1
    cdef RangeReader reader
    while p != NULL and p < end:
        p = <const uint8_t*>memchr(p, LINE_END, end - p)
        lines += 1
        if p != NULL:
            p += 1
    reader = RangeReader(lines, is_v6)
    while at < end:
        line += 1
        line_end = <const uint8_t*>memchr(at, LINE_END, end - at)
        if line_end == NULL:
            line_end = end
        if at[0] != NUMBER_SIGN and line_end > at:
            p = upper_half(at, line_end, &first) if is_v6 else decimal(at, line_end, &first)
            if p != NULL and p < line_end and p[0] == COMMA:
                p = upper_half(p + 1, line_end, &last) if is_v6 else decimal(p + 1, line_end, &last)
                if p == NULL or line_end - p != 3 or p[0] != COMMA or last < first:
                    p = NULL
            else:
                p = NULL
            if p == NULL:
                raise ValueError(f"line {line} is not first,last,CC")
            if is_letter(p[1]) and is_letter(p[2]):
                reader.add(first, last, p + 1)
        at = line_end + 1
    return reader.packed()
