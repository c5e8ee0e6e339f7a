"""TLS fingerprints and the software they are known from: the embedded tables and a user's own.

A fingerprint is a library's as much as a program's, so a name from here is a hint and is shown as one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from netscope.model.errors import NetScopeError

JA3: Final = re.compile(r"[0-9a-f]{32}")
JA4: Final = re.compile(r"[tqd][0-9sd][0-9sd][di][0-9]{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}")
DIGEST: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
"""SHA-1 or SHA-256 of a certificate."""
MAX_ENTRIES: Final = 200_000
"""Of a user's table; SSLBL has some hundreds."""
MAX_LINE_CHARS: Final = 4096
_DATA: Final = Path(__file__).parent / "data"


class FingerprintTable:
    """Names by fingerprint; JA3 and JA4 cannot be confused, so one mapping holds both."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    def find(self, fingerprint: str) -> str | None:
        return self._names.get(fingerprint)

    def extended(self, names: dict[str, str]) -> FingerprintTable:
        """With a user's names, which beat those here."""
        return FingerprintTable({**self._names, **names})


@cache
def embedded() -> FingerprintTable:
    names: dict[str, str] = {}
    for kind in ("ja3", "ja4"):
        with (_DATA / f"{kind}.tsv").open(encoding="utf-8") as file:
            for line in file:
                if not line.startswith(("#", "fingerprint\t")):
                    fingerprint, application = line.rstrip("\n").split("\t")
                    names[fingerprint] = application
    return FingerprintTable(names)


def read_table(path: Path) -> dict[str, str]:
    """Names by fingerprint from a CSV or TSV of any column order; SSLBL's form is one. Raises NetScopeError.

    In each row the first cell that is a JA3 or JA4 is the fingerprint, the last other one that is no time is the name.
    """
    names = _read(path, _rows)
    if not names:
        raise NetScopeError(f"{path}: no JA3 or JA4 fingerprint with a name found")
    return names


def read_known_bad(path: Path) -> dict[str, str]:
    """Descriptions by JA3, JA3S, JA4 or certificate digest, in lower case: SSLBL's lists and plain ones of one a line.

    Columns in any order, as in ``read_table``; a fingerprint without a description has an empty one. Raises
    NetScopeError.
    """
    listed = _read(path, _known_bad_rows)
    if not listed:
        raise NetScopeError(f"{path}: no JA3, JA4 or certificate digest (SHA-1, SHA-256) found")
    return listed


def _read(path: Path, rows: Callable[[Iterable[str]], Iterator[tuple[str, str]]]) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            found = dict(rows(iter(lambda: file.readline(MAX_LINE_CHARS), "")))
    except OSError as error:
        raise NetScopeError(f"{path}: cannot read the fingerprints ({error.strerror})") from error
    if len(found) > MAX_ENTRIES:
        raise NetScopeError(f"{path}: {len(found)} fingerprints are more than the {MAX_ENTRIES} NetScope takes")
    return found


def _known_bad_rows(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if line.startswith("#"):
            continue
        for row in csv.reader([line], delimiter="\t" if "\t" in line else ","):
            cells = [cell.strip() for cell in row]
            plain = [cell.lower().replace(":", "") for cell in cells]
            found = next((c for c in plain if JA3.fullmatch(c) or DIGEST.fullmatch(c) or JA4.fullmatch(c)), None)
            words = [
                cell for cell, bare in zip(cells, plain, strict=True)
                if cell and bare != found and not re.match(r"\d{4}-\d\d-\d\d", cell)
            ]  # fmt: skip
            if found is not None:
                yield found, words[-1] if words else ""


def _rows(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if line.startswith("#"):
            continue
        for row in csv.reader([line], delimiter="\t" if "\t" in line else ","):
            cells = [cell.strip() for cell in row]
            fingerprint = next((c for c in cells if JA3.fullmatch(c.lower()) or JA4.fullmatch(c)), None)
            names = [c for c in cells if c and c != fingerprint and not re.match(r"\d{4}-\d\d-\d\d", c)]
            if fingerprint is not None and names:
                key = fingerprint.lower() if JA3.fullmatch(fingerprint.lower()) else fingerprint
                yield key, names[-1]
