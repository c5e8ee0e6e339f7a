"""``[[allow]]``: alerts that are expected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netscope.config.option import option
from netscope.model.allow import ANY, AllowRule, checked


def _pattern(text: str) -> None:
    checked(AllowRule("some", text, ANY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """Alerts that are expected: not shown and not sent, old ones too, for as long as the rule stands."""

    detector: str = option(ANY, "A detector by name, rule:NAME for a rule of yours, * for any.", example='"beacon"')
    source: str = option(
        ANY,
        "Who does it: a device by name or MAC, an address, a network, * for any.",
        check=_pattern,
        example='"192.168.1.57"',
    )
    destination: str = option(
        ANY,
        "To whom: a host name, *.example.org for it and all below it, an address, a network, * for any.",
        check=_pattern,
        example='"*.example.org"',
    )
    note: str = option("", "Why, for yourself.", example='"the weather station"')

    def rule(self) -> AllowRule:
        """As alerts are held against it. Raises NetScopeError for one that would allow everything."""
        return checked(AllowRule(self.detector, self.source, self.destination, self.note, 0, "config"))


def allowed_by(entries: Iterable[Allow]) -> list[AllowRule]:
    return [entry.rule() for entry in entries]


def refuse_everything(entry: Allow) -> None:
    """Raises NetScopeError."""
    entry.rule()
