"""Domain names: wire form to presentation form and back to plain text (RFC 1035, 4343).

Compression pointers must move strictly backwards, and a name costs at most 127 labels and pointers,
so a name takes bounded time whatever the message holds.
"""

from __future__ import annotations

import re
from typing import Final

from netscope.model.errors import Incomplete, ParseError

MAX_STEPS: Final = 127
"""Labels and pointers one name may take: 127 labels fill the 255 bytes of a name (RFC 1035, section 2.3.4)."""
MAX_NAME_BYTES: Final = 255

PLAIN: Final = bytes(byte for byte in range(0x21, 0x7F) if byte != 0x5C)
"""Bytes that stand for themselves in presentation form; a dot only as separator."""

STEPS: Final = tuple(range(MAX_STEPS + 1 - used) for used in range(MAX_STEPS + 2))
"""Steps left after ``used`` ones, the one that ends the name included."""


def read_name(data: bytes, position: int, names: dict[int, str], used: int = 0) -> tuple[str, int]:
    """Presentation form without the final dot (``.`` for the root) and the position after the name.

    ``names`` maps offsets already read in this message to their names; it is both read and filled.
    Raises Incomplete where the bytes end, ParseError for a forward pointer, a reserved label type or a name too long.
    """
    start = position
    labels: list[bytes] = []
    try:
        for _ in STEPS[used]:
            length = data[position]
            position += 1
            if length == 0:
                suffix = "."
                break
            if length < 64:
                labels.append(data[position : position + length])
                position += length
            elif length >= 192:
                target = (length & 63) << 8 | data[position]
                position += 1
                if target >= start:
                    raise ParseError("malformed_dns_name", start)
                known = names.get(target)
                suffix = known or read_name(data, target, names, used + len(labels) + 1)[0]
                break
            else:
                raise ParseError("malformed_dns_name", start)
        else:
            raise ParseError("malformed_dns_name", start)
    except IndexError:
        raise Incomplete("truncated_dns_name", start) from None
    if not labels:
        names[start] = suffix
        return suffix, position
    raw = b".".join(labels)
    if raw.translate(None, PLAIN) or raw.count(b".") >= len(labels):
        text = ".".join(map(escape_label, labels))
    else:
        text = raw.decode("ascii")
    if suffix != ".":
        text = f"{text}.{suffix}"
    if len(text) >= MAX_NAME_BYTES - 1 and _wire_length(text) > MAX_NAME_BYTES:
        raise ParseError("malformed_dns_name", start)
    names[start] = text
    return text, position


def skip_name(data: bytes, position: int) -> int:
    """Position after a name whose content does not matter; Incomplete or ParseError where it has no end."""
    start = position
    while position - start <= MAX_NAME_BYTES:
        if position >= len(data):
            raise Incomplete("truncated_dns_name", start)
        length = data[position]
        if length == 0:
            return position + 1
        if length >= 192:
            return position + 2
        if length >= 64:
            break
        position += 1 + length
    raise ParseError("malformed_dns_name", start)


def escape_label(label: bytes) -> str:
    r"""One label in presentation form: ``\.`` and ``\\``, other odd bytes as ``\DDD`` (RFC 4343, section 2.1)."""
    return "".join(map(LABEL_FORMS.__getitem__, label))


LABEL_FORMS: Final = tuple(
    "\\" + chr(byte) if byte in b".\\" else chr(byte) if byte in PLAIN else f"\\{byte:03d}" for byte in range(256)
)

ESCAPE: Final = re.compile(r"\\([0-9]{3})|\\(.)", re.DOTALL)


def _wire_length(text: str) -> int:
    return len(ESCAPE.sub("x", text)) + 2


def unescape(text: str) -> bytes:
    """The bytes behind presentation form."""

    def plain(match: re.Match[str]) -> str:
        return chr(int(match[1]) & 0xFF) if match[1] else match[2]

    return ESCAPE.sub(plain, text).encode("latin-1", "replace")


def plain_name(text: str) -> str:
    r"""A name for people: escapes undone, UTF-8 where it is (``Wohnzimmer\032TV.local`` → ``Wohnzimmer TV.local``)."""
    if "\\" not in text:
        return text
    raw = unescape(text)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def split_labels(text: str) -> list[str]:
    """Labels of a name in presentation form, each plain; an escaped dot does not split. The root has none."""
    if text == ".":
        return []
    if "\\" not in text:
        return text.split(".")
    return [plain_name(label) for label in LABEL.findall(text)]


LABEL: Final = re.compile(r"(?:[^.\\]|\\.)+", re.DOTALL)
