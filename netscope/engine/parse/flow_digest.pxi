# The text of a Community ID: SHA-1 (RFC 3174) of at most 55 bytes, one block, and its base64 (RFC 4648).
#
# One a flow: hashlib, binascii and socket take longer to be called than all of this to run. What goes into it is
# enrich/community_id.py's matter.

cdef extern from "<arpa/inet.h>" nogil:
    int AF_INET, AF_INET6
    int inet_pton(int family, const char* text, void* packed)

cdef inline uint32_t rotl(uint32_t x, int n) noexcept nogil:
    return (x << n) | (x >> (32 - n))


cdef void sha1_one_block(const uint8_t* data, int length, uint8_t* digest) noexcept nogil:
    cdef uint8_t block[64]
    cdef uint32_t w[80]
    cdef uint32_t a = 0x67452301, b = <uint32_t>0xEFCDAB89U, c = <uint32_t>0x98BADCFEU, d = 0x10325476
    cdef uint32_t e = <uint32_t>0xC3D2E1F0U
    cdef uint32_t t
    cdef uint32_t out[5]
    cdef int i
    memset(block, 0, 64)
    memcpy(block, data, length)
    block[length] = 0x80
    block[62] = <uint8_t>((length * 8) >> 8)
    block[63] = <uint8_t>(length * 8)
    for i in range(16):
        w[i] = be32(block + 4 * i)
    for i in range(16, 80):
        w[i] = rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1)
    # Four loops: a branch in each of the eighty rounds would take half of the time.
    for i in range(20):
        t = rotl(a, 5) + ((b & c) | (~b & d)) + e + 0x5A827999 + w[i]
        e, d, c, b, a = d, c, rotl(b, 30), a, t
    for i in range(20, 40):
        t = rotl(a, 5) + (b ^ c ^ d) + e + 0x6ED9EBA1 + w[i]
        e, d, c, b, a = d, c, rotl(b, 30), a, t
    for i in range(40, 60):
        t = rotl(a, 5) + ((b & c) | (b & d) | (c & d)) + e + <uint32_t>0x8F1BBCDCU + w[i]
        e, d, c, b, a = d, c, rotl(b, 30), a, t
    for i in range(60, 80):
        t = rotl(a, 5) + (b ^ c ^ d) + e + <uint32_t>0xCA62C1D6U + w[i]
        e, d, c, b, a = d, c, rotl(b, 30), a, t
    out[0], out[1], out[2] = 0x67452301 + a, <uint32_t>0xEFCDAB89U + b, <uint32_t>0x98BADCFEU + c
    out[3], out[4] = 0x10325476 + d, <uint32_t>0xC3D2E1F0U + e
    for i in range(20):
        digest[i] = <uint8_t>(out[i >> 2] >> (24 - 8 * (i & 3)))


cdef const char* BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


cdef int packed_address(str text, uint8_t* packed) except -1:
    """Length of the address; ValueError for what is none."""
    cdef const char* at = PyUnicode_AsUTF8(text)
    if inet_pton(AF_INET, at, packed) == 1:
        return 4
    if inet_pton(AF_INET6, at, packed) == 1:
        return 16
    raise ValueError(f"no address: {text!r}")


cdef inline int put16(uint8_t* at, uint32_t value) noexcept:
    at[0], at[1] = <uint8_t>(value >> 8), <uint8_t>value
    return 2


def flow_digest(
    str source, uint32_t source_port, str destination, uint32_t destination_port, uint8_t protocol, bint has_ports,
    bint ordered, uint32_t seed,
):
    """Base64 of the SHA-1 over seed, ends, protocol and ports; ``ordered``: the ends stay as they are given."""
    cdef uint8_t ends[2][16]
    cdef uint8_t data[55]
    cdef uint8_t digest[21]
    cdef char text[28]
    cdef uint32_t three, port
    cdef int i, first = 0, length = 2, size, order
    size = packed_address(source, ends[0])
    if packed_address(destination, ends[1]) != size:
        raise ValueError("addresses of two families")
    if not ordered:
        order = memcmp(ends[0], ends[1], size)
        if order > 0 or (order == 0 and source_port > destination_port):
            first = 1
            port = source_port
            source_port, destination_port = destination_port, port
    put16(data, seed)
    memcpy(data + length, ends[first], size)
    memcpy(data + length + size, ends[1 - first], size)
    length += 2 * size
    data[length], data[length + 1] = protocol, 0
    length += 2
    if has_ports:
        length += put16(data + length, source_port)
        length += put16(data + length, destination_port)
    digest[20] = 0
    sha1_one_block(data, length, digest)
    for i in range(7):
        three = (<uint32_t>digest[3 * i] << 16) | (<uint32_t>digest[3 * i + 1] << 8) | digest[3 * i + 2]
        text[4 * i] = BASE64[three >> 18]
        text[4 * i + 1] = BASE64[(three >> 12) & 63]
        text[4 * i + 2] = BASE64[(three >> 6) & 63]
        text[4 * i + 3] = BASE64[three & 63]
    text[27] = b"="
    return PyUnicode_FromStringAndSize(text, 28)
