# DNS messages (RFC 1035, 4343, 6891): names, questions and records. What rdata says is in dns_rdata.py.

cdef enum:
    # 127 labels fill the 255 bytes of a name (RFC 1035, section 2.3.4); pointers count as labels do.
    NAME_STEPS = 127
    NAME_BYTES = 255
    # Presentation form of 255 bytes, each as \DDD.
    NAME_CHARS = 1024
    DNS_HEADER = 12
    # Questions and records read of one message: 64 kB of hostile records stay below 10 ms. The rest is a problem.
    DNS_RECORDS = 1024
    # Broken records after which the rest of a message is not read.
    DNS_PROBLEMS = 16
    DNS_A = 1
    DNS_AAAA = 28
    DNS_OPT = 41
    DNS_UPDATE = 5
    PLAUSIBLE_QUESTIONS = 32
    # In each section. Whether they fit is not asked: the capture may have cut the datagram.
    PLAUSIBLE_RECORDS = 256
    CUT = -1
    BROKEN = -2

MAX_RECORDS = DNS_RECORDS

# IANA DNS parameters, RCODEs.
RCODES = {
    0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 6: "YXDOMAIN", 7: "YXRRSET",
    8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE", 11: "DSOTYPENI", 16: "BADVERS", 17: "BADKEY", 18: "BADTIME",
    19: "BADMODE", 20: "BADNAME", 21: "BADALG", 22: "BADTRUNC", 23: "BADCOOKIE",
}

# A NamedTuple's own constructor goes through Python; a response holds many records.
cdef object new_tuple = tuple.__new__


cdef inline uint32_t uint16_at(const uint8_t* at) noexcept:
    return <uint32_t>at[0] << 8 | at[1]


cdef Py_ssize_t write_label(char* text, const uint8_t* label, Py_ssize_t size) noexcept:
    """Write presentation form, at most four characters a byte; returns how many."""
    cdef Py_ssize_t length = 0
    cdef Py_ssize_t index
    cdef uint8_t byte
    for index in range(size):
        byte = label[index]
        if byte < 0x21 or byte > 0x7E:
            text[length] = c"\\"
            text[length + 1] = c"0" + byte // 100
            text[length + 2] = c"0" + byte // 10 % 10
            text[length + 3] = c"0" + byte % 10
            length += 4
        else:
            if byte == c"." or byte == c"\\":
                text[length] = c"\\"
                length += 1
            text[length] = byte
            length += 1
    return length


cdef Py_ssize_t unescaped_size(str text):
    """Bytes behind presentation form, dots included."""
    cdef Py_ssize_t count = 0
    cdef Py_ssize_t position = 0
    cdef Py_ssize_t size = len(text)
    if "\\" not in text:
        return size
    while position < size:
        if text[position] == u"\\" and position + 1 < size:
            position += 4 if u"0" <= text[position + 1] <= u"9" else 2
        else:
            position += 1
        count += 1
    return count


def escape_label(bytes label not None):
    r"""One label in presentation form: ``\.`` and ``\\``, other odd bytes as ``\DDD`` (RFC 4343, section 2.1)."""
    cdef const uint8_t* octets = <const uint8_t*>PyBytes_AS_STRING(label)
    cdef Py_ssize_t size = len(label)
    cdef Py_ssize_t start, length
    cdef char text[NAME_CHARS]
    cdef list pieces = []
    for start in range(0, size, NAME_BYTES):
        length = write_label(text, octets + start, min(size - start, NAME_BYTES))
        pieces.append(PyUnicode_DecodeASCII(text, length, NULL))
    return "".join(pieces)


cdef str name_at(const uint8_t* data, Py_ssize_t size, Py_ssize_t* after, dict names, int used):
    """The name at ``after[0]``, which moves behind it. See `read_name`."""
    cdef char text[NAME_CHARS + 4]
    cdef Py_ssize_t length = 0
    cdef Py_ssize_t wire = 1
    cdef Py_ssize_t start = after[0]
    cdef Py_ssize_t position = start
    cdef Py_ssize_t target
    cdef int step
    cdef uint32_t octet
    cdef str suffix = None
    cdef str name
    for step in range(used, NAME_STEPS + 1):
        if position >= size:
            raise Incomplete("truncated_dns_name", start)
        octet = data[position]
        position += 1
        if octet == 0:
            break
        if octet < 64:
            wire += octet + 1
            if wire <= NAME_BYTES and position + <Py_ssize_t>octet <= size:
                length += write_label(text + length, data + position, octet)
                text[length] = c"."
                length += 1
            position += octet
        elif octet >= 192:
            if position >= size:
                raise Incomplete("truncated_dns_name", start)
            target = <Py_ssize_t>(octet & 63) << 8 | data[position]
            position += 1
            if target >= start:
                raise ParseError("malformed_dns_name", start)
            suffix = names.get(target)
            if suffix is None:
                suffix = name_at(data, size, &target, names, step + 1)
            break
        else:
            raise ParseError("malformed_dns_name", start)
    else:
        raise ParseError("malformed_dns_name", start)
    if wire == 1:
        name = "." if suffix is None else suffix
    elif wire > NAME_BYTES:
        raise ParseError("malformed_dns_name", start)
    elif suffix is None or suffix == ".":
        name = PyUnicode_DecodeASCII(text, length - 1, NULL)
    elif wire + len(suffix) >= NAME_BYTES and wire + 1 + unescaped_size(suffix) > NAME_BYTES:
        raise ParseError("malformed_dns_name", start)
    else:
        name = PyUnicode_DecodeASCII(text, length, NULL) + suffix
    names[start] = name
    after[0] = position
    return name


