"""On which line of a TOML file a key stands, so that an error can name it: tomllib does not tell."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

Place = tuple[str | int, ...]
"""Keys from the top of the document, and numbers in arrays of tables: ``("data", "source", 0, "url")``."""

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]")
_ASSIGNMENT: Final = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w.-]|\s*\.\s*)+?)\s*=""")
_KEY: Final = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*\.?""")


def line_of(text: str, place: Place) -> int | None:
    """The line, counted from 1, of the key or of the table nearest to it; None when neither is written out.

    Reads line by line, so a key inside an inline table or a text of several lines may be missed.
    """
    best: tuple[int, int] | None = None
    for number, found in _places(text):
        length = len(found)
        if found == place[:length] and (best is None or length > best[0]):
            best = length, number
    return best[1] if best is not None else None


def _places(text: str) -> list[tuple[int, Place]]:
    places: list[tuple[int, Place]] = []
    table: Place = ()
    seen: Counter[Place] = Counter()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        assignment = _ASSIGNMENT.match(line)
        if header is not None:
            table = _keys(header[2])
            if header[1] == "[[":
                seen[table] += 1
                table = (*table, seen[table] - 1)
            places.append((number, table))
        elif assignment is not None:
            places.append((number, (*table, *_keys(assignment[1]))))
    return places


def _keys(text: str) -> Place:
    return tuple([double or single or bare for double, single, bare in _KEY.findall(text)])
