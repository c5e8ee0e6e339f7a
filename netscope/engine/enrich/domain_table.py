"""A set of domain names as sorted 64-bit hashes with a small number each: 10 bytes a name, two million in 20 MB.

Written once, then memory-mapped, so a large list costs no start-up time. Names themselves are not kept: a hit's rule is
the suffix that matched. With two million names a false hit has a chance of 1 in 10^13 a look-up.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from netscope.engine.enrich.list_formats import ListRule
from netscope.model.errors import NetScopeError

MAGIC: Final = b"NSLIST1\n"
MAX_KINDS: Final = 0xFFFF
"""Different (owner, category) pairs of one list; further owners are left out, their names stay."""
_BUCKETS: Final = 256
"""Sorting by the first byte keeps the peak of building low: one bucket at a time is Python integers."""


Column: TypeAlias = "array[int] | memoryview[int]"


class Kind(NamedTuple):
    """What the names of a list share."""

    owner: str | None
    category: str | None
    allow: bool


def name_hash(name: str) -> int:
    # Not hash(): that differs between processes, and the table outlives this one.
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


class DomainTable:
    """Names of one list, ready to look up; immutable."""

    def __init__(self, about: dict[str, Any], kinds: list[Kind], hashes: Column, numbers: Column) -> None:
        self.name: str = about["name"]
        self.about = about
        self.kinds = kinds
        self._hashes = hashes
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._hashes)

    @property
    def memory_bytes(self) -> int:
        return len(self._hashes) * 10 + sys.getsizeof(self.kinds) + len(self.kinds) * 72

    @property
    def is_mapped(self) -> bool:
        """Its columns are the file's pages, not memory of this process."""
        return isinstance(self._hashes, memoryview)

    def find(self, hashed: int) -> Kind | None:
        """The kind of the name with this ``name_hash``."""
        hashes = self._hashes
        at = bisect_left(hashes, hashed)
        if at < len(hashes) and hashes[at] == hashed:
            return self.kinds[self._numbers[at]]
        return None

    @classmethod
    def build(cls, name: str, rules: Iterable[ListRule], about: dict[str, Any] | None = None) -> DomainTable:
        """Of a name listed twice the first rule stands, but an exception beats it."""
        buckets = [array("Q") for _ in range(_BUCKETS)]
        bucket_numbers = [array("H") for _ in range(_BUCKETS)]
        kinds: dict[Kind, int] = {}
        for rule in rules:
            hashed = name_hash(rule.name)
            kind = Kind(rule.owner, rule.category, rule.allow)
            number = kinds.get(kind)
            if number is None:
                number = _number_kind(kinds, kind)
            buckets[hashed >> 56].append(hashed)
            bucket_numbers[hashed >> 56].append(number)
        hashes, numbers = array("Q"), array("H")
        kind_list = list(kinds)
        for at in range(_BUCKETS):
            _merge(buckets[at], bucket_numbers[at], kind_list, hashes, numbers)
            buckets[at], bucket_numbers[at] = array("Q"), array("H")
        return cls({**(about or {}), "name": name}, kind_list, hashes, numbers)

    def save(self, path: Path) -> None:
        """Replaces ``path`` as a whole: a reader sees the old table or the new one."""
        about = {**self.about, "byteorder": sys.byteorder, "entries": len(self), "kinds": self.kinds}
        head = MAGIC + json.dumps(about).encode() + b"\n"
        head += b"\n" * (-len(head) % 8)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with temporary.open("wb") as file:
            file.write(head)
            file.write(memoryview(self._hashes))
            file.write(memoryview(self._numbers))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    @classmethod
    def open(cls, path: Path) -> DomainTable:
        """Maps a saved table; nothing is read until it is looked up."""
        try:
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
            raise NetScopeError(f"{path}: cannot read the list ({error})") from error
        return cls._from_map(mapped, path)

    @classmethod
    def _from_map(cls, mapped: mmap.mmap, path: Path) -> DomainTable:
        try:
            if mapped[: len(MAGIC)] != MAGIC:
                raise ValueError("no NetScope list")
            end = mapped.find(b"\n", len(MAGIC))
            about = json.loads(mapped[len(MAGIC) : end])
            start = end + 1 + (-(end + 1) % 8)
            entries = about.pop("entries")
            if about.pop("byteorder") != sys.byteorder or len(mapped) != start + entries * 10:
                raise ValueError("written on another kind of machine, or cut off")
            kinds = [Kind(*kind) for kind in about.pop("kinds")]
            view = memoryview(mapped)
            hashes = view[start : start + entries * 8].cast("Q")
            return cls(about, kinds, hashes, view[start + entries * 8 :].cast("H"))
        except (ValueError, KeyError, TypeError) as error:
            raise NetScopeError(f"{path}: damaged list ({error}); import it again") from error


def _number_kind(kinds: dict[Kind, int], kind: Kind) -> int:
    if len(kinds) >= MAX_KINDS:
        plain = Kind(None, None, kind.allow)
        return kinds.setdefault(plain, min(len(kinds), MAX_KINDS))
    return kinds.setdefault(kind, len(kinds))


def _merge(
    bucket: array[int], bucket_numbers: array[int], kinds: list[Kind], hashes: array[int], numbers: array[int]
) -> None:
    last = -1
    for hashed, at in sorted(zip(bucket, range(len(bucket)), strict=True)):
        number = bucket_numbers[at]
        if hashed != last:
            hashes.append(hashed)
            numbers.append(number)
            last = hashed
        elif kinds[number].allow:
            numbers[-1] = number