def read_name(bytes data not None, Py_ssize_t position, dict names not None, int used=0):
    """Presentation form without the final dot (``.`` for the root) and the position after the name.

    ``names`` maps offsets already read in this message to their names; it is both read and filled. Compression
    pointers must move strictly backwards, and a name costs at most 127 labels and pointers.
    Raises Incomplete where the bytes end, ParseError for a forward pointer, a reserved label type or a name too long.
    """
    if position < 0:
        raise ParseError("malformed_dns_name", position)
    name = name_at(<const uint8_t*>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), &position, names, used)
    return name, position


cdef Py_ssize_t name_end(const uint8_t* data, Py_ssize_t size, Py_ssize_t position, Py_ssize_t longest) noexcept:
    """Where the name at ``position`` of at most ``longest`` bytes ends, CUT or BROKEN."""
    cdef Py_ssize_t start = position
    cdef uint32_t octet
    while position - start <= longest:
        if position >= size:
            return CUT
        octet = data[position]
        if octet == 0:
            return position + 1
        if octet >= 192:
            return position + 2
        if octet >= 64:
            break
        position += 1 + octet
    return BROKEN


def generic(bytes data not None, Py_ssize_t start, Py_ssize_t end):
    r"""Rdata as ``\# LEN HEX`` (RFC 3597, section 5)."""
    return f"\\# {end - start} {data[start:end].hex()}" if end > start else "\\# 0"


cdef class MessageReader:
    """One message while its sections are read."""

    cdef bytes data
    cdef const uint8_t* octets
    cdef Py_ssize_t size
    cdef Py_ssize_t position  # -1 where the rest cannot be found
    cdef dict types
    cdef dict forms
    cdef dict names
    cdef list problems
    cdef int room
    cdef object edns_udp_size
    cdef int extended_rcode

    cdef tuple questions(self, int count):
        """Raises where not one is readable."""
        cdef int readable = min(count, self.room)
        cdef uint32_t dns_class
        cdef list asked = []
        self.room -= readable
        for _ in range(readable):
            try:
                name = name_at(self.octets, self.size, &self.position, self.names, 0)
                if self.position + 4 > self.size:
                    raise Incomplete("truncated_dns", self.position)
            except ParseError as problem:
                if not asked:
                    raise
                if not self.pass_bad_name(problem) or self.position + 4 > self.size:
                    self.position = -1
                    return tuple(asked)
                self.position += 4
                continue
            dns_class = uint16_at(self.octets + self.position + 2)
            kind = self.type_name(uint16_at(self.octets + self.position))
            self.position += 4
            asked.append(new_tuple(DnsQuestion, (name, kind, dns_class & 0x7FFF, dns_class >= 0x8000)))
        if readable < count:
            self.leave_out()
        return tuple(asked)

    cdef tuple records(self, int count):
        cdef int readable
        cdef list found
        if count == 0 or self.position < 0:
            return ()
        readable = min(count, self.room)
        self.room -= readable
        found = []
        for _ in range(readable):
            if not self.take_record(found):
                self.position = -1
                return tuple(found)
        if readable < count:
            self.leave_out()
        return tuple(found)

    cdef void leave_out(self):
        self.problems.append("dns_too_many_records")
        self.position = -1

    cdef bint take_record(self, list found) except -1:
        """False where the record has no end."""
        cdef const uint8_t* fixed
        cdef Py_ssize_t start, end
        cdef uint32_t number, dns_class, ttl, length
        try:
            name = name_at(self.octets, self.size, &self.position, self.names, 0)
        except ParseError as problem:
            name = None
            if not self.pass_bad_name(problem):
                return False
        start = self.position + 10
        if start > self.size:
            self.problems.append("truncated_dns_record")
            return False
        fixed = self.octets + self.position
        number, dns_class, length = uint16_at(fixed), uint16_at(fixed + 2), uint16_at(fixed + 8)
        ttl = uint16_at(fixed + 4) << 16 | uint16_at(fixed + 6)
        end = start + length
        if end > self.size:
            self.problems.append("truncated_dns_record")
            return False
        self.position = end
        if number == DNS_OPT:
            self.edns_udp_size = dns_class
            self.extended_rcode = ttl >> 24
        elif name is not None:
            text = self.rdata(number, start, end)
            kind = self.type_name(number)
            found.append(new_tuple(DnsRecord, (name, kind, dns_class & 0x7FFF, ttl, text, dns_class >= 0x8000)))
        return True

    cdef bint pass_bad_name(self, object problem) except -1:
        """Note the name that cannot be read and go behind it; False where it has no end."""
        cdef Py_ssize_t after
        if isinstance(problem, Incomplete):
            self.problems.append("truncated_dns_record")
            return False
        self.problems.append(problem.slug)
        if len(self.problems) >= DNS_PROBLEMS:
            return False
        after = name_end(self.octets, self.size, self.position, self.size)
        if after < 0:
            return False
        self.position = after
        return True

    cdef str type_name(self, uint32_t number):
        kind = self.types.get(number)
        return f"TYPE{number}" if kind is None else kind

    cdef str rdata(self, uint32_t number, Py_ssize_t start, Py_ssize_t end):
        """Presentation form; RFC 3597 form, and a problem, where the rdata is broken."""
        if (number == DNS_A and end - start == 4) or (number == DNS_AAAA and end - start == 16):
            return ip_text(self.data[start:end])
        form = self.forms.get(number)
        # RFC 2136, section 2.4: UPDATE names records without rdata.
        if form is None or start == end or len(self.problems) >= DNS_PROBLEMS:
            return generic(self.data, start, end)
        try:
            return form(self.data, start, end, self.names)
        except (ParseError, IndexError, StructError):
            self.problems.append("malformed_dns_rdata")
            return generic(self.data, start, end)


