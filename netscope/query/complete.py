"""What could come next while a filter is typed: names of fields, then values seen in the rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from netscope.query.fields import BY_NAME, FIELDS, Field, RowKind
from netscope.query.match import KNOWN_MARKS, quote

MAX_COMPLETIONS: Final = 20
MAX_ROWS: Final = 5_000
"""Rows of each kind looked at for values: completing must not hold up typing."""

_NUMBERS: Final = frozenset({"number", "size", "rate", "duration"})
_LAST_TERM = re.compile(r'(?:(?P<field>[A-Za-z_][A-Za-z0-9_]*)(?P<op>:=|!=|:|=))?(?P<value>"[^"]*|[^\s|()!"/:=<>]*)$')


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    """The whole filter with the completion in it."""
    label: str
    """What is put in: ``dev:`` or a value."""
    help: str = ""


def complete(text: str, rows: Mapping[RowKind, Collection[Any]]) -> Sequence[Completion]:
    """Completions of the last term of ``text``, the likeliest first; fields and values of the kinds in ``rows``."""
    found = _LAST_TERM.search(text)
    if found is None:
        return ()
    if found["field"] is None:
        return _field_names(text, found["value"], rows)
    field = BY_NAME.get(found["field"].lower())
    if field is None or field.type in _NUMBERS:
        return ()
    return _values(text, field, found["value"], rows)


def _field_names(text: str, typed: str, kinds: Collection[RowKind]) -> Sequence[Completion]:
    if not typed or typed.startswith('"'):
        return ()
    before, wanted = text[: len(text) - len(typed)], typed.lower()
    out = []
    for field in FIELDS:
        names = [name for name in (field.name, *field.aliases) if name.startswith(wanted)]
        if names and any(kind in field.getters for kind in kinds):
            label = names[0] + (">" if field.type in _NUMBERS else ":")
            out.append(Completion(before + label, label, field.help))
    return out[:MAX_COMPLETIONS]


def _values(text: str, field: Field, typed: str, rows: Mapping[RowKind, Collection[Any]]) -> Sequence[Completion]:
    before, wanted = text[: len(text) - len(typed)], typed.lstrip('"').casefold()
    if field.type == "mark":
        return [Completion(before + mark, mark) for mark in KNOWN_MARKS if mark.casefold().startswith(wanted)]
    counts = Counter(value for kind in rows for value in _seen(field, kind, rows[kind]))
    # What begins as typed comes before what only contains it; the most frequent first.
    ranked = sorted(
        (value for value in counts if wanted in value.casefold() and value.casefold() != wanted),
        key=lambda value: (not value.casefold().startswith(wanted), -counts[value], value),
    )
    return [Completion(before + quote(value), value) for value in ranked[:MAX_COMPLETIONS]]


def _seen(field: Field, kind: RowKind, rows: Collection[Any]) -> Iterable[str]:
    get = field.getters.get(kind)
    if get is None:
        return
    for row, _ in zip(rows, range(MAX_ROWS), strict=False):
        found = get(row)
        for value in found if isinstance(found, tuple) else (found,):
            if value is not None:
                yield f"AS{value}" if field.type == "asn" else str(value)
