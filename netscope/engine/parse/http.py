"""HTTP/1.x heads: request line or status line and the header fields worth keeping (RFC 9110, 9112).

Bodies, framing across segments and pairing live in ``correlate/http_session.py``. Cookie and credential values are
dropped here: only the scheme of Authorization leaves this module.
"""

from __future__ import annotations

import re
from typing import Final

from netscope.engine.parse.formats import MAX_HEAD_BYTES, FieldNames, head_end
from netscope.model.errors import Incomplete, ParseError
from netscope.model.http import HttpRequestHead, HttpResponseHead

HTTP2_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""RFC 9113, section 3.4."""

METHODS: Final = frozenset(
    b"GET POST HEAD PUT DELETE OPTIONS CONNECT TRACE PATCH "
    b"PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH MERGE CHECKOUT MKACTIVITY VERSION-CONTROL "
    b"NOTIFY SUBSCRIBE UNSUBSCRIBE POLL M-SEARCH PURGE LINK UNLINK SOURCE "
    b"RPC_IN_DATA RPC_OUT_DATA BCOPY BMOVE BDELETE BPROPFIND BPROPPATCH CCM_POST".split()
)
"""IANA's registry and what is met in the wild: UPnP events (GENA), WebDAV, Exchange, Icecast, SCCM."""

_METHOD_NAMES: Final = frozenset(method.decode() for method in METHODS)

MAX_URI_CHARS: Final = 4_096
"""Advertisers' beacons reach 3,500; longer ones are attacks."""

_MAX_METHOD_CHARS: Final = 32
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_TOKEN_BYTES: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_USERINFO: Final = re.compile(r"((?:[A-Za-z][A-Za-z0-9+.-]{0,15}://)?)[^/?#]*@")
_IPV4: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_SECRET_HINTS: Final = ("passw", "passphrase", "pwd", "secret")
"""Parts of the name of a query field that holds a secret; ``pw`` alone is as often a page's width."""
FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data", "application/json")
BODIES_READ: Final = (*FORMS, "text/xml", "application/xml", "application/soap+xml")
"""Content types of requests whose first bytes are looked at."""
MAX_FORM_BYTES: Final = 4_096
_JSON_FIELD: Final = re.compile(rb'"([a-z0-9_.\-]{1,64})"\s{0,4}:\s{0,4}"[^"]')
_PART_NAME: Final = re.compile(rb'\bname="([^"\r\n]{1,64})"')
_SEPARATORS: Final = re.compile(r"([&;])")

_REQUEST_FIELDS: Final = FieldNames(
    "host",
    "user-agent",
    "content-type",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "authorization",
    "proxy-authorization",
    "cookie",
    "x-forwarded-for",
)
_RESPONSE_FIELDS: Final = FieldNames(
    "server", "content-type", "content-length", "transfer-encoding", "upgrade", "location"
)

_SCHEMES: Final = {
    "basic": "Basic",
    "bearer": "Bearer",
    "digest": "Digest",
    "dpop": "DPoP",
    "hoba": "HOBA",
    "mutual": "Mutual",
    "negotiate": "Negotiate",
    "ntlm": "NTLM",
    "oauth": "OAuth",
    "privatetoken": "PrivateToken",
    "scram-sha-1": "SCRAM-SHA-1",
    "scram-sha-256": "SCRAM-SHA-256",
    "vapid": "vapid",
    "aws4-hmac-sha256": "AWS4-HMAC-SHA256",
    "aws": "AWS",
    "token": "Token",
    "hawk": "Hawk",
    "sharedkey": "SharedKey",
}
"""Only a known scheme is repeated: a client that sends its secret without a scheme must not have it stored as one."""


def parse_request_head(data: bytes) -> HttpRequestHead:
    """Read a request head up to and including its blank line; one cut behind its first line is read as far as it goes.

    Raises Incomplete without a whole first line, ParseError ``malformed_http_request_line`` or ``http_head_too_long``.
    """
    first, values = read_head(data, _REQUEST_FIELDS)
    method, _, rest = first.partition(" ")
    target, _, version = rest.rpartition(" ")
    target = target.strip()
    if version[:7] != "HTTP/1." or not target:
        # A simple request has no version (RFC 1945, section 4.1); scanners and typing by hand give the same.
        target, version = rest.strip(), "HTTP/0.9"
        if method.encode() not in METHODS or not target or " " in target:
            raise ParseError("malformed_http_request_line")
    elif method not in _METHOD_NAMES and not _TOKEN.fullmatch(method):
        raise ParseError("malformed_http_request_line")
    host, user_agent, kind, length, coding, upgrade, authorization, proxy_authorization, cookie, forwarded_for = values
    credential = authorization or proxy_authorization
    return HttpRequestHead(
        method,
        target,
        version[5:8],
        host,
        user_agent,
        kind,
        _content_length(length) if length is not None else None,
        coding is not None and "chunked" in coding.lower(),
        upgrade,
        _authorization_scheme(credential) if credential else None,
        cookie is not None,
        forwarded_for,
        len(data),
    )


def read_head(data: bytes, wanted: FieldNames) -> tuple[str, list[str | None]]:
    """The first line of a head and the values of the fields wanted.

    Raises Incomplete without a whole first line, ParseError ``http_head_too_long``.
    """
    if len(data) > MAX_HEAD_BYTES:
        raise ParseError("http_head_too_long", MAX_HEAD_BYTES)
    found = wanted.read(data)
    if found is None:
        raise Incomplete("truncated_http_head", len(data))
    return found