def read_message(bytes data not None, dict types not None, dict forms not None):
    """One whole message, with mnemonics of ``types`` and rdata in presentation form by ``forms``. See `dns`."""
    cdef MessageReader reader = MessageReader.__new__(MessageReader)
    cdef const uint8_t* octets = <const uint8_t*>PyBytes_AS_STRING(data)
    cdef uint32_t flags, rcode
    if len(data) < DNS_HEADER:
        raise Incomplete("truncated_dns", len(data))
    reader.data, reader.octets, reader.size, reader.position = data, octets, len(data), DNS_HEADER
    reader.types, reader.forms, reader.names, reader.problems, reader.room = types, forms, {}, [], DNS_RECORDS
    reader.extended_rcode = 0
    asked = reader.questions(uint16_at(octets + 4))
    answers = reader.records(uint16_at(octets + 6))
    authorities = reader.records(uint16_at(octets + 8))
    additionals = reader.records(uint16_at(octets + 10))
    flags = uint16_at(octets + 2)
    rcode = flags & 15 | <uint32_t>reader.extended_rcode << 4
    return DnsMessage(
        uint16_at(octets),
        flags >= 0x8000,
        flags >> 11 & 15,
        RCODES.get(rcode) or f"RCODE{rcode}",
        flags & 0x0400 != 0,
        flags & 0x0200 != 0,
        asked,
        answers,
        authorities,
        additionals,
        reader.edns_udp_size,
        tuple(reader.problems),
    )


def is_plausible(bytes data not None):
    """Whether these bytes look like DNS: a cheap look at header and first name, for recognition by content."""
    cdef const uint8_t* octets = <const uint8_t*>PyBytes_AS_STRING(data)
    cdef Py_ssize_t size = len(data)
    cdef Py_ssize_t position
    cdef uint32_t flags, opcode, questions, dns_class
    if size < DNS_HEADER + 5 or octets[DNS_HEADER] >= 192:
        return False
    flags, questions = uint16_at(octets + 2), uint16_at(octets + 4)
    opcode = flags >> 11 & 15
    if flags & 0x40 or opcode == 3 or opcode > 6 or questions > PLAUSIBLE_QUESTIONS:
        return False
    if max(uint16_at(octets + 6), uint16_at(octets + 8), uint16_at(octets + 10)) > PLAUSIBLE_RECORDS:
        return False
    if flags >= 0x8000:
        if not (questions | uint16_at(octets + 6) | uint16_at(octets + 8) | uint16_at(octets + 10)):
            return False
    elif not questions or flags & 15:
        return False
    position = name_end(octets, size, DNS_HEADER, NAME_BYTES)
    if position < 0 or position + 4 > size:
        return False
    dns_class = uint16_at(octets + position + 2) & 0x7FFF
    # IN, CH, HS, NONE, ANY.
    return uint16_at(octets + position) != 0 and dns_class in (1, 3, 4, 254, 255)
