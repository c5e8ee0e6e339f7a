"""Domain names: wire form to presentation form and back to plain text (RFC 1035, 4343).

Reading the wire form is compiled (formats.pyx).
"""

from __future__ import annotations

import re
from typing import Final

from netscope.engine.parse.formats import escape_label, read_name

PLAIN: Final = bytes(byte for byte in range(0x21, 0x7F) if byte != 0x5C)
"""Bytes that stand for themselves in presentation form; a dot only as separator."""

ESCAPE: Final = re.compile(r"\\([0-9]{3})|\\(.)", re.DOTALL)


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

__all__ = ["escape_label", "plain_name", "read_name", "split_labels", "unescape"]
