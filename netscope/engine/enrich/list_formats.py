"""Reads domain lists as people publish them: hosts, one domain a line, Adblock and CSV. One malformed line never
costs the rest: it is counted, and the first is remembered with its place.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from netscope.model.errors import NetScopeError

FORMATS: Final = ("hosts", "domains", "adblock", "csv")
MAX_LINE_CHARS: Final = 4096
"""Longer lines are cut here: a name has 253 characters at most, and a file without line ends is not read whole."""
SNIFF_LINES: Final = 200
TELL_LINES: Final = 10_000

Tell = Callable[[float, int], None]
"""Takes how far a list has been read: the share of its bytes, and lines."""

_NAME: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)+[a-z0-9](?:[a-z0-9-]{0,62})")
_ADDRESS: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-f]*:[0-9a-f:.%a-z0-9]*")
_LOCAL_NAMES: Final = frozenset({
    "0.0.0.0",  # noqa: S104  (a line of Steven Black's list)
    "broadcasthost", "ip6-allhosts", "ip6-allnodes", "ip6-allrouters", "ip6-localhost", "ip6-localnet", "ip6-loopback",
    "ip6-mcastprefix", "local", "localhost", "localhost.localdomain",
})  # fmt: skip
"""What hosts files carry for the machine itself."""
_ADBLOCK_NARROWING: Final = ("domain=", "denyallow=", "app=", "method=", "removeparam", "csp=", "redirect", "badfilter")
"""Options that make a rule hold on some pages only: as a rule about a name it would say too much."""


class ListRule(NamedTuple):
    name: str
    """Lower case, without a final dot; covers its subdomains."""
    owner: str | None
    category: str | None
    allow: bool
    """An exception of the list itself (Adblock ``@@``)."""


class Malformed(ValueError):
    """A line that is no rule of its format."""


@dataclass(slots=True)
class ListReport:
    """What reading one list came to."""

    path: str
    form: str
    rules: int = 0
    skipped: int = 0
    """Rules that are right but not about names: URL paths, cosmetic filters, page-specific options."""
    malformed: int = 0
    first_malformed: str | None = None
    """``file:line: text``."""

    def note_malformed(self, line_number: int, line: str) -> None:
        self.malformed += 1
        if self.first_malformed is None:
            self.first_malformed = f"{self.path}:{line_number}: {line.strip()[:80]!r}"

    @property
    def warning(self) -> str | None:
        """One line for the user, None when every line was understood."""
        if not self.malformed:
            return None
        lines = "line" if self.malformed == 1 else "lines"
        return f"{self.malformed} malformed {lines} left out, the first {self.first_malformed}"


def clean_name(name: str) -> str:
    """A listed name as it is matched: lower case, ASCII (IDNA), no leading ``*.`` or final dot. Raises Malformed."""
    name = name.strip().lower().rstrip(".")
    if name.startswith("*."):
        name = name[2:]
    elif name.startswith("."):
        name = name[1:]
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise Malformed(name) from error
    if len(name) > 253 or _NAME.fullmatch(name) is None or _ADDRESS.fullmatch(name):
        raise Malformed(name)
    return name


def _hosts_line(line: str) -> Iterable[ListRule]:
    address, *names = line.partition("#")[0].split()
    if not names or _ADDRESS.fullmatch(address.lower()) is None:
        raise Malformed(line)
    return [ListRule(clean_name(name), None, None, False) for name in names if name.lower() not in _LOCAL_NAMES]


def _domain_line(line: str) -> Iterable[ListRule]:
    return (ListRule(clean_name(line.partition("#")[0]), None, None, False),)


def _adblock_line(line: str) -> Iterable[ListRule]:
    rule = line.removeprefix("@@")
    if "##" in rule or "#@#" in rule or "#?#" in rule or rule.startswith("/"):
        return ()
    if not rule.startswith("||"):
        if _NAME.fullmatch(rule.lower()):
            return (ListRule(rule.lower(), None, None, line.startswith("@@")),)
        if any(mark in rule for mark in "/*^|$="):
            return ()  # a rule about addresses of pages, not about a name
        raise Malformed(line)
    pattern, _, options = rule[2:].partition("$")
    name, _, rest = pattern.partition("^")
    if rest or "/" in name or "*" in name.removeprefix("*.") or any(word in options for word in _ADBLOCK_NARROWING):
        return ()
    return (ListRule(clean_name(name), None, None, line.startswith("@@")),)


_LINE_READERS: Final[dict[str, Callable[[str], Iterable[ListRule]]]] = {
    "hosts": _hosts_line,
    "domains": _domain_line,
    "adblock": _adblock_line,
}


def _is_comment(line: str, form: str) -> bool:
    if form == "adblock":
        return line.startswith(("!", "[Adblock", "[uBlock", "# ")) or line == "#"
    return line.startswith(("#", "!", ";", "//"))


def sniff(lines: Iterable[str]) -> str:
    """The format of a list by its first lines."""
    votes = dict.fromkeys(FORMATS, 0)
    for line in lines:
        text = line.strip().lower()
        if text.startswith(("||", "@@", "[adblock", "[ublock", "! ")) or "##" in text:
            votes["adblock"] += 1
        elif not text or text.startswith(("#", ";", "!")):
            continue
        elif _ADDRESS.fullmatch(text.split()[0]) and len(text.split()) > 1:
            votes["hosts"] += 1
        elif "," in text:
            votes["csv"] += 1
        else:
            votes["domains"] += 1
    return max(("adblock", "hosts", "csv", "domains"), key=lambda form: votes[form])


def _csv_columns(row: list[str]) -> tuple[int, int | None, int | None] | None:
    """Places of name, owner and category by a header row; None when the row is no header."""
    heads = [cell.strip().lower() for cell in row]
    name = next((heads.index(head) for head in ("domain", "name", "host", "hostname") if head in heads), None)
    if name is None:
        return None
    owner = next((heads.index(head) for head in ("owner", "company", "organisation") if head in heads), None)
    return name, owner, heads.index("category") if "category" in heads else None


def _read_csv(lines: Iterable[tuple[int, str]], report: ListReport) -> Iterator[ListRule]:
    columns: tuple[int, int | None, int | None] = (0, 1, 2)
    first = True
    for number, line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        try:
            row = next(csv.reader([line], strict=True))
            if first and (header := _csv_columns(row)):
                columns, first = header, False
                continue
            first = False
            yield ListRule(clean_name(row[columns[0]]), _cell(row, columns[1]), _cell(row, columns[2]), False)
        except (Malformed, IndexError, csv.Error):
            report.note_malformed(number, line)


def _cell(row: list[str], column: int | None) -> str | None:
    if column is None or column >= len(row):
        return None
    return row[column].strip() or None


def _lines(path: Path, tell: Tell | None = None) -> Iterator[tuple[int, str]]:
    size_bytes = max(path.stat().st_size, 1)
    # Undecodable bytes become lone surrogates, which no name may hold: the line is malformed, the file is not.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline=None) as file:
        number, continued = 0, False
        while line := file.readline(MAX_LINE_CHARS):
            if not continued:
                number += 1
                yield number, line
                if tell is not None and number % TELL_LINES == 0:
                    tell(os.lseek(file.fileno(), 0, os.SEEK_CUR) / size_bytes, number)
            continued = not line.endswith("\n")


def read_list(path: Path, form: str | None = None, tell: Tell | None = None) -> tuple[Iterator[ListRule], ListReport]:
    """The rules of a list, lazily, and the report that fills while they are read. ``form`` None: by its first lines."""
    try:
        if form is None:
            form = sniff(line for _, line in zip(range(SNIFF_LINES), (line for _, line in _lines(path)), strict=False))
        path.open("rb").close()
    except OSError as error:
        raise NetScopeError(f"{path}: cannot read the list ({error.strerror})") from error
    if form not in FORMATS:
        raise NetScopeError(f"{form}: no list format; choose one of {', '.join(FORMATS)}")
    report = ListReport(str(path), form)
    return _read_rules(_lines(path, tell), form, report), report


def _read_rules(lines: Iterable[tuple[int, str]], form: str, report: ListReport) -> Iterator[ListRule]:
    if form == "csv":
        for rule in _read_csv(lines, report):
            report.rules += 1
            yield rule
        return
    read_line = _LINE_READERS[form]
    for number, line in lines:
        text = line.strip()
        if not text or _is_comment(text, form):
            continue
        try:
            rules = read_line(text)
        except Malformed:
            report.note_malformed(number, line)
            continue
        if not rules:
            report.skipped += 1
        for rule in rules:
            report.rules += 1
            yield rule
