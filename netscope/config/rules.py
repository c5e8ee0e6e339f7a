"""``[[rule]]``: alerts of your own, in the filter language of the screens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, get_args

from netscope.config.option import option
from netscope.engine.analyze.detector import RANK
from netscope.engine.analyze.user_rules import Rule as CompiledRule
from netscope.engine.analyze.user_rules import RuleKind
from netscope.query import FilterError, parse_filter
from netscope.query.match import Predicate
from netscope.query.syntax import Node, Not, Term

MOMENTARY: Final = frozenset(("rate", "up", "down", "flows", "hits", "idle"))
"""What is only known of the moment the screen shows."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def _name(text: str) -> None:
    if _NAME.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no name: up to 64 letters, digits, dots, dashes and underscores")


def _readable(text: str) -> None:
    """The kind of row is judged with the whole rule."""
    try:
        parse_filter(text)
    except FilterError as error:
        raise ValueError(error.located) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An alert of your own: a condition in the filter language of the screens, judged as traffic is seen."""

    name: str = option(help="What its alerts are filed under, as rule:NAME.", check=_name, example='"tv-abroad"')
    when: str = option(
        help="The condition, as it would be typed on the flows screen. Judged when a flow ends, and twice a minute "
        "while it lasts.",
        check=_readable,
        example='"dev:tv and cc:RU and bytes_up>10M"',
    )
    on: str = option(
        "flow",
        "What the condition is asked of: each flow, each name asked for or greeted, each tracker met.",
        choices=lambda: get_args(RuleKind),
    )
    severity: str = option("medium", "Of its alerts.", choices=lambda: tuple(RANK))
    text: str = option("", "What its alerts say. Default: the name.", example='"The television uploads abroad"')

    def compiled(self) -> CompiledRule:
        """Raises ValueError with the place in the condition."""
        kind: RuleKind = "name" if self.on == "name" else "tracker" if self.on == "tracker" else "flow"
        return CompiledRule(self.name, kind, self.when, self.severity, self.text, _predicate(self.when, kind))


def _predicate(when: str, kind: RuleKind) -> Predicate:
    try:
        found = parse_filter(when, kind)
        if found is None:
            raise ValueError("when: an empty condition fits everything")
        _refuse_momentary(found.tree)
    except FilterError as error:
        raise ValueError(f"when: {error.located}") from None
    # Rows come with their times counted back from when they were last seen: that is the rule's now.
    test = found.predicate(kind, 0)
    assert test is not None, "each term asks something of the kind"
    return test


def _refuse_momentary(node: Node) -> None:
    if isinstance(node, Term):
        if node.field in MOMENTARY:
            words = f"{node.field} is of the moment, a rule sees the whole: ask bytes_up, bytes_down or age"
            raise FilterError(words, node.start, node.end)
    elif isinstance(node, Not):
        _refuse_momentary(node.of)
    else:
        for part in node.of:
            _refuse_momentary(part)


def refuse_unfit(entry: Rule) -> None:
    """Raises ValueError."""
    entry.compiled()
