"""Country of an address from text ranges (``start,end,CC``), the form of Debian's tor-geoipdb.

Ranges become sorted starts beside 16-bit country numbers: 6 MB for 660,000 lines, 25 MB of text, which the compiled
reader takes in 50 ms. So nothing is kept on disk.
"""

from __future__ import annotations

import mmap
import sys
from array import array
from bisect import bisect_right
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from netscope.engine.parse.formats import read_ranges
from netscope.model.errors import NetScopeError

HEAD_LINES: Final = 40


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


def _read(path: Path, version: int) -> RangeTable:
    """Raises OSError, and ValueError with the line that is wrong."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        packed_starts, packed_numbers, countries = read_ranges(text, version == 6)
    return RangeTable(array("Q" if version == 6 else "I", packed_starts), array("H", packed_numbers), countries)


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


def open_ranges(path: Path, version: int) -> RangeTable:
    """The table of a text file. Raises NetScopeError naming what is wrong."""
    try:
        return _read(path, version)
    except OSError as error:
        raise NetScopeError(f"{path}: cannot read the country ranges ({error.strerror})") from error
    except ValueError as damage:
        raise NetScopeError(f"{path}: damaged country ranges ({damage})") from damage
