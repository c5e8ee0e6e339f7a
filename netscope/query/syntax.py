"""Filter text to a tree of terms. What a field means is not known here.

filter = all ("or" all)* ; all = either (["and"] either)* ; either = one ("|" one)*
one    = ("!" | "not") one | "(" filter ")" | [field op] value ; op = : = != > >= < <=
value  = word | "quoted" | /regex/ ; a value led by = is exact
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_CHARS: Final = 1_000
"""Of a filter; it is typed by hand or written in a config file."""

MAX_DEPTH: Final = 20
"""Nested parentheses and exclamation marks."""


class FilterError(ValueError):
    """The filter cannot be read; the message is for the user, ``start`` and ``end`` say where."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start = start
        self.end = end

    @property
    def located(self) -> str:
        """The message with its place, for where the text is not on the screen: ``… (at character 5)``."""
        return f"{self} (at character {self.start + 1})"


@dataclass(frozen=True, slots=True)
class Term:
    field: str | None
    op: str
    """One of : = != > >= < <=."""
    value: str
    is_regex: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Not:
    of: Node


@dataclass(frozen=True, slots=True)
class All:
    of: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    of: tuple[Node, ...]


Node = Term | Not | All | Either

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(:=|:|!=|>=|<=|=|>|<)")
_WORD = re.compile(r"[^\s|()\"]+")
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]+(?:/\d+)?(?=[\s|)]|$)")
_KEYWORD = re.compile(r"(and|or|not)(?=[\s()!]|$)", re.IGNORECASE)
"""Words that join terms. In quotes they are looked for like others."""


def parse(text: str, known_fields: frozenset[str]) -> All:
    """Raises FilterError. A name before ``:`` that is no known field is an error unless it reads as an address."""
    if len(text) > MAX_CHARS:
        raise FilterError(f"longer than {MAX_CHARS} characters", MAX_CHARS, len(text))
    reader = _Reader(text, known_fields)
    tree = reader.pull_filter(0)
    if reader.position < len(text):
        raise FilterError("this ) closes nothing", reader.position, reader.position + 1)
    return tree


class _Reader:
    def __init__(self, text: str, known_fields: frozenset[str]) -> None:
        self.text = text
        self.position = 0
        self.known_fields = known_fields

    def _peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def _skip_space(self) -> None:
        while self._peek().isspace():
            self.position += 1

    def _keyword(self) -> str:
        found = _KEYWORD.match(self.text, self.position)
        return found[1].lower() if found else ""

    def _pull_keyword(self, word: str, *, after_a_term: bool) -> bool:
        """Takes ``word`` if it comes next; it needs a term on either side."""
        if self._keyword() != word:
            return False
        start, self.position = self.position, self.position + len(word)
        self._skip_space()
        if not after_a_term or self._peek() in ("", ")", "|") or self._keyword() in ("and", "or"):
            raise FilterError(f'{word} joins two terms; to look for the word write "{word}"', start, start + len(word))
        return True

    def pull_filter(self, depth: int) -> All:
        parts = [self._pull_all(depth)]
        while self._pull_keyword("or", after_a_term=bool(parts[-1].of)):
            parts.append(self._pull_all(depth))
        return parts[0] if len(parts) == 1 else All((Either(tuple(parts)),))

    def _pull_all(self, depth: int) -> All:
        parts: list[Node] = []
        self._skip_space()
        while self._peek() not in ("", ")") and self._keyword() != "or":
            self._pull_keyword("and", after_a_term=bool(parts))
            parts.append(self._pull_either(depth))
            self._skip_space()
        return All(tuple(parts))

    def _pull_either(self, depth: int) -> Node:
        parts = [self._pull_one(depth, None)]
        while True:
            resume = self.position
            self._skip_space()
            if self._peek() != "|":
                self.position = resume
                break
            self.position += 1
            self._skip_space()
            parts.append(self._pull_one(depth, parts[-1]))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _pull_one(self, depth: int, before: Node | None) -> Node:
        start = self.position
        if depth > MAX_DEPTH:
            raise FilterError("nested too deeply", start, start + 1)
        char = self._peek()
        if char in ("", ")", "|"):
            raise FilterError("something is missing here", start, start + 1)
        negation = 1 if char == "!" else 3 if self._keyword() == "not" else 0
        if negation:
            self.position += negation
            if negation > 1:
                self._skip_space()
            return Not(self._pull_one(depth + 1, before))
        if char == "(":
            self.position += 1
            inner = self.pull_filter(depth + 1)
            if self._peek() != ")":
                raise FilterError("this ( is not closed", start, start + 1)
            self.position += 1
            return inner
        return self._pull_term(before)

    def _pull_term(self, before: Node | None) -> Term:
        start = self.position
        field, op = self._pull_field()
        if field is None:
            # dev:tv|nas asks for both values of the one field.
            if isinstance(before, Term) and before.field is not None and self._peek() != "=":
                field, op = before.field, before.op
            elif self._peek() == "=":
                self.position += 1
                op = "="
        value, is_regex = self._pull_value(field, op)
        return Term(field, op, value, is_regex, start, self.position)

    def _pull_field(self) -> tuple[str | None, str]:
        found = _FIELD.match(self.text, self.position)
        if found is None or (found[1].lower() not in self.known_fields and _ADDRESS.match(self.text, self.position)):
            return None, ":"
        self.position = found.end()
        op = "=" if found[2] == ":=" else found[2]
        return found[1].lower(), op

    def _pull_value(self, field: str | None, op: str) -> tuple[str, bool]:
        start = self.position
        char = self._peek()
        if char in ('"', "/"):
            value = self._pull_delimited(char)
            is_regex = char == "/"
        else:
            found = _WORD.match(self.text, start)
            value, is_regex = (found[0] if found else ""), False
            self.position = start + len(value)
        if not value:
            what = f"{field}{op}" if field else op
            raise FilterError(f"{what} needs a value", start - len(what) if field else start - 1, start)
        return value, is_regex

    def _pull_delimited(self, quote: str) -> str:
        start = self.position
        out: list[str] = []
        index = start + 1
        while index < len(self.text):
            char = self.text[index]
            if char == quote:
                self.position = index + 1
                return "".join(out)
            if char == "\\" and self.text[index + 1 : index + 2] in (quote, "\\" if quote == '"' else quote):
                index += 1
                char = self.text[index]
            out.append(char)
            index += 1
        raise FilterError(
            "the regular expression is not closed" if quote == "/" else "the quote is not closed", start, len(self.text)
        )
