"""Resource records: type mnemonics and the presentation form of each type's rdata.

A form is a function of (message, start, end, names); it raises ParseError, IndexError or struct.error where the
rdata is not what its type says. The message around it is read in dns.py.
"""

from __future__ import annotations

from base64 import b32hexencode, b64encode
from collections.abc import Callable
from struct import Struct
from time import gmtime, strftime
from typing import Final

from netscope.engine.parse.dns_name import ESCAPE, PLAIN, plain_name, read_name, unescape
from netscope.engine.parse.wire import Reader, ip_text, mac_text
from netscope.model.errors import ParseError

Form = Callable[[bytes, int, int, dict[int, str]], str]

MAX_BITMAP_TYPES: Final = 64
"""Types listed of one NSEC bitmap; 8 kB of bitmap could name 65,536. A longer one stays in RFC 3597 form."""
MAX_STRINGS: Final = 256
"""Character-strings, SVCB parameters or values shown of one record; beyond, RFC 3597 form."""

TYPE_NAMES: Final[dict[int, str]] = {
    1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR", 10: "NULL", 11: "WKS",
    12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT", 17: "RP", 18: "AFSDB", 19: "X25", 20: "ISDN", 21: "RT",
    22: "NSAP", 23: "NSAP-PTR", 24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC", 30: "NXT",
    31: "EID", 32: "NIMLOC", 33: "SRV", 34: "ATMA", 35: "NAPTR", 36: "KX", 37: "CERT", 38: "A6", 39: "DNAME",
    40: "SINK", 41: "OPT", 42: "APL", 43: "DS", 44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY",
    49: "DHCID", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 53: "SMIMEA", 55: "HIP", 56: "NINFO", 57: "RKEY",
    58: "TALINK", 59: "CDS", 60: "CDNSKEY", 61: "OPENPGPKEY", 62: "CSYNC", 63: "ZONEMD", 64: "SVCB", 65: "HTTPS",
    66: "DSYNC", 99: "SPF", 100: "UINFO", 101: "UID", 102: "GID", 103: "UNSPEC", 104: "NID", 105: "L32", 106: "L64",
    107: "LP", 108: "EUI48", 109: "EUI64", 128: "NXNAME", 249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR",
    253: "MAILB", 254: "MAILA", 255: "ANY", 256: "URI", 257: "CAA", 258: "AVC", 259: "DOA", 260: "AMTRELAY",
    261: "RESINFO", 262: "WALLET", 32768: "TA", 32769: "DLV",
}  # fmt: skip
"""IANA DNS parameters, resource record types."""

SVCB_KEYS: Final = {
    0: "mandatory", 1: "alpn", 2: "no-default-alpn", 3: "port", 4: "ipv4hint", 5: "ech", 6: "ipv6hint", 7: "dohpath",
    8: "ohttp", 9: "tls-supported-groups", 10: "docpath",
}  # fmt: skip
"""RFC 9460, section 14.3.2, and IANA's later additions."""

MAIL = Struct("!H").unpack_from
SERVICE = Struct("!HHH").unpack_from
START_OF_AUTHORITY = Struct("!IIIII").unpack_from
SIGNATURE = Struct("!HBBIIIH").unpack_from


def type_name(number: int) -> str:
    return TYPE_NAMES.get(number) or f"TYPE{number}"


def _misfit(position: int) -> ParseError:
    return ParseError("malformed_dns_rdata", position)


def _ends(text: str, position: int, end: int) -> str:
    """``text``, where the rdata ends with what was read."""
    if position != end:
        raise _misfit(position)
    return text


