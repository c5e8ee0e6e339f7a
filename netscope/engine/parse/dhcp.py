"""DHCP for IPv4 and plain BOOTP (RFC 2131, 2132, 3046, 3396, 4702). DHCPv6 is in dhcpv6.py."""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.dns_name import escape_label, read_name
from netscope.engine.parse.wire import UINT32, Reader, ip_text, mac_text, text_of
from netscope.model.dhcp import DhcpMessage
from netscope.model.errors import ParseError

FIXED_BYTES: Final = 236
COOKIE: Final = b"\x63\x82\x53\x63"
MAX_OPTIONS: Final = 512
"""Options read of one message; the codes are 254, and a long value is split over several (RFC 3396)."""

BOOTREQUEST: Final = 1
BOOTREPLY: Final = 2
HARDWARE_ETHERNET: Final = 1

PAD, SUBNET_MASK, ROUTER, DNS_SERVER, HOSTNAME, DOMAIN = 0, 1, 3, 6, 12, 15
REQUESTED_IP, LEASE, OVERLOAD, MESSAGE_TYPE, SERVER_ID, PARAMETER_LIST = 50, 51, 52, 53, 54, 55
VENDOR_CLASS, CLIENT_ID, FQDN, RELAY_AGENT, END = 60, 61, 81, 82, 255

MESSAGE_TYPES: Final = {
    1: "DISCOVER", 2: "OFFER", 3: "REQUEST", 4: "DECLINE", 5: "ACK", 6: "NAK", 7: "RELEASE", 8: "INFORM",
    9: "FORCERENEW", 10: "LEASEQUERY", 11: "LEASEUNASSIGNED", 12: "LEASEUNKNOWN", 13: "LEASEACTIVE",
    14: "BULKLEASEQUERY", 15: "LEASEQUERYDONE", 16: "ACTIVELEASEQUERY", 17: "LEASEQUERYSTATUS", 18: "TLS",
}  # fmt: skip
"""IANA BOOTP and DHCP parameters, DHCP message type 53 values."""

FQDN_WIRE_FORM: Final = 0x04


def parse(data: bytes) -> DhcpMessage:
    """One message of UDP port 67 or 68.

    Raises Incomplete where the fixed part is cut, ParseError where it is no BOOTP. Options after a broken one are
    not read; what came before stands.
    """
    reader = Reader(data, "dhcp")
    operation, hardware, hardware_bytes = reader.uint8(), reader.uint8(), reader.uint8()
    if operation not in (BOOTREQUEST, BOOTREPLY) or hardware_bytes > 16:
        raise reader.malformed()
    reader.skip(1)
    transaction_id = reader.uint32()
    reader.skip(4)
    client_ip, your_ip = _given(reader.take(4)), _given(reader.take(4))
    reader.skip(4)
    relay_ip = _given(reader.take(4))
    chaddr = reader.take(16)
    fields = reader.take(64 + 128)
    values, codes = _all_options(data, fields)
    client_id = values.get(CLIENT_ID)
    circuit_id, remote_id = _relay_agent(values.get(RELAY_AGENT, b""))
    return DhcpMessage(
        version=4,
        message_type=_message_type(values, operation),
        transaction_id=transaction_id,
        from_client=operation == BOOTREQUEST,
        mac=_hardware_address(hardware, chaddr[:hardware_bytes], client_id),
        hostname=_text(values, HOSTNAME),
        fqdn=_fqdn(values.get(FQDN, b"")),
        vendor_class=_text(values, VENDOR_CLASS),
        client_id=client_id.hex() if client_id else None,
        parameter_request_list=tuple(values.get(PARAMETER_LIST, b"")),
        options=tuple(codes),
        client_ip=client_ip,
        requested_ip=_address(values, REQUESTED_IP),
        assigned_ip=your_ip,
        server_ip=_address(values, SERVER_ID),
        relay_ip=relay_ip,
        lease_seconds=_lease(values),
        subnet_mask=_address(values, SUBNET_MASK),
        routers=_addresses(values, ROUTER),
        dns_servers=_addresses(values, DNS_SERVER),
        domain=_text(values, DOMAIN),
        circuit_id=circuit_id,
        remote_id=remote_id,
    )


