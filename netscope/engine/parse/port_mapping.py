"""Requests that open a door at the router: UPnP's AddPortMapping, NAT-PMP and PCP."""

from __future__ import annotations

import re
import struct
from typing import Final, NamedTuple

from netscope.engine.parse.wire import text_of

SOAP_ACTIONS: Final = (b":AddPortMapping", b":AddAnyPortMapping")
"""UPnP WANIPConnection:1 and :2, sections 2.4.16 and 2.5.17, as the element of a SOAP body."""
MAX_TEXT_CHARS: Final = 64
NAT_PMP_MAP: Final = struct.Struct(">BBHHHI")
"""RFC 6886, section 3.3: version, opcode, reserved, internal port, external port, lifetime."""
PCP_MAP: Final = struct.Struct(">BBHI16s12sB3sHH")
"""RFC 6887, sections 7.1 and 11.1: version, opcode, reserved, lifetime, client, nonce, protocol, reserved, ports."""
_PROTOCOLS: Final = {1: "udp", 2: "tcp"}
_PCP_PROTOCOLS: Final = {6: "tcp", 17: "udp"}


class Mapping(NamedTuple):
    protocol: str
    external_port: int
    """0: any."""
    internal_port: int
    client: str | None
    """For whom, where the request names another host than its sender."""
    description: str | None


def soap_mapping(body: bytes) -> Mapping | None:
    """What a SOAP body asks a router to open; None where it asks for something else."""
    if not any(action in body for action in SOAP_ACTIONS):
        return None
    external, internal = _number(body, b"NewExternalPort"), _number(body, b"NewInternalPort")
    if internal is None:
        return None
    protocol = (_text(body, b"NewProtocol") or "tcp").lower()
    return Mapping(
        protocol if protocol in ("tcp", "udp") else "tcp", external or 0, internal,
        _text(body, b"NewInternalClient"), _text(body, b"NewPortMappingDescription"),
    )  # fmt: skip


def datagram_mapping(data: bytes) -> Mapping | None:
    """The same of a NAT-PMP or PCP request; None for answers, removals (lifetime 0) and what is neither."""
    if len(data) == NAT_PMP_MAP.size and data[0] == 0 and data[1] in _PROTOCOLS:
        _, opcode, _, internal, external, lifetime = NAT_PMP_MAP.unpack(data)
        return Mapping(_PROTOCOLS[opcode], external, internal, None, None) if lifetime else None
    if len(data) >= PCP_MAP.size and data[0] == 2 and data[1] == 1:
        _, _, _, lifetime, _, _, number, _, internal, external = PCP_MAP.unpack_from(data)
        protocol = _PCP_PROTOCOLS.get(number)
        return Mapping(protocol, external, internal, None, None) if lifetime and protocol else None
    return None


def _text(body: bytes, element: bytes) -> str | None:
    found = re.search(rb"<" + element + rb"(?:\s[^>]{0,80})?>([^<]{1,256})<", body)
    return text_of(found[1].strip())[:MAX_TEXT_CHARS] if found is not None else None


def _number(body: bytes, element: bytes) -> int | None:
    text = _text(body, element)
    return int(text) if text and text.isascii() and text.isdigit() and int(text) < 65_536 else None
