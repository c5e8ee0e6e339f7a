"""Neighbour discovery for IPv6 (RFC 4861, 8106), from the ICMPv6 type on. Other ICMPv6 is in icmp.py and igmp.py."""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.wire import Reader, ip_text, mac_text
from netscope.model.link import NdpMessage, RaPrefix

ROUTER_SOLICITATION: Final = 133
ROUTER_ADVERTISEMENT: Final = 134
NEIGHBOR_SOLICITATION: Final = 135
NEIGHBOR_ADVERTISEMENT: Final = 136
REDIRECT: Final = 137

KINDS: Final = {
    ROUTER_SOLICITATION: "router_solicitation",
    ROUTER_ADVERTISEMENT: "router_advertisement",
    NEIGHBOR_SOLICITATION: "neighbor_solicitation",
    NEIGHBOR_ADVERTISEMENT: "neighbor_advertisement",
    REDIRECT: "redirect",
}

OPTION_SOURCE_LINK_LAYER: Final = 1
OPTION_TARGET_LINK_LAYER: Final = 2
OPTION_PREFIX: Final = 3
OPTION_RDNSS: Final = 25

MAX_OPTIONS: Final = 256
"""Options read of one message; a full 1,500-byte frame holds 182 of the smallest."""


def parse(data: bytes) -> NdpMessage:
    """One message; ParseError ``not_ndp`` where the ICMPv6 type is another, ``malformed_ndp`` for broken options."""
    reader = Reader(data, "ndp")
    number = reader.uint8()
    kind = KINDS.get(number)
    if kind is None:
        raise reader.error("not_ndp")
    reader.skip(3)
    message = NdpMessage(kind, None, None, False, False, False, None, (), (), None)
    _read_fixed(number, reader, message)
    _read_options(reader, message)
    return message


def _read_fixed(number: int, reader: Reader, message: NdpMessage) -> None:
    if number == ROUTER_ADVERTISEMENT:
        reader.skip(2)
        message.router_lifetime_seconds = reader.uint16()
        reader.skip(8)
        message.router = True
        return
    flags = reader.uint32()
    if number == ROUTER_SOLICITATION:
        return
    message.target_ip = ip_text(reader.take(16))
    if number == NEIGHBOR_ADVERTISEMENT:
        message.router = flags >> 31 == 1
        message.solicited = flags >> 30 & 1 == 1
        message.override = flags >> 29 & 1 == 1
    elif number == REDIRECT:
        message.destination_ip = ip_text(reader.take(16))


def _read_options(reader: Reader, message: NdpMessage) -> None:
    """Options until the message ends (RFC 4861, section 4.6); a length of zero is an error there."""
    for _ in range(MAX_OPTIONS):
        if len(reader) == 0:
            return
        kind, units = reader.uint8(), reader.uint8()
        if units == 0:
            raise reader.malformed()
        body = reader.take(units * 8 - 2)
        if kind in (OPTION_SOURCE_LINK_LAYER, OPTION_TARGET_LINK_LAYER) and message.link_layer_mac is None:
            message.link_layer_mac = mac_text(body[:6])
        elif kind == OPTION_PREFIX:
            message.prefixes += (_prefix(body),)
        elif kind == OPTION_RDNSS:
            message.dns_servers += _resolvers(body)
    raise reader.malformed()


def _prefix(body: bytes) -> RaPrefix:
    option = Reader(body, "ndp_prefix")
    length, flags = option.uint8(), option.uint8()
    valid_seconds, preferred_seconds = option.uint32(), option.uint32()
    option.skip(4)
    prefix = ip_text(option.take(16))
    if length > 128:
        raise option.malformed()
    return RaPrefix(f"{prefix}/{length}", flags & 0x80 != 0, flags & 0x40 != 0, valid_seconds, preferred_seconds)


def _resolvers(body: bytes) -> tuple[str, ...]:
    return tuple(ip_text(body[at : at + 16]) for at in range(6, len(body) - 15, 16))