def is_plausible(data: bytes) -> bool:
    """Whether these bytes look like DHCP: the magic cookie, or BOOTP's fixed part over Ethernet."""
    if len(data) < FIXED_BYTES or data[0] not in (BOOTREQUEST, BOOTREPLY):
        return False
    if data[FIXED_BYTES : FIXED_BYTES + 4] == COOKIE:
        return True
    return data[1] == HARDWARE_ETHERNET and data[2] == 6 and not any(data[34:44])


def _all_options(data: bytes, fields: bytes) -> tuple[dict[int, bytes], list[int]]:
    """Values and codes in order; with option 52 also those in the file and sname fields (RFC 2131, section 4.1)."""
    values: dict[int, bytes] = {}
    codes: list[int] = []
    if data[FIXED_BYTES : FIXED_BYTES + 4] == COOKIE:
        _read_options(data[FIXED_BYTES + 4 :], values, codes)
        overload = values.get(OVERLOAD, b"\0")[:1]
        if overload in (b"\1", b"\3"):
            _read_options(fields[64:], values, codes)
        if overload in (b"\2", b"\3"):
            _read_options(fields[:64], values, codes)
    return values, codes


def _read_options(area: bytes, values: dict[int, bytes], codes: list[int]) -> None:
    """A code that comes again continues its value (RFC 3396, section 7)."""
    position, end = 0, len(area)
    while position < end and len(codes) < MAX_OPTIONS:
        code = area[position]
        position += 1
        if code == PAD:
            position = end - len(area[position:].lstrip(b"\0"))
            continue
        if code == END or position == end:
            return
        length = area[position]
        position += 1
        if position + length > end:
            return
        values[code] = values.get(code, b"") + area[position : position + length]
        codes.append(code)
        position += length


def _message_type(values: dict[int, bytes], operation: int) -> str:
    value = values.get(MESSAGE_TYPE)
    if not value:
        return "BOOTREQUEST" if operation == BOOTREQUEST else "BOOTREPLY"
    return MESSAGE_TYPES.get(value[0]) or f"TYPE{value[0]}"


def _hardware_address(hardware: int, chaddr: bytes, client_id: bytes | None) -> str | None:
    """chaddr of Ethernet; else of a client identifier that is one (IPoIB sends no chaddr: RFC 4390, section 2.1)."""
    if len(chaddr) == 6 and any(chaddr):
        return mac_text(chaddr)
    if client_id and len(client_id) == 7 and client_id[0] == HARDWARE_ETHERNET:
        return mac_text(client_id[1:])
    return mac_text(chaddr) if any(chaddr) and hardware == HARDWARE_ETHERNET else None


def _fqdn(value: bytes) -> str | None:
    """Option 81: flags, two rcodes, then a name as text or, with the E flag, in DNS form (RFC 4702, section 2)."""
    if len(value) < 4:
        return None
    if not value[0] & FQDN_WIRE_FORM:
        return text_of(value[3:]) or None
    return wire_name(value[3:])


def wire_name(value: bytes) -> str | None:
    """A name in DNS form that may lack its end where it is partial (RFC 4704, section 4.2)."""
    try:
        name = read_name(value + b"\0", 0, {})[0]
    except ParseError:
        return escape_label(value)
    return None if name == "." else name


def _relay_agent(value: bytes) -> tuple[str | None, str | None]:
    """Circuit id and remote id of option 82 (RFC 3046, section 2.0)."""
    found: dict[int, bytes] = {}
    _read_options(value, found, [])
    circuit, remote = found.get(1), found.get(2)
    return circuit.hex() if circuit else None, remote.hex() if remote else None


def _given(packed: bytes) -> str | None:
    return ip_text(packed) if any(packed) else None


def _text(values: dict[int, bytes], code: int) -> str | None:
    return text_of(values.get(code, b"")) or None


def _address(values: dict[int, bytes], code: int) -> str | None:
    value = values.get(code, b"")
    return ip_text(value[:4]) if len(value) >= 4 else None


def _addresses(values: dict[int, bytes], code: int) -> tuple[str, ...]:
    value = values.get(code, b"")
    return tuple(ip_text(value[at : at + 4]) for at in range(0, len(value) - 3, 4))


def _lease(values: dict[int, bytes]) -> int | None:
    value = values.get(LEASE, b"")
    if len(value) != 4:
        return None
    seconds: int = UINT32(value)[0]
    return seconds


__all__ = ["is_plausible", "parse", "wire_name"]
