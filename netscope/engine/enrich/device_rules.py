"""Reads the table of device rules (data/device_rules.tsv) and applies it to one piece of evidence.

The table says what follows from what and why; how conclusions of several pieces are weighed is in devices.py.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from netscope.engine.enrich.domains import suffixes

KINDS: Final = frozenset({
    "access_point", "appliance", "camera", "computer", "console", "hub", "iot", "laptop", "nas", "phone", "printer",
    "router", "server", "speaker", "switch", "tablet", "tv", "voip_phone", "wearable",
})  # fmt: skip
MOSTLY_CONFIDENCE: Final = 50
"""Of a kind with a question mark: what shows a system well tells its kind less well, since tablets run it too."""
ANY: Final = "any"
"""Source of rules about a value whoever says it."""
CACHE_ENTRIES: Final = 4_096
"""Values whose conclusions are remembered, the least recently used forgotten first: about 4 MB when full."""
MAX_VALUE_CHARS: Final = 512
"""Of a value that rules look at, so that no expression runs long on hostile text."""
_TABLE: Final = Path(__file__).parent / "data" / "device_rules.tsv"
_GROUP: Final = re.compile(r"\\(\d)")


class Conclusion(NamedTuple):
    """What one rule makes of a value."""

    kind: str | None
    os: str | None
    model: str | None
    confidence: int
    """0 to 100."""
    reason: str


class Rule(NamedTuple):
    matches: Callable[[str], tuple[str, ...] | None]
    """The value's groups, the whole first; None when the rule does not apply."""
    kind: str
    os: str
    model: str
    confidence: int
    reason: str

    def apply(self, value: str) -> Conclusion | None:
        groups = self.matches(value)
        if groups is None:
            return None
        os, model = _filled(self.os, groups), _filled(self.model, groups)
        return Conclusion(self.kind or None, os, model, self.confidence, self.reason)


def _filled(template: str, groups: tuple[str, ...]) -> str | None:
    r"""The template with ``\0`` to ``\9`` replaced by what matched; None when nothing is left."""
    if "\\" in template:
        template = _GROUP.sub(lambda match: groups[int(match[1])], template)
    return template.strip() or None


def _matcher(how: str, pattern: str) -> Callable[[str], tuple[str, ...] | None]:
    if how == "re":
        expression = re.compile(pattern)
        return lambda value: (m[0], *m.groups("")) if (m := expression.match(value)) else None
    wanted = pattern.lower()
    tests: dict[str, Callable[[str], bool]] = {
        "is": lambda value: value.lower() == wanted,
        "starts": lambda value: value.lower().startswith(wanted),
        "has": lambda value: wanted in value.lower(),
    }
    test = tests[how]
    return lambda value: (value,) if test(value) else None


@cache
def rules() -> dict[tuple[str, str], list[Rule]]:
    """All rules by (source, attribute), the most confident first."""
    table: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    with _TABLE.open(encoding="utf-8") as file:
        for line in file:
            if line.startswith(("#", "source\t")):
                continue
            source, attribute, how, pattern, kind, os, model, confidence, reason = line.rstrip("\n").split("\t")
            matches, sure = _matcher(how, pattern), int(confidence)
            if kind.endswith("?"):
                mostly = Rule(matches, kind[:-1], "", "", min(sure, MOSTLY_CONFIDENCE), reason)
                table[source, attribute].append(mostly)
                kind = ""
            table[source, attribute].append(Rule(matches, kind, os, model, sure, reason))
    for group in table.values():
        group.sort(key=lambda rule: -rule.confidence)
    return dict(table)


@lru_cache(CACHE_ENTRIES)
def conclusions(source: str, attribute: str, value: str) -> list[Conclusion]:
    """What follows from one piece of evidence, the most confident first; shared, so only to be read."""
    value = value[:MAX_VALUE_CHARS]
    table = rules()
    candidates = [*table.get((source, attribute), ()), *table.get((ANY, attribute), ())]
    found = [conclusion for rule in candidates if (conclusion := rule.apply(value)) is not None]
    return sorted(found, key=lambda conclusion: -conclusion.confidence)


@cache
def telling_hosts() -> frozenset[str]:
    """Host names that tell something of a device that contacts them; subdomains count as the name."""
    with _TABLE.open(encoding="utf-8") as file:
        return frozenset(line.split("\t")[3] for line in file if line.startswith("contacted\thost\t"))


def telling_host(name: str) -> str | None:
    """The listed name that ``name`` is or lies below."""
    hosts = telling_hosts()
    return next((suffix for suffix in suffixes(name) if suffix in hosts), None)
