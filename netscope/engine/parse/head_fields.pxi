# Heads of HTTP and of what borrows its syntax: where one ends, and the fields wanted of it (RFC 9112, section 5).

cdef enum:
    MAX_WANTED = 16
    # Servers refuse heads of more than 8 to 64 KB; a longer one is not a head.
    MAX_HEAD = 65536

MAX_HEAD_BYTES = MAX_HEAD

cdef object FOLD = re.compile(rb"\r?\n[ \t]+")


cdef inline bint is_blank(uint8_t byte):
    """What ``str.strip`` takes away of ASCII."""
    return byte == 0x20 or 0x09 <= byte <= 0x0D or 0x1C <= byte <= 0x1F


cdef inline bint is_space(char byte):
    return byte == c" " or byte == c"\t"


cdef str text_before(const char* start, const char* end):
    """Without the blanks at its end; UTF-8 where it is, else Latin-1, so every byte stays visible."""
    while start < end and is_blank(<uint8_t>(end - 1)[0]):
        end -= 1
    try:
        return PyUnicode_DecodeUTF8(start, end - start, NULL)
    except UnicodeDecodeError:
        return PyUnicode_DecodeLatin1(start, end - start, NULL)


cdef inline str text_between(const char* start, const char* end):
    """Without the blanks around it."""
    while start < end and is_blank(<uint8_t>start[0]):
        start += 1
    return text_before(start, end)


def head_end(bytes data not None, Py_ssize_t start=0):
    """Index behind the blank line that ends the head beginning at ``start``; -1 where none is in MAX_HEAD bytes.

    A line may end in LF alone (RFC 9112, section 2.2).
    """
    cdef const char* begin = PyBytes_AS_STRING(data)
    cdef const char* stop
    cdef const char* line
    if start < 0 or start >= len(data):
        return -1
    stop = begin + min(len(data), start + MAX_HEAD)
    line = <const char*>memchr(begin + start, c"\n", stop - begin - start)
    while line != NULL:
        line += 1
        if line < stop and line[0] == c"\n":
            return line + 1 - begin
        if line + 1 < stop and line[0] == c"\r" and line[1] == c"\n":
            return line + 2 - begin
        line = <const char*>memchr(line, c"\n", stop - line)
    return -1


cdef class FieldNames:
    """The fields wanted of a head, and the order their values are given in."""

    cdef readonly tuple names
    cdef tuple _encoded
    cdef const char* _text[MAX_WANTED]
    cdef Py_ssize_t _size[MAX_WANTED]
    cdef int _count

    def __init__(self, *names):
        if len(names) > MAX_WANTED:
            raise ValueError(f"at most {MAX_WANTED} names")
        self.names = names
        self._encoded = tuple([name.lower().encode() for name in names])
        self._count = len(names)
        for index, name in enumerate(self._encoded):
            self._text[index] = PyBytes_AS_STRING(name)
            self._size[index] = PyBytes_GET_SIZE(name)

    cdef int _index(self, const char* name, Py_ssize_t size):
        cdef int index
        cdef Py_ssize_t at
        cdef uint8_t byte
        for index in range(self._count):
            if self._size[index] != size:
                continue
            for at in range(size):
                byte = <uint8_t>name[at]
                if 0x41 <= byte <= 0x5A:
                    byte |= 0x20
                if byte != <uint8_t>self._text[index][at]:
                    break
            else:
                return index
        return -1

    def read(self, bytes data not None):
        """(first line, value or None of each wanted field); None without a line's end.

        Of a repeated field the first counts. Folded lines are joined (RFC 9112, section 5.2); a blank before the colon
        is forbidden, but some senders put it there.
        """
        found = self._lines(data, True)
        if found is FOLD:
            found = self._lines(FOLD.sub(b" ", data), False)
        return found

    cdef object _lines(self, bytes data, bint may_fold):
        cdef const char* line = PyBytes_AS_STRING(data)
        cdef const char* stop = line + PyBytes_GET_SIZE(data)
        cdef const char* end = <const char*>memchr(line, c"\n", stop - line)
        cdef const char* colon
        cdef const char* name_end
        cdef int index
        if end == NULL:
            return None
        first = text_before(line, end)
        values = [None] * self._count
        while end < stop:
            line = end + 1
            if line >= stop:
                break
            if may_fold and is_space(line[0]):
                return FOLD
            end = <const char*>memchr(line, c"\n", stop - line)
            if end == NULL:
                end = stop
            colon = <const char*>memchr(line, c":", end - line)
            if colon == NULL:
                continue
            name_end = colon
            while name_end > line and is_space((name_end - 1)[0]):
                name_end -= 1
            index = self._index(line, name_end - line)
            if index >= 0 and values[index] is None:
                values[index] = text_between(colon + 1, end)
        return first, values
