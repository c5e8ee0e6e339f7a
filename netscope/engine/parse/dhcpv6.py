"""DHCPv6 (RFC 8415), with the client's message unwrapped from its relays. DHCP for IPv4 is in dhcp.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from netscope.engine.parse.dhcp import wire_name
from netscope.engine.parse.wire import Reader, ip_text, mac_text, text_of
from netscope.model.dhcp import DhcpMessage
from netscope.model.errors import ParseError

RELAY_FORW, RELAY_REPL = 12, 13
MESSAGE_TYPES: Final = {
    1: "SOLICIT", 2: "ADVERTISE", 3: "REQUEST", 4: "CONFIRM", 5: "RENEW", 6: "REBIND", 7: "REPLY", 8: "RELEASE",
    9: "DECLINE", 10: "RECONFIGURE", 11: "INFORMATION-REQUEST", 12: "RELAY-FORW", 13: "RELAY-REPL", 14: "LEASEQUERY",
    15: "LEASEQUERY-REPLY", 16: "LEASEQUERY-DONE", 17: "LEASEQUERY-DATA", 18: "RECONFIGURE-REQUEST",
    19: "RECONFIGURE-REPLY", 20: "DHCPV4-QUERY", 21: "DHCPV4-RESPONSE", 22: "ACTIVELEASEQUERY", 23: "STARTTLS",
    24: "BNDUPD", 25: "BNDREPLY", 26: "POOLREQ", 27: "POOLRESP", 28: "UPDREQ", 29: "UPDREQALL", 30: "UPDDONE",
    31: "CONNECT", 32: "CONNECTREPLY", 33: "DISCONNECT", 34: "STATE", 35: "CONTACT", 36: "ADDR-REG-INFORM",
    37: "ADDR-REG-REPLY",
}  # fmt: skip
"""IANA DHCPv6 parameters, message types."""
FROM_SERVER: Final = frozenset((2, 7, 10, 13, 15, 16, 17, 19, 21, 37))

CLIENT_ID, SERVER_ID, IA_NA, IA_TA, IA_ADDRESS, REQUEST_LIST = 1, 2, 3, 4, 5, 6
RELAY_MESSAGE, SERVER_UNICAST, VENDOR_CLASS, INTERFACE_ID = 9, 12, 16, 18
DNS_SERVERS, DOMAIN_LIST, REMOTE_ID, CLIENT_FQDN, CLIENT_LINK_LAYER = 23, 24, 37, 39, 79

MAX_RELAYS: Final = 8
"""HOP_COUNT_LIMIT (RFC 8415, section 7.6): a message wrapped more often is not unwrapped further."""
MAX_OPTIONS: Final = 256
"""Options read at one level."""
MAX_ADDRESSES: Final = 64

DUID_LLT, DUID_LL = 1, 3
HARDWARE_ETHERNET: Final = 1


@dataclass(slots=True)
class Relayed:
    """What the relays around a message say."""

    link_ip: str | None = None
    peer_ip: str | None = None
    mac: str | None = None
    interface_id: str | None = None
    remote_id: str | None = None
    codes: list[int] = field(default_factory=list)


def parse(data: bytes) -> DhcpMessage:
    """One message of UDP port 546 or 547, without the relays it is wrapped in.

    Raises Incomplete for a cut header, ParseError for an unknown message type. Options after a broken one are not
    read; what came before stands.
    """
    relayed = Relayed()
    number, body, options = _unwrap(data, relayed)
    values = dict(reversed(options))
    duid = values.get(CLIENT_ID, b"")
    from_client = number not in FROM_SERVER
    address, lease_seconds = _leased(values)
    return DhcpMessage(
        version=6,
        message_type=MESSAGE_TYPES[number],
        transaction_id=int.from_bytes(body[1:4], "big") if number not in (RELAY_FORW, RELAY_REPL) else 0,
        from_client=from_client,
        mac=relayed.mac or duid_mac(duid),
        hostname=None,
        fqdn=wire_name(values[CLIENT_FQDN][1:]) if len(values.get(CLIENT_FQDN, b"")) > 1 else None,
        vendor_class=_vendor_class(values.get(VENDOR_CLASS, b"")),
        client_id=duid.hex() or None,
        parameter_request_list=_codes(values.get(REQUEST_LIST, b"")),
        options=tuple(code for code, _ in options),
        client_ip=relayed.peer_ip,
        requested_ip=address if from_client else None,
        assigned_ip=None if from_client else address,
        server_ip=_address(values.get(SERVER_UNICAST, b"")),
        relay_ip=relayed.link_ip,
        lease_seconds=lease_seconds,
        subnet_mask=None,
        routers=(),
        dns_servers=_addresses(values.get(DNS_SERVERS, b"")),
        domain=_first_domain(values.get(DOMAIN_LIST, b"")),
        circuit_id=relayed.interface_id,
        remote_id=relayed.remote_id,
    )


def is_plausible(data: bytes) -> bool:
    """Whether these bytes look like DHCPv6: a known type, options that fit one after the other to the end."""
    if len(data) < 8 or data[0] not in MESSAGE_TYPES:
        return False
    position = 34 if data[0] in (RELAY_FORW, RELAY_REPL) else 4
    for _ in range(MAX_OPTIONS):
        if position + 4 > len(data):
            return position == len(data)
        position += 4 + (data[position + 2] << 8 | data[position + 3])
    return False


def _unwrap(data: bytes, relayed: Relayed) -> tuple[int, bytes, list[tuple[int, bytes]]]:
    """The innermost message there is: its type, its bytes and its options (RFC 8415, section 9)."""
    for _ in range(MAX_RELAYS + 1):
        reader = Reader(data, "dhcpv6")
        number = reader.uint8()
        if number not in MESSAGE_TYPES:
            raise ParseError("unknown_dhcpv6_message", 0)
        if number not in (RELAY_FORW, RELAY_REPL):
            reader.skip(3)
            return number, data, _options(reader)
        reader.skip(1)
        link_ip, peer_ip = reader.take(16), reader.take(16)
        options = _options(reader)
        values = dict(reversed(options))
        _note_relay(relayed, link_ip, peer_ip, values)
        if RELAY_MESSAGE not in values:
            return number, data, options
        data = values[RELAY_MESSAGE]
    raise ParseError("dhcpv6_too_many_relays", 0)


def _note_relay(relayed: Relayed, link_ip: bytes, peer_ip: bytes, values: dict[int, bytes]) -> None:
    """The relay next to the client is the innermost: its word replaces that of the outer ones."""
    relayed.link_ip = ip_text(link_ip) if any(link_ip) else relayed.link_ip
    relayed.peer_ip = ip_text(peer_ip)
    link_layer = values.get(CLIENT_LINK_LAYER, b"")
    if len(link_layer) == 8 and link_layer[:2] == b"\0\1":
        relayed.mac = mac_text(link_layer[2:])  # RFC 6939
    if INTERFACE_ID in values:
        relayed.interface_id = values[INTERFACE_ID].hex()
    if REMOTE_ID in values:
        relayed.remote_id = values[REMOTE_ID].hex()


def _options(reader: Reader) -> list[tuple[int, bytes]]:
    options: list[tuple[int, bytes]] = []
    while len(reader) >= 4 and len(options) < MAX_OPTIONS:
        code, length = reader.uint16(), reader.uint16()
        if length > len(reader):
            break
        options.append((code, reader.take(length)))
    return options


def duid_mac(duid: bytes) -> str | None:
    """The Ethernet address in a DUID-LLT or DUID-LL (RFC 8415, section 11)."""
    if len(duid) < 4 or duid[2] << 8 | duid[3] != HARDWARE_ETHERNET:
        return None
    kind = duid[0] << 8 | duid[1]
    address = duid[8:] if kind == DUID_LLT else duid[4:] if kind == DUID_LL else b""
    return mac_text(address) if len(address) == 6 else None


def _leased(values: dict[int, bytes]) -> tuple[str | None, int | None]:
    """First address of IA_NA or IA_TA and its valid lifetime (RFC 8415, sections 21.4 to 21.6)."""
    for association, fixed_bytes in ((IA_NA, 12), (IA_TA, 4)):
        reader = Reader(values.get(association, b"")[fixed_bytes:], "dhcpv6")
        for code, value in _options(reader):
            if code == IA_ADDRESS and len(value) >= 24:
                return ip_text(value[:16]), int.from_bytes(value[20:24], "big")
    return None, None


def _vendor_class(value: bytes) -> str | None:
    """Strings of option 16 behind the enterprise number, separated by spaces (RFC 8415, section 21.16)."""
    reader = Reader(value[4:], "dhcpv6")
    parts = []
    while len(reader) >= 2:
        length = reader.uint16()
        if length > len(reader):
            break
        parts.append(text_of(reader.take(length)))
    return " ".join(parts) or None


def _codes(value: bytes) -> tuple[int, ...]:
    return tuple(value[at] << 8 | value[at + 1] for at in range(0, len(value) - 1, 2))


def _address(value: bytes) -> str | None:
    return ip_text(value) if len(value) == 16 else None


def _addresses(value: bytes) -> tuple[str, ...]:
    addresses = (ip_text(value[at : at + 16]) for at in range(0, len(value) - 15, 16))
    return tuple(address for address, _ in zip(addresses, range(MAX_ADDRESSES), strict=False))


def _first_domain(value: bytes) -> str | None:
    return wire_name(value[: value.find(b"\0") + 1]) if b"\0" in value else None
