"""Making text from strangers safe to show or export: ``neutralise``, and ``spreadsheet_cell`` for CSV.

Host names, mDNS names, user agents and certificates are kept raw everywhere else. Display width is
not decided here (the terminal interface measures cells); markup is never parsed from such text.
"""

from __future__ import annotations

import unicodedata
from typing import Final

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS: Final = "…"

MAX_MARKS: Final = 2
"""Combining marks kept on one letter; Vietnamese needs two after NFC, stacks of dozens overwrite other rows."""

_JOINERS: Final = frozenset("\u200c\u200d") | {chr(c) for c in range(0xFE00, 0xFE10)}
"""Zero-width joiners and variation selectors: terminals disagree on the width of what they join."""

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, bidi and other format characters, surrogates, private and unassigned code points."""

INVISIBLE: Final = (
    r"\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
)
"""The same for formats that keep text exactly and can write a character as its number, as a class of a regular
expression: DEL and the C1 controls, bidi and other format characters, tags."""

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
"""First characters that spreadsheets read as a formula (OWASP, CSV injection)."""


def spreadsheet_cell(text: str, max_chars: int) -> str:
    """``text`` neutralised, and led by an apostrophe where a spreadsheet would take it for a formula."""
    shown = neutralise(text, max_chars)
    return "'" + shown if shown.startswith(FORMULA_SIGNS) else shown


def neutralise(text: str, max_chars: int) -> str:
    """``text`` as one line of at most ``max_chars`` printable characters; a longer one ends in ``…``.

    What could move the cursor, reorder or hide its neighbours becomes U+FFFD, white space a space.
    """
    if text.isascii() and text.isprintable():
        return text if len(text) <= max_chars else text[: max_chars - 1] + ELLIPSIS
    # Bounding before normalising keeps the cost of hostile megabytes constant; NFC never grows
    # a character threefold for what fits on a line.
    composed = unicodedata.normalize("NFC", text[: max_chars * 4])
    shown = "".join(_shown(composed))
    if len(shown) <= max_chars and len(text) <= max_chars * 4:
        return shown
    return shown[: max_chars - 1] + ELLIPSIS


def _shown(text: str) -> list[str]:
    out: list[str] = []
    marks = MAX_MARKS
    for char in text:
        if char in _JOINERS:
            continue
        category = unicodedata.category(char)
        if category in ("Mn", "Me"):
            marks += 1
            if marks <= MAX_MARKS:
                out.append(char)
            continue
        marks = 0
        if char.isspace() or category == "Zs":
            out.append(" ")
        elif category in _HIDDEN or unicodedata.combining(char):
            out.append(REPLACEMENT)
        else:
            out.append(char)
    return out