def address(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    if end - start not in (4, 16):
        raise _misfit(start)
    return ip_text(data[start:end])


def ipv4(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    if end - start != 4:
        raise _misfit(start)
    return ip_text(data[start:end])


def ipv6(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    if end - start != 16:
        raise _misfit(start)
    return ip_text(data[start:end])


def one_name(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """NS, CNAME, PTR, DNAME …"""
    name, position = read_name(data, start, names)
    if position != end:
        raise _misfit(position)
    return name


def two_names(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """RP, MINFO."""
    first, position = read_name(data, start, names)
    second, position = read_name(data, position, names)
    return _ends(f"{first} {second}", position, end)


def preference_name(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """MX, KX, AFSDB, RT, LP."""
    name, position = read_name(data, start + 2, names)
    return _ends(f"{MAIL(data, start)[0]} {name}", position, end)


def start_of_authority(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    primary, position = read_name(data, start, names)
    mailbox, position = read_name(data, position, names)
    numbers = START_OF_AUTHORITY(data, position)
    return _ends(f"{primary} {mailbox} {' '.join(map(str, numbers))}", position + 20, end)


def service(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """SRV (RFC 2782)."""
    priority, weight, port = SERVICE(data, start)
    target, position = read_name(data, start + 6, names)
    return _ends(f"{priority} {weight} {port} {target}", position, end)


STRING_PLAIN: Final = bytes({*PLAIN, 0x20} - {0x22})
STRING_FORMS: Final = tuple(
    "\\" + chr(byte) if byte in b'"\\' else chr(byte) if byte in STRING_PLAIN else f"\\{byte:03d}"
    for byte in range(256)
)


def quoted(raw: bytes) -> str:
    """A character-string in quotes (RFC 1035, section 5.1)."""
    if raw.translate(None, STRING_PLAIN):
        return '"' + "".join(map(STRING_FORMS.__getitem__, raw)) + '"'
    return f'"{raw.decode("ascii")}"'


def unquote(text: str) -> list[bytes]:
    """The character-strings behind the presentation form of TXT or HINFO; none where it is not that form."""
    if not text.startswith('"'):
        return []
    strings, part = [], ""
    for piece in text[1:-1].split('" "'):
        part += piece
        if len(ESCAPE.sub("", part)) == len(ESCAPE.sub("", part).rstrip("\\")):
            strings.append(unescape(part))
            part = ""
        else:
            part += '" "'
    return strings


def strings(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """TXT, SPF, HINFO."""
    parts: list[str] = []
    position = start
    while position < end:
        length = data[position]
        position += 1
        if position + length > end or len(parts) == MAX_STRINGS:
            raise _misfit(position)
        parts.append(quoted(data[position : position + length]))
        position += length
    return " ".join(parts)


def authorization(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """CAA (RFC 8659, section 4.1)."""
    value = start + 2 + data[start + 1]
    if value > end or value == start + 2:
        raise _misfit(start)
    return f"{data[start]} {data[start + 2 : value].decode('latin-1')} {quoted(data[value:end])}"


def naming_authority(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """NAPTR (RFC 3403)."""
    reader = Reader(data, "dns_rdata", start, end)
    order, preference = reader.uint16(), reader.uint16()
    flags, services, regexp = quoted(reader.vector8()), quoted(reader.vector8()), quoted(reader.vector8())
    replacement, position = read_name(data, reader.position, names)
    return _ends(f"{order} {preference} {flags} {services} {regexp} {replacement}", position, end)


def uri(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """RFC 7553."""
    reader = Reader(data, "dns_rdata", start, end)
    return f"{reader.uint16()} {reader.uint16()} {quoted(reader.rest())}"


def service_binding(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """SVCB and HTTPS with parameters (RFC 9460, section 2)."""
    reader = Reader(data, "dns_rdata", start, end)
    priority = reader.uint16()
    target, position = read_name(data, reader.position, names)
    reader.seek(position)
    parts = [f"{priority} {target}"]
    while len(reader) > 0:
        if len(parts) == MAX_STRINGS:
            raise _misfit(reader.position)
        parts.append(_service_parameter(reader.uint16(), reader.vector16()))
    return _ends(" ".join(parts), reader.position, end)


def _service_parameter(key: int, value: bytes) -> str:
    name = SVCB_KEYS.get(key) or f"key{key}"
    if key == 1:
        return f'{name}="{_protocols(value)}"'
    if key == 3:
        return f"{name}={int.from_bytes(value, 'big')}"
    if key in (4, 6):
        size = 4 if key == 4 else 16
        return f"{name}={','.join(ip_text(value[at : at + size]) for at in range(0, len(value), size))}"
    if key == 5:
        return f"{name}={b64encode(value).decode('ascii')}"
    if key in (0, 9):
        numbers = [int.from_bytes(value[at : at + 2], "big") for at in range(0, len(value), 2)]
        return f"{name}={','.join(SVCB_KEYS.get(n) or f'key{n}' if key == 0 else str(n) for n in numbers)}"
    return f"{name}={quoted(value)}" if value else name


def _protocols(value: bytes) -> str:
    reader = Reader(value, "dns_rdata")
    parts = []
    while len(reader) > 0:
        protocol = quoted(reader.vector8())[1:-1]
        parts.append(protocol.replace("\\", "\\\\").replace(",", "\\\\,"))
    return ",".join(parts)


def _hex_tail(fixed: str, labels: str) -> Form:
    """Numbers by a struct format, then hex: DS, TLSA, SSHFP …"""
    layout = Struct(fixed)

    def form(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
        if end - start <= layout.size:
            raise _misfit(start)
        numbers = " ".join(map(str, layout.unpack_from(data, start)))
        return f"{numbers} {data[start + layout.size : end].hex()}"

    form.__doc__ = labels
    return form


def _base64_tail(fixed: str, labels: str) -> Form:
    layout = Struct(fixed)

    def form(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
        if end - start < layout.size:
            raise _misfit(start)
        numbers = [*map(str, layout.unpack_from(data, start))]
        return " ".join([*numbers, b64encode(data[start + layout.size : end]).decode("ascii")])

    form.__doc__ = labels
    return form


def signature(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """RRSIG, SIG (RFC 4034, section 3.2)."""
    covered, algorithm, labels, ttl, expires, begins, tag = SIGNATURE(data, start)
    signer, position = read_name(data, start + 18, names)
    if position > end:
        raise _misfit(position)
    expiration, inception = (strftime("%Y%m%d%H%M%S", gmtime(when)) for when in (expires, begins))
    head = f"{type_name(covered)} {algorithm} {labels} {ttl} {expiration} {inception} {tag} {signer}"
    return f"{head} {b64encode(data[position:end]).decode('ascii')}"


def next_secure(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """NSEC (RFC 4034, section 4); in mDNS also (RFC 6762, section 6.1)."""
    name, position = read_name(data, start, names)
    return f"{name} {_bitmap(data, position, end)}".rstrip()


def next_secure3(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """NSEC3 (RFC 5155, section 3.3)."""
    reader = Reader(data, "dns_rdata", start, end)
    numbers = f"{reader.uint8()} {reader.uint8()} {reader.uint16()}"
    salt, following = reader.vector8(), reader.vector8()
    owner = b32hexencode(following).decode("ascii").rstrip("=").lower()
    return f"{numbers} {salt.hex() or '-'} {owner} {_bitmap(data, reader.position, end)}".rstrip()


def next_secure3_parameters(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    reader = Reader(data, "dns_rdata", start, end)
    numbers = f"{reader.uint8()} {reader.uint8()} {reader.uint16()}"
    salt = reader.vector8()
    return _ends(f"{numbers} {salt.hex() or '-'}", reader.position, end)


def synchronization(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """CSYNC (RFC 7477)."""
    reader = Reader(data, "dns_rdata", start, end)
    return f"{reader.uint32()} {reader.uint16()} {_bitmap(data, reader.position, end)}".rstrip()


def _bitmap(data: bytes, position: int, end: int) -> str:
    """Type bitmaps (RFC 4034, section 4.1.2)."""
    types: list[str] = []
    while position < end:
        window, length = data[position], data[position + 1]
        position += 2
        if not 0 < length <= 32 or position + length > end:
            raise _misfit(position)
        bits = int.from_bytes(data[position : position + length], "big")
        if len(types) + bits.bit_count() > MAX_BITMAP_TYPES:
            raise _misfit(position)
        types += _types_of(bits, window << 8, length * 8)
        position += length
    if position != end:
        raise _misfit(position)
    return " ".join(types)


def _types_of(bits: int, first: int, width: int) -> list[str]:
    found = []
    while bits:
        bit = bits.bit_length()
        found.append(type_name(first + width - bit))
        bits ^= 1 << (bit - 1)
    return found


def hardware(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """EUI48, EUI64 (RFC 7043)."""
    return mac_text(data[start:end]).replace(":", "-")


RDATA_FORMS: Final[dict[int, Form]] = {
    1: ipv4,
    **dict.fromkeys((2, 3, 4, 5, 7, 8, 9, 12, 23, 39), one_name),
    6: start_of_authority,
    **dict.fromkeys((13, 16, 19, 20, 27, 56, 99, 258, 261, 262), strings),
    **dict.fromkeys((14, 17, 58), two_names),
    **dict.fromkeys((15, 18, 21, 36, 107), preference_name),
    **dict.fromkeys((24, 46), signature),
    **dict.fromkeys((25, 48, 57, 60), _base64_tail("!HBB", "KEY, DNSKEY, RKEY, CDNSKEY (RFC 4034, section 2.2)")),
    28: ipv6,
    33: service,
    35: naming_authority,
    37: _base64_tail("!HHB", "CERT (RFC 4398)"),
    **dict.fromkeys((43, 59, 32768, 32769), _hex_tail("!HBB", "DS, CDS, TA, DLV (RFC 4034, section 5.3)")),
    44: _hex_tail("!BB", "SSHFP (RFC 4255)"),
    47: next_secure,
    **dict.fromkeys((49, 61), _base64_tail("!", "DHCID (RFC 4701), OPENPGPKEY (RFC 7929)")),
    50: next_secure3,
    51: next_secure3_parameters,
    **dict.fromkeys((52, 53), _hex_tail("!BBB", "TLSA, SMIMEA (RFC 6698)")),
    62: synchronization,
    63: _hex_tail("!IBB", "ZONEMD (RFC 8976)"),
    **dict.fromkeys((64, 65), service_binding),
    **dict.fromkeys((108, 109), hardware),
    256: uri,
    257: authorization,
}
"""A type not here is shown in RFC 3597 form."""

__all__ = ["RDATA_FORMS", "TYPE_NAMES", "Form", "plain_name", "quoted", "type_name", "unquote"]
