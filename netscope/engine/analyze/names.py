"""What a host name looks like: its zone, whether it is of this network, whether a program made it up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Final

ZoneOf = Callable[[str], str | None]
"""Registered domain of a name; None for what nobody registers."""

LOCAL_SUFFIXES: Final = (
    ".local", ".localhost", ".localdomain", ".lan", ".home", ".home.arpa", ".internal", ".intranet", ".private",
    ".corp", ".in-addr.arpa", ".ip6.arpa", ".fritz.box", ".test", ".invalid", ".onion", ".wpad", ".domain",
    ".workgroup", ".mshome.net", ".router", ".station",
)  # fmt: skip
"""Names that stay in a network: RFC 6761, 6762, 8375, and what home routers hand out."""
SECOND_LEVELS: Final = frozenset(("ac", "co", "com", "edu", "gob", "gov", "gouv", "ne", "net", "nom", "or", "org"))
VOWELS: Final = frozenset("aeiouy")
CONSONANTS: Final = frozenset("bcdfghjklmnpqrstvwxz")
MIN_GENERATED: Final = 8
"""Characters below which a label says nothing: abbreviations look generated too."""


def is_local_name(name: str) -> bool:
    return "." not in name or name.lower().endswith(LOCAL_SUFFIXES)


@lru_cache(8192)
def last_labels(name: str) -> str | None:
    """The zone without a list of public suffixes: two labels, three under ``co.uk`` and the like."""
    labels = name.lower().rstrip(".").split(".")
    if len(labels) < 2 or is_local_name(name):
        return None
    deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVELS
    return ".".join(labels[-3:] if deep else labels[-2:])


def is_under(name: str, zones: frozenset[str]) -> bool:
    """Whether a name is one of the zones or below it, by whole labels."""
    while name:
        if name in zones:
            return True
        _, _, name = name.partition(".")
    return False


def entropy_bits(text: str) -> float:
    """Shannon entropy a character: 3.5 for words of a sentence without spaces, 4 to 5 for base32 and base64."""
    if not text:
        return 0.0
    total = len(text)
    return -sum(n / total * math.log2(n / total) for n in Counter(text).values())


@lru_cache(8192)
def looks_generated(label: str) -> bool:
    """Whether no person would choose this label: long runs of consonants, digits among letters, hardly a vowel."""
    label = label.lower()
    if len(label) < MIN_GENERATED or label.startswith("xn--") or "-" in label or "_" in label:
        return False
    letters = [letter for letter in label if letter.isalpha()]
    if not letters:
        return False
    vowels = sum(letter in VOWELS for letter in letters)
    digits = len(label) - len(letters)
    switches = sum(a.isdigit() != b.isdigit() for a, b in pairwise(label))
    return (
        _longest_run(label) >= 5
        or vowels * 5 < len(letters)
        or (digits >= 3 and switches >= 4)
        or (len(label) >= 20 and entropy_bits(label) >= 3.6)
    )


def _longest_run(label: str) -> int:
    """Of consonants."""
    longest = run = 0
    for letter in label:
        run = run + 1 if letter in CONSONANTS else 0
        longest = max(longest, run)
    return longest
