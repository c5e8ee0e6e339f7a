"""MQTT's CONNECT packet (MQTT 3.1.1 and 5.0, section 3.1): version, client id, and whether a password is in it."""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.wire import Reader, text_of
from netscope.model.errors import ParseError
from netscope.model.service import Plaintext

_CONNECT: Final = 0x10
_NAMES: Final = (b"\x00\x04MQTT", b"\x00\x06MQIsdp")
_VERSIONS: Final = {3: "3.1", 4: "3.1.1", 5: "5.0"}
_PASSWORD_FLAG: Final = 0x40
MAX_PACKET_BYTES: Final = 65_536
"""A CONNECT with a will may be larger; the client id stands before the will."""


def looks_like_mqtt(data: bytes) -> bool:
    if data[:1] != b"\x10":
        return False
    return any(data[start : start + len(name)] == name for start in range(2, 6) for name in _NAMES)


def read_mqtt(data: bytes, from_server: bool) -> Plaintext:
    """Raises Incomplete ``truncated_mqtt``, ParseError ``malformed_mqtt``."""
    if from_server:
        return Plaintext()
    reader = Reader(data, "mqtt")
    if reader.uint8() != _CONNECT:
        raise reader.malformed()
    _variable_integer(reader)
    if reader.vector16() not in (b"MQTT", b"MQIsdp"):
        raise reader.malformed()
    level, flags = reader.uint8() & 0x7F, reader.uint8()
    reader.skip(2)
    if level >= 5:
        reader.skip(_variable_integer(reader))
    client_id = text_of(reader.vector16())
    facts = [("version", _VERSIONS.get(level, str(level)))]
    if client_id:
        facts.append(("client_id", client_id))
    return Plaintext(tuple(facts), "password" if flags & _PASSWORD_FLAG else None)


def _variable_integer(reader: Reader) -> int:
    value = 0
    for shift in (0, 7, 14, 21):
        byte = reader.uint8()
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
    raise ParseError("malformed_mqtt", reader.position)
