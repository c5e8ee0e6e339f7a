"""LDAP messages (RFC 4511): simple binds in clear and StartTLS. Names and passwords are not read out."""

from __future__ import annotations

from typing import Final, NamedTuple

from netscope.engine.parse import ber
from netscope.model.errors import ParseError

START_TLS_OID: Final = b"1.3.6.1.4.1.1466.20037"
"""RFC 4511, section 4.14.1."""

MAX_MESSAGE_BYTES: Final = 1 << 20

BIND_REQUEST: Final = 0x60
BIND_RESPONSE: Final = 0x61
UNBIND_REQUEST: Final = 0x42
EXTENDED_REQUEST: Final = 0x77
EXTENDED_RESPONSE: Final = 0x78
_OPERATIONS: Final = frozenset(
    (
        0x60,
        0x61,
        0x42,
        0x63,
        0x64,
        0x65,
        0x66,
        0x67,
        0x68,
        0x69,
        0x4A,
        0x6B,
        0x6C,
        0x6D,
        0x6E,
        0x6F,
        0x50,
        0x73,
        0x77,
        0x78,
        0x79,
    )
)
_SIMPLE: Final = 0x80
_REQUEST_NAME: Final = 0x80


class LdapMessage(NamedTuple):
    operation: int
    """Tag of the protocolOp."""
    is_start_tls: bool
    has_password: bool
    """A bind with simple authentication and a password that is not empty."""
    succeeded: bool
    """resultCode 0 in a bind or extended response."""
    size: int
    """Bytes of the whole message."""


def looks_like_ldap(data: bytes) -> bool:
    """The envelope of a first message; the operation may reach past the bytes at hand."""
    if len(data) < 7 or data[0] != ber.SEQUENCE:
        return False
    position = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
    if data[1] > 0x84 or data[1] == 0x80 or len(data) < position + 3 or data[position] != ber.INTEGER:
        return False
    size = data[position + 1]
    after = position + 2 + size
    return 0 < size <= 4 and len(data) > after and data[after] in _OPERATIONS


def parse_ldap(data: bytes, position: int = 0) -> LdapMessage:
    """The message at ``position``. Raises ParseError ``malformed_ldap``, Incomplete ``truncated_ldap``."""
    tag, start, end = ber.element(data, position, len(data), "ldap", nested=False)
    if tag != ber.SEQUENCE:
        raise ParseError("malformed_ldap", position)
    _, operation_at = ber.integer(data, start, end, "ldap")
    operation, start, stop = ber.element(data, operation_at, end, "ldap")
    if operation not in _OPERATIONS:
        raise ParseError("malformed_ldap", operation_at)
    size = end - position
    if operation == BIND_REQUEST:
        return LdapMessage(operation, False, _has_password(data, start, stop), False, size)
    if operation == EXTENDED_REQUEST:
        name, at, behind = ber.element(data, start, stop, "ldap")
        return LdapMessage(operation, name == _REQUEST_NAME and data[at:behind] == START_TLS_OID, False, False, size)
    if operation in (BIND_RESPONSE, EXTENDED_RESPONSE):
        code, _ = ber.integer(data, start, stop, "ldap", ber.ENUMERATED)
        return LdapMessage(operation, False, False, code == 0, size)
    return LdapMessage(operation, False, False, False, size)


def _has_password(data: bytes, position: int, end: int) -> bool:
    _, position = ber.integer(data, position, end, "ldap")
    _, _, position = ber.element(data, position, end, "ldap")
    method, start, stop = ber.element(data, position, end, "ldap")
    return method == _SIMPLE and stop > start
