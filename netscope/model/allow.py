"""What the user allows: alerts that fit a rule are not shown and not sent.

Applied when alerts are looked at, never when they are raised: old alerts vanish with a new rule and come back when it
goes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from netscope.model.errors import NetScopeError

ANY: Final = "*"
MAX_RULES: Final = 1_000
"""Rules in force. More are refused: a list nobody can read hides what nobody meant to hide."""
MAX_PATTERN_CHARS: Final = 255
SOURCE_KEYS: Final = ("source", "client", "mac", "suspect_mac", "server_mac", "asked_by")
"""Evidence that says who does it."""
DESTINATION_KEYS: Final = (
    "target", "destination", "server", "server_name", "host", "zone", "address", "name", "resolver", "peer",
)  # fmt: skip
"""Evidence that says to whom or with whom."""

Origin = Literal["user", "config"]
Key = tuple[str, str, str]
_Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class AllowRule:
    """Alerts of a detector, from a source, to a destination; ``*`` stands for any."""

    detector: str = ANY
    source: str = ANY
    """A device by MAC or name, an address, or a network: who does it."""
    destination: str = ANY
    """A host name (``*.x`` is x and all below it), an address, or a network: to whom."""
    note: str = ""
    created_ns: int = 0
    origin: Origin = "user"
    """``config`` rules are changed in the configuration file only."""

    @property
    def key(self) -> Key:
        """Two rules with the same key are one."""
        return (self.detector, self.source, self.destination)


class AlertEnds(NamedTuple):
    """Whom an alert is about, as a rule may name them; lower-case."""

    sources: frozenset[str]
    destinations: frozenset[str]


def alert_ends(evidence: Mapping[str, Any], sources: Iterable[str | None], others: Iterable[str | None]) -> AlertEnds:
    """``sources``: MAC, addresses and names of the alert's device and its flow's client; ``others``: of the server."""
    return AlertEnds(
        frozenset(_words((*sources, *(evidence.get(key) for key in SOURCE_KEYS)))),
        frozenset(_words((*others, *(evidence.get(key) for key in DESTINATION_KEYS)))),
    )


def _words(values: Iterable[Any]) -> Iterable[str]:
    return (value.lower().rstrip(".") for value in values if isinstance(value, str) and value)


def checked(rule: AllowRule) -> AllowRule:
    """The rule in its plain form. Raises NetScopeError for one that would hide everything or can never fit."""
    parts = [_plain(part) for part in rule.key]
    if parts == [ANY, ANY, ANY]:
        raise NetScopeError("a rule that allows everything hides every alert: name a detector, source or destination")
    for part in parts:
        if len(part) > MAX_PATTERN_CHARS:
            raise NetScopeError(f"{part[:40]}…: longer than {MAX_PATTERN_CHARS} characters")
        if part != ANY and "*" in part.removeprefix("*."):
            raise NetScopeError(f"{part}: a star stands alone or before a dot, as in *.example.org")
        if "/" in part:
            _network(part)
    return AllowRule(parts[0], parts[1], parts[2], rule.note, rule.created_ns, rule.origin)


def _plain(part: str) -> str:
    return part.strip().lower() or ANY


def _network(pattern: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        raise NetScopeError(f"{pattern} is not a network, as 192.168.1.0/24") from None


def _test_of(pattern: str) -> _Test:
    if "/" in pattern:
        network = _network(pattern)
        return lambda word: _is_inside(word, network)
    if pattern.startswith("*."):
        zone = pattern[2:]
        return lambda word: word == zone or word.endswith("." + zone)
    return lambda word: word == pattern


def _is_inside(word: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(word) in network
    except ValueError:
        return False


class AllowList:
    """Rules in force, by detector; of the user and of the configuration file."""

    def __init__(self, rules: Sequence[AllowRule] = ()) -> None:
        """``rules`` are ``checked``."""
        self._rules = {rule.key: rule for rule in rules}
        self._tests = {rule.key: (_test_of(rule.source), _test_of(rule.destination)) for rule in self._rules.values()}
        self._by_detector: dict[str, list[AllowRule]] = {}
        for rule in self._rules.values():
            self._by_detector.setdefault(rule.detector, []).append(rule)

    @property
    def rules(self) -> tuple[AllowRule, ...]:
        return tuple(self._rules.values())

    def __bool__(self) -> bool:
        return bool(self._rules)

    def with_rule(self, rule: AllowRule) -> AllowList:
        """Unchanged when it is full, or where the configuration file has the rule already."""
        known = self._rules.get(rule.key)
        if len(self._rules) >= MAX_RULES if known is None else known.origin == "config":
            return self
        return AllowList([*self._rules.values(), rule])

    def without(self, key: Key) -> AllowList:
        """Rules of the configuration file stay."""
        return AllowList([rule for rule in self._rules.values() if rule.key != key or rule.origin == "config"])

    def allows(self, detector: str, ends: Callable[[], AlertEnds]) -> AllowRule | None:
        """The first rule that fits; ``ends`` is only asked for where a rule of the detector depends on it."""
        candidates = [*self._by_detector.get(detector, ()), *self._by_detector.get(ANY, ())]
        return next((rule for rule in candidates if self._fits(rule, ends)), None)

    def _fits(self, rule: AllowRule, ends: Callable[[], AlertEnds]) -> bool:
        is_source, is_destination = self._tests[rule.key]
        return (rule.source == ANY or any(map(is_source, ends().sources))) and (
            rule.destination == ANY or any(map(is_destination, ends().destinations))
        )


class AllowedRow(NamedTuple):
    """A rule of the allow-list, and what it hides now."""

    rule: AllowRule
    hidden: int
    """Alerts not shown because of it."""
    last_ns: int | None
    """When the latest of them was last seen."""


class Hidden:
    """Counts what each rule of an allow-list hides while a snapshot is made."""

    def __init__(self) -> None:
        self._counts: dict[Key, int] = {}
        self._last_ns: dict[Key, int] = {}

    def add(self, rule: AllowRule, last_ns: int) -> None:
        self._counts[rule.key] = self._counts.get(rule.key, 0) + 1
        self._last_ns[rule.key] = max(self._last_ns.get(rule.key, 0), last_ns)

    def rows(self, rules: Sequence[AllowRule]) -> tuple[AllowedRow, ...]:
        return tuple(AllowedRow(rule, self._counts.get(rule.key, 0), self._last_ns.get(rule.key)) for rule in rules)
