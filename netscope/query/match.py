"""Terms to predicates. A term that means nothing for a kind of row leaves rows of that kind alone."""

from __future__ import annotations

import difflib
import ipaddress
import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from netscope.query.fields import BY_NAME, SINCE, WORDS, Field, RowKind, marks
from netscope.query.syntax import All, FilterError, Node, Not, Term, parse

Predicate = Callable[[Any], bool]
_Test = Callable[[Any], bool]
"""Whether one value of a field fits."""

MAX_REGEX_CHARS: Final = 200
MAX_SUBJECT_CHARS: Final = 255
"""A regular expression sees this much of a value: the length of a host name, and a bound on backtracking."""
MAX_REPEATS: Final = 3
"""Unbounded repeats in one regular expression; each multiplies the cost of a miss."""

_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ":": operator.eq, "=": operator.eq, "!=": operator.ne,
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)([a-zA-Z/]*)$")
_DECIMAL: Final = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY: Final = {"ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_SECONDS: Final = {"us": 1e-6, "ms": 1e-3, "": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that was read without error; ``predicate`` makes it a test of rows."""

    text: str
    tree: All

    def predicate(
        self, kind: RowKind, now_ns: int, marked: Collection[object] = (), since_ns: int = 0
    ) -> Predicate | None:
        """A test for rows of ``kind`` at ``now_ns``; None when the filter says nothing about that kind.

        ``marked`` holds the ids of rows the user marked; what was seen before ``since_ns`` does not count as
        new for ``mark:*``.
        """
        return _compile(self.tree, _Question(kind, now_ns, marked, since_ns))

    def select(self, kind: RowKind, rows: Iterable[Any], now_ns: int, marked: Collection[object] = ()) -> list[Any]:
        test = self.predicate(kind, now_ns, marked)
        return list(rows) if test is None else [row for row in rows if test(row)]

    @property
    def is_steady(self) -> bool:
        """Whether the answer for a row stays while the row does: nothing asks for the time or what the user marked."""
        return not any(
            term.field is not None and (term.field in SINCE or BY_NAME[term.field].type == "mark")
            for term in _terms(self.tree)
        )

    @property
    def subject(self) -> str:
        """What to call the filter in a title: the value when it is one exact value, else its text."""
        if len(self.tree.of) == 1 and isinstance(only := self.tree.of[0], Term) and only.op == "=" and only.field:
            return only.value
        return self.text.strip()


def _terms(node: Node) -> Iterator[Term]:
    if isinstance(node, Term):
        yield node
    elif isinstance(node, Not):
        yield from _terms(node.of)
    else:
        for part in node.of:
            yield from _terms(part)


def parse_filter(text: str, kind: RowKind | None = None) -> Filter | None:
    """None for a filter without terms; raises FilterError, also for values that do not suit their field.

    With ``kind`` a field that rows of that kind lack is an error too: what is exported or judged must not pass
    because a term said nothing of it.
    """
    tree = parse(text, frozenset(BY_NAME))
    if not tree.of:
        return None
    _check(tree, kind)
    return Filter(text, tree)


def quote(value: str) -> str:
    """``value`` as it must be written in a filter to mean itself."""
    if re.fullmatch(r"[^\s|()\"!=/<>]+", value) and value.lower() not in ("and", "or", "not"):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _check(node: Node, kind: RowKind | None) -> None:
    for term in _terms(node):
        _term_test(term)
        if kind is not None and term.field is not None and kind not in BY_NAME[term.field].getters:
            having = " and ".join(f"{other}s" for other in BY_NAME[term.field].getters)
            raise FilterError(
                f"{term.field} is a field of {having}, not of {kind}s", term.start, term.start + len(term.field)
            )


@dataclass(frozen=True, slots=True)
class _Question:
    """What a filter is compiled for."""

    kind: RowKind
    now_ns: int
    marked: Collection[object]
    since_ns: int


def _compile(node: Node, asked: _Question) -> Predicate | None:
    if isinstance(node, Term):
        return _compile_term(node, asked)
    if isinstance(node, Not):
        inner = _compile(node.of, asked)
        return None if inner is None else lambda row: not inner(row)
    tests = [test for part in node.of if (test := _compile(part, asked)) is not None]
    if len(tests) <= 1:
        return tests[0] if tests else None
    if isinstance(node, All):
        return lambda row: all(test(row) for test in tests)
    return lambda row: any(test(row) for test in tests)


def _compile_term(term: Term, asked: _Question) -> Predicate | None:
    test = _term_test(term)
    kind, now_ns = asked.kind, asked.now_ns
    if term.field is None:
        return _over(WORDS[kind], test)
    field = BY_NAME[term.field]
    get = field.getters.get(kind)
    if get is None:
        return None
    if field.type == "mark":
        return lambda row: test((*marks(kind, row, now_ns, asked.since_ns), *_personal_marks(kind, row, asked.marked)))
    if field.name in SINCE:
        return lambda row: test(now_ns - get(row))
    if term.op == "!=":
        # Of several values none may be the one refused.
        return lambda row: all(test(value) for value in _values(get(row)))
    return _over(get, test)


def _personal_marks(kind: RowKind, row: Any, marked: Collection[object]) -> tuple[str, ...]:
    out: tuple[str, ...] = ()
    if kind == "flow" and row.name_source == "dns":
        out += ("~",)
    if marked and (kind, getattr(row, "id", None) or row.name) in marked:
        out += ("m",)
    return out


def _values(found: Any) -> tuple[Any, ...]:
    return found if isinstance(found, tuple) else (found,)


def _over(get: Callable[[Any], Any], test: _Test) -> Predicate:
    def matches(row: Any) -> bool:
        found = get(row)
        if found.__class__ is tuple:
            return any(value is not None and test(value) for value in found)
        return found is not None and test(found)

    return matches


def _term_test(term: Term) -> _Test:
    if term.is_regex:
        return _regex_test(term)
    if term.field is None:
        return _text_test(term)
    field = BY_NAME.get(term.field)
    if field is None:
        close = difflib.get_close_matches(term.field, BY_NAME, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise FilterError(f"{term.field} is not a field{hint}", term.start, term.start + len(term.field))
    return _TESTS[field.type](term, field)


def _text_test(term: Term, field: Field | None = None) -> _Test:
    wanted = term.value.casefold()
    if term.op == ":":
        return lambda value: wanted in value.casefold()
    if term.op == "=":
        return lambda value: bool(value.casefold() == wanted)
    if term.op == "!=":
        return lambda value: value is None or value.casefold() != wanted
    raise FilterError(f"{term.field} is text; {term.op} needs a number", term.start, term.end)


def _regex_test(term: Term) -> _Test:
    if term.op not in (":", "=", "!="):
        raise FilterError(f"{term.op} does not go with a regular expression", term.start, term.end)
    _bound_regex(term)
    try:
        search = re.compile(term.value, re.IGNORECASE).search
    except (re.error, OverflowError, RecursionError) as error:
        raise FilterError(f"regular expression: {error}", term.start, term.end) from None
    if term.op == "!=":
        return lambda value: value is None or search(str(value)[:MAX_SUBJECT_CHARS]) is None
    return lambda value: search(str(value)[:MAX_SUBJECT_CHARS]) is not None


def _bound_regex(term: Term) -> None:
    """Refuse what could take for ever: a repeat inside a repeat, or many unbounded ones in a row."""
    pattern = re.sub(r"\\.|\[\^?\]?[^\]]*\]", "c", term.value)
    repeats = re.findall(r"[*+]|\{\d*,?\d*\}", pattern)
    nested = re.search(r"[*+}?]\)+(?:[*+]|\{)", pattern) or re.search(r"\([^()]*[*+}|][^()]*\)(?:[*+]|\{)", pattern)
    if len(pattern) > MAX_REGEX_CHARS or len(repeats) > MAX_REPEATS or nested or re.search(r"\)[*+{]", pattern):
        raise FilterError(
            "this regular expression could take too long; repeat single characters, at most 3 times",
            term.start,
            term.end,
        )


def _number_test(term: Term, field: Field) -> _Test:
    low, dash, high = term.value.partition("-")
    if dash and term.op in (":", "="):
        least, most = _plain_number(low, term, field), _plain_number(high, term, field)
        return lambda value: bool(least <= value <= most)
    return _compare(term, _plain_number(term.value, term, field))


def _plain_number(text: str, term: Term, field: Field) -> float:
    found = _NUMBER.match(text)
    if found is None or found[2].lower() not in _DECIMAL:
        raise FilterError(f"{field.name} needs a number, as {field.name}>100", term.start, term.end)
    return float(found[1]) * _DECIMAL[found[2].lower()]


def _scaled_test(term: Term, field: Field) -> _Test:
    found = _NUMBER.match(term.value)
    unit = re.sub(r"(b|bit|bits|b/s|bps|bit/s)$", "", found[2].lower()) if found else "?"
    scale = _DECIMAL.get(unit) or _BINARY.get(unit)
    if found is None or scale is None:
        raise FilterError(f"{field.name} needs a number with k, M or G, as {field.name}>1M", term.start, term.end)
    return _compare(term, float(found[1]) * scale, equal_is_least=True)


def _duration_test(term: Term, field: Field) -> _Test:
    found = _NUMBER.match(term.value)
    if found is None or found[2].lower() not in _SECONDS:
        raise FilterError(f"{field.name} needs a time, as 30s, 5m or 2h", term.start, term.end)
    nanoseconds = float(found[1]) * _SECONDS[found[2].lower()] * 1e9
    if field.name == "new" and term.op == ":":
        return lambda value: bool(value <= nanoseconds)
    return _compare(term, nanoseconds, equal_is_least=True)


def _compare(term: Term, wanted: float, *, equal_is_least: bool = False) -> _Test:
    """``rate:1M`` reads as "at least": nobody looks for a flow of exactly a million bits a second."""
    compare = operator.ge if equal_is_least and term.op == ":" else _COMPARE[term.op]
    return lambda value: value is not None and bool(compare(value, wanted))


def _asn_test(term: Term, field: Field) -> _Test:
    digits = term.value.upper().removeprefix("AS")
    if not (digits.isascii() and digits.isdigit()):
        raise FilterError("asn needs a number, as asn:AS32934", term.start, term.end)
    return _compare(term, int(digits))


def _address_test(term: Term, field: Field) -> _Test:
    if "/" not in term.value:
        return _text_test(term, field)
    try:
        network = ipaddress.ip_network(term.value, strict=False)
    except ValueError:
        raise FilterError(f"{term.value} is not a network, as 192.168.1.0/24", term.start, term.end) from None

    def inside(value: str) -> bool:
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return (lambda value: value is None or not inside(value)) if term.op == "!=" else inside


def _mark_test(term: Term, field: Field) -> _Test:
    wanted = term.value
    if wanted not in KNOWN_MARKS:
        raise FilterError(f"no mark {wanted}; marks are {' '.join(KNOWN_MARKS)}", term.start, term.end)
    if term.op == "!=":
        return lambda carried: wanted not in carried
    return lambda carried: wanted in carried


KNOWN_MARKS: Final = ("T", "!", "*", "x", "gw", "NX", "~", "?", "m")

_TESTS: Final[dict[str, Callable[[Term, Field], _Test]]] = {
    "text": _text_test,
    "number": _number_test,
    "size": _scaled_test,
    "rate": _scaled_test,
    "duration": _duration_test,
    "address": _address_test,
    "asn": _asn_test,
    "mark": _mark_test,
}
