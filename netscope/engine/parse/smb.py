"""SMB negotiation (MS-SMB2, 2.2.3 and 2.2.4; MS-CIFS, 2.2.4.52): which dialect.

Behind a NetBIOS session on port 139, bare on port 445.
"""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.wire import Reader, text_of
from netscope.model.service import Plaintext

MAX_MESSAGE_BYTES: Final = 65_536

_SMB1: Final = b"\xffSMB"
_SMB2: Final = b"\xfeSMB"
_ENCRYPTED: Final = b"\xfdSMB"
_COMPRESSED: Final = b"\xfcSMB"
_NEGOTIATE_1: Final = 0x72
_RESPONSE_FLAG: Final = 0x80
_DIALECTS: Final = {0x0202: "2.0.2", 0x0210: "2.1", 0x02FF: "2.x", 0x0300: "3.0", 0x0302: "3.0.2", 0x0311: "3.1.1"}


def looks_like_smb(data: bytes) -> bool:
    return data[:1] == b"\0" and data[4:8] in (_SMB1, _SMB2, _ENCRYPTED, _COMPRESSED)


def looks_like_netbios_session(data: bytes) -> bool:
    """Session request (RFC 1002, section 4.3.2): two encoded names of 34 bytes. SMB follows."""
    return data[:4] == b"\x81\0\0\x44" and data[4:5] == b" "


def read_smb(data: bytes, from_server: bool) -> Plaintext:
    """The first message. Raises Incomplete ``truncated_smb``, ParseError ``malformed_smb``."""
    reader = Reader(data, "smb")
    kind = reader.uint8()
    while kind in (0x81, 0x82):
        reader.vector24()
        kind = reader.uint8()
    if kind:
        raise reader.malformed()
    message = Reader(reader.vector24(), "smb")
    mark = message.take(4)
    if mark == _SMB2:
        return _read_smb2(message)
    if mark == _SMB1:
        return _read_smb1(message)
    if mark in (_ENCRYPTED, _COMPRESSED):
        return Plaintext((("version", "3"),))
    raise reader.malformed()


def _read_smb2(message: Reader) -> Plaintext:
    message.skip(8)
    is_negotiate = message.take(2) == b"\0\0"
    message.skip(2)
    is_response = message.uint8() & 1
    message.skip(47)
    if not is_negotiate or not is_response:
        return Plaintext((("version", "2"),))
    message.skip(4)
    dialect = int.from_bytes(message.take(2), "little")
    return Plaintext((("dialect", _DIALECTS.get(dialect, f"0x{dialect:04x}")),))


def _read_smb1(message: Reader) -> Plaintext:
    command = message.uint8()
    message.skip(4)
    is_response = message.uint8() & _RESPONSE_FLAG
    if command != _NEGOTIATE_1 or is_response:
        return Plaintext((("version", "1"),))
    message.skip(22)
    message.skip(2 * message.uint8())
    message.skip(2)
    names = [text_of(part[1:]) for part in message.rest().split(b"\0")[:16] if part[:1] == b"\x02"]
    return Plaintext((("offered_dialects", ", ".join(names)),))
