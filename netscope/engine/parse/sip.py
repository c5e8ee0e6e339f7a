"""SIP heads (RFC 3261, section 7): which program speaks. Numbers called and credentials are not read."""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.formats import FieldNames, head_end
from netscope.model.errors import Incomplete, ParseError
from netscope.model.service import Plaintext

_METHODS: Final = tuple(
    method + b" "
    for method in (
        b"INVITE ACK BYE CANCEL OPTIONS REGISTER PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE UPDATE"
    ).split()
)
_FIELDS: Final = FieldNames("user-agent", "server")


def looks_like_sip(data: bytes) -> bool:
    if data.startswith(b"SIP/2.0 "):
        return True
    if not data.startswith(_METHODS):
        return False
    line_end = data.find(b"\n", 0, 1024)
    if line_end < 0:
        space = data.find(b" ") + 1
        return data[space : space + 5].lower().startswith((b"sip:", b"sips:", b"tel:"))
    return data[:line_end].rstrip().endswith(b" SIP/2.0")


def read_sip(data: bytes, from_server: bool) -> Plaintext:
    """Raises ParseError ``malformed_sip``, Incomplete ``truncated_sip``."""
    if not looks_like_sip(data):
        raise ParseError("malformed_sip")
    found = _FIELDS.read(data.partition(b"\r\n\r\n")[0])
    if found is None:
        raise Incomplete("truncated_sip", len(data))
    user_agent, server = found[1]
    facts = (("user_agent", user_agent), ("server", server))
    return Plaintext(tuple((name, value) for name, value in facts if value))


def read_sip_stream(data: bytes, from_server: bool) -> Plaintext:
    """The same over TCP, where the head may still be coming: Incomplete ``truncated_sip`` until it is whole."""
    end = head_end(data)
    if end < 0:
        raise Incomplete("truncated_sip", len(data))
    return read_sip(data[:end], from_server)
