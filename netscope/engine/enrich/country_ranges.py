"""Country of an address from text ranges (``start,end,CC``), the form of Debian's tor-geoipdb.

Ranges become sorted starts beside 16-bit country numbers: 6 MB for 660,000 lines. Reading the text takes half a
second, so the arrays are kept in a cache file that is valid as long as the text file is unchanged.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from socket import AF_INET6, inet_pton
from typing import Final

from netscope.engine.enrich import folders
from netscope.model.errors import NetScopeError

MAGIC: Final = b"NSRANGES2\n"
NOWHERE: Final = 0
"""Number of the country of a gap between ranges."""
BLOCK_CHARS: Final = 1 << 18
"""Of text at a time; its fields take some 3 MB while it is read."""
HEAD_LINES: Final = 40
_UPPER: Final = struct.Struct(">Q")


class RangeTable:
    """Starts of ranges and the country each begins; a gap is a range of its own."""

    def __init__(self, starts: array[int], numbers: array[int], countries: list[str]) -> None:
        self._starts = starts
        self._numbers = numbers
        self.countries = countries
        """Codes by number; the first is empty: no country."""

    def __len__(self) -> int:
        return len(self._starts)

    @property
    def memory_bytes(self) -> int:
        return sys.getsizeof(self._starts) + sys.getsizeof(self._numbers) + sys.getsizeof(self.countries)

    def country(self, number: int) -> str | None:
        """Code for an IPv4 address as a number, or for the upper 64 bits of an IPv6 address."""
        at = bisect_right(self._starts, number) - 1
        return self.countries[self._numbers[at]] or None if at >= 0 else None

    @classmethod
    def build(cls, ranges: Iterable[tuple[int, int, str]], typecode: str) -> RangeTable:
        """From sorted, disjoint (first, last, code); neighbours of one country are merged."""
        starts, numbers = array(typecode), array("H")
        countries = {"": NOWHERE}
        next_free, current = 0, NOWHERE
        for first, last, code in ranges:
            if first < next_free:
                continue  # finer than the table's resolution
            number = countries.setdefault(code, len(countries))
            if first > next_free and current != NOWHERE:
                starts.append(next_free)
                numbers.append(NOWHERE)
                current = NOWHERE
            if number != current:
                starts.append(first)
                numbers.append(number)
                current = number
            next_free = last + 1
        if current != NOWHERE and next_free < 1 << (starts.itemsize * 8):
            starts.append(next_free)
            numbers.append(NOWHERE)
        return cls(starts, numbers, list(countries))

    def save(self, path: Path, stamp: str) -> None:
        head = json.dumps([stamp, sys.byteorder, self._starts.typecode, len(self), self.countries]).encode()
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with temporary.open("wb") as file:
            file.write(MAGIC + head + b"\n")
            self._starts.tofile(file)
            self._numbers.tofile(file)
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path, stamp: str) -> RangeTable | None:
        """None when there is no such file, or it was made from another version of the text."""
        try:
            with path.open("rb") as file:
                if file.readline(len(MAGIC)) != MAGIC:
                    return None
                found, byteorder, typecode, entries, countries = json.loads(file.readline())
                if found != stamp or byteorder != sys.byteorder:
                    return None
                starts, numbers = array(typecode), array("H")
                starts.fromfile(file, entries)
                numbers.fromfile(file, entries)
        except (OSError, ValueError, EOFError):
            return None
        return cls(starts, numbers, countries)


def _columns(path: Path) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """First, last and code of many lines at a time: splitting a whole block is three times as fast as line by line."""
    with path.open(encoding="ascii", errors="replace") as file:
        while block := file.read(BLOCK_CHARS):
            block += file.readline()
            if "#" in block:
                block = "".join(line for line in block.splitlines(keepends=True) if line[0] != "#")
            fields = block.rstrip("\n").replace("\n", ",").split(",")
            if len(fields) % 3:
                raise ValueError("a line does not have three fields")
            yield fields[0::3], fields[1::3], fields[2::3]


def _upper_half(address: str) -> int:
    return _UPPER.unpack_from(inet_pton(AF_INET6, address))[0]  # type: ignore[no-any-return]


def _ranges(path: Path, number: Callable[[str], int]) -> Iterator[tuple[int, int, str]]:
    for firsts, lasts, codes in _columns(path):
        for first, last, code in zip(map(number, firsts), map(number, lasts), codes, strict=True):
            if len(code) == 2 and code.isalpha():  # ?? and A1 to A3 (anonymous proxies, satellites) are no places
                yield first, last, code


def generated_on(path: Path) -> str | None:
    """The day the file's head says it was generated, ISO 8601."""
    with path.open(encoding="ascii", errors="replace") as file:
        for line, _ in zip(file, range(HEAD_LINES), strict=False):
            if line.startswith("# Generated:"):
                try:
                    return parsedate_to_datetime(line.partition(":")[2].strip()).date().isoformat()
                except ValueError:
                    return None
    return None


def stamp_of(path: Path) -> str:
    """Changes with the file. Raises OSError."""
    status = path.stat()
    return f"{path} {status.st_size} {status.st_mtime_ns}"


def open_ranges(path: Path, version: int, cache_folder: Path | None) -> RangeTable:
    """The table of a text file, from the cache when it is fresh. Raises NetScopeError naming what is wrong."""
    try:
        stamp = stamp_of(path)
        cached = cache_folder / f"{path.name}.ranges" if cache_folder else None
        if cached is not None and (table := RangeTable.load(cached, stamp)):
            return table
        if version == 4:
            table = RangeTable.build(_ranges(path, int), "I")
        else:
            table = RangeTable.build(_ranges(path, _upper_half), "Q")
    except OSError as error:
        raise NetScopeError(f"{path}: cannot read the country ranges ({error.strerror})") from error
    except (ValueError, OverflowError, IndexError) as error:
        raise NetScopeError(f"{path}: damaged country ranges ({error})") from error
    if cached is not None:
        _try_to_save(table, cached, stamp)
    return table


def _try_to_save(table: RangeTable, cached: Path, stamp: str) -> None:
    """A cache that cannot be written costs half a second the next time, nothing else."""
    try:
        folders.make_folder(cached.parent)
        table.save(cached, stamp)
        folders.give_to_user(cached)
    except (OSError, NetScopeError):
        return