def parse_response_head(data: bytes) -> HttpResponseHead:
    """Read a response head up to and including its blank line; one cut behind its first line is read as far as it goes.

    Raises Incomplete without a whole first line, ParseError ``malformed_http_status_line`` or ``http_head_too_long``.
    """
    first, values = read_head(data, _RESPONSE_FIELDS)
    version, _, rest = first.partition(" ")
    status, _, reason = rest.lstrip().partition(" ")
    # ICY: Shoutcast servers answer like this.
    if (version[:7] != "HTTP/1." and version != "ICY") or len(status) != 3 or not _is_number(status):
        raise ParseError("malformed_http_status_line")
    server, kind, length, coding, upgrade, location = values
    return HttpResponseHead(
        version[5:8] or "1.0",
        int(status),
        reason,
        server,
        kind,
        _content_length(length) if length is not None else None,
        coding is not None and "chunked" in coding.lower(),
        upgrade,
        location,
        len(data),
    )


def looks_like_request(data: bytes) -> bool:
    """Whether these bytes begin with a request line. A known method suffices where the line is not complete."""
    space = data.find(b" ", 0, _MAX_METHOD_CHARS + 1)
    if space < 1:
        return False
    if data[space + 1 : space + 2] == b"/" and data[:space] in METHODS:
        return True
    line_end = data.find(b"\n", space, MAX_HEAD_BYTES)
    if line_end >= 0:
        line = data[max(space, line_end - 16) : line_end].rstrip()
        return line[-9:-1] == b" HTTP/1." and _TOKEN_BYTES.fullmatch(data, 0, space) is not None
    return data[:space] in METHODS and data[space + 1 : space + 2] in (b"*", b"h")


def looks_like_response(data: bytes) -> bool:
    """Whether these bytes begin with a status line."""
    return (data[:7] == b"HTTP/1." and data[8:9] in (b" ", b"")) or (data[:4] == b"ICY " and data[4:7].isdigit())


def looks_like_http2(data: bytes) -> bool:
    """Whether these bytes begin with the connection preface of HTTP/2 with prior knowledge (RFC 9113, section 3.3)."""
    return data[:16] == b"PRI * HTTP/2.0\r\n"


def target_authority(method: str, target: str) -> str | None:
    """Host and port of a target in absolute or authority form (RFC 9112, section 3.2), without userinfo."""
    if method == "CONNECT":
        return target.rpartition("@")[2] or None
    scheme, separator, rest = target.partition("://")
    if not separator or "/" in scheme or "?" in scheme:
        return None
    return re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2] or None


def host_name(host: str) -> str | None:
    """The name in a Host value, without port; None for an address."""
    if "[" in host:
        return None
    name = host.rpartition("@")[2].partition(":")[0].strip()
    return None if not name or _IPV4.fullmatch(name) else name


def storable_target(target: str) -> tuple[str, list[str]]:
    """The target as sent, cut at MAX_URI_CHARS and without what is secret in it; which secrets there were.

    Userinfo goes, and the value of a query field whose name says password or secret is written ``***``.
    """
    secrets = []
    if "@" in target and _USERINFO.match(target):
        target = _USERINFO.sub(r"\1", target, count=1)
        secrets.append("uri_userinfo")
    target = target[:MAX_URI_CHARS]
    if "?" in target and "=" in target:
        lowered = target.lower()
        if "pass" in lowered or "pwd" in lowered or "secret" in lowered:
            path, _, query = target.partition("?")
            fields = [_without_secret(field, secrets) for field in _SEPARATORS.split(query)]
            target = f"{path}?{''.join(fields)}"
    return target, secrets


def form_secrets(content_type: str, start: bytes) -> list[str]:
    """Names of the fields of a posted form or JSON object that hold a secret, never a value; of its first 4 KiB."""
    if not content_type.startswith(FORMS):
        return []
    start = start[:MAX_FORM_BYTES]
    lowered = start.lower()
    if b"pass" not in lowered and b"pwd" not in lowered and b"secret" not in lowered:
        return []
    if content_type.startswith("application/json"):
        names = _JSON_FIELD.findall(lowered)
    elif content_type.startswith("multipart/form-data"):
        names = _PART_NAME.findall(lowered)
    else:
        names = [name for part in lowered.split(b"&") for name, _, value in (part.partition(b"="),) if value]
    plain = [name.decode("ascii", "replace")[:64] for name in names]
    return [f"form:{name}" for name in plain if name == "pass" or any(hint in name for hint in _SECRET_HINTS)]


def _without_secret(field: str, secrets: list[str]) -> str:
    name, _, value = field.partition("=")
    lowered = name.lower()
    if value and (lowered == "pass" or any(hint in lowered for hint in _SECRET_HINTS)):
        secrets.append(f"query:{lowered[:64]}")
        return f"{name}=***"
    return field


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _content_length(value: str) -> int | None:
    """RFC 9112, section 6.3: a list of equal numbers counts as one; anything else is no length."""
    if "," in value:
        value = value.partition(",")[0].rstrip()
    return int(value) if len(value) <= 18 and _is_number(value) else None


def _authorization_scheme(value: str) -> str:
    return _SCHEMES.get(value.partition(" ")[0].lower(), "other")


__all__ = [
    "HTTP2_PREFACE", "MAX_HEAD_BYTES", "MAX_URI_CHARS", "METHODS", "FieldNames", "head_end", "host_name",
    "looks_like_http2", "looks_like_request", "looks_like_response", "parse_request_head", "parse_response_head",
    "read_head", "storable_target", "target_authority",
]  # fmt: skip
