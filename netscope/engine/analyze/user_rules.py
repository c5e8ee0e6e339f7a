"""What the user wants told: conditions in the filter language over flows, names and trackers.

A flow is judged when it ends and, while it lasts and moves, about twice a minute: not every second, not with every
packet. A condition sees the flow as it is then, so ``bytes_up>10M`` is of the whole flow so far, and ``age`` is how
long it lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, SHOWN, Explanation, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert, DnsQuery, HttpRequest, TlsHandshake, TrackerHit

MAX_TOLD: Final = 65_536
"""(rule, flow or question) told in this run; beyond it one that lasts may be counted twice."""
LOOK_S: Final = 30
"""A flow that lasts is looked at in one second of so many, each in its own."""
PREFIX: Final = "rule:"
"""Before a rule's name, where an alert names its detector."""

RuleKind = Literal["flow", "name", "tracker"]
RowOf = Callable[[Any], Any]
"""A flow, question or hit to the row the filter language asks; its times count back from when it was last seen."""


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    kind: RuleKind
    when: str
    """The condition as it was written."""
    severity: str
    text: str
    """What the alert says; empty: the name."""
    fits: Callable[[Any], bool]
    """Of a row."""


class UserRules(QuietDetector):
    name: ClassVar[str] = "rule"
    observes: ClassVar[tuple[type, ...]] = (DnsQuery, TlsHandshake, HttpRequest, TrackerHit)
    explanation: ClassVar[Explanation] = Explanation(
        what="A rule of your configuration fits what was seen.",
        usual="Whatever you meant the rule for.",
        check="The condition is the threshold above. Change or remove the rule under [[rule]] in netscope.toml.",
    )

    def __init__(self, rules: Iterable[Rule], neighbours: Neighbours, row_of: RowOf) -> None:
        self._neighbours = neighbours
        self._row_of = row_of
        self._rules: dict[str, list[Rule]] = {"flow": [], "name": [], "tracker": []}
        for rule in rules:
            self._rules[rule.kind].append(rule)
        self._told: set[tuple[str, str, int]] = set()
        self._met: dict[tuple[str, int | None], list[str]] = {}

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        rules = self._rules["flow"]
        if not rules:
            return NOTHING
        alerts = self._judge(rules, flow, flow, flow.id, flow.last_seen_ns)
        for rule in rules:
            self._told.discard((rule.name, "flow", flow.id))
        return alerts

    def second(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        rules = self._rules["flow"]
        if not rules:
            return NOTHING
        turn = now_ns // SECOND_NS % LOOK_S
        alerts: list[Alert] = []
        for flow in changed:
            if flow.id % LOOK_S == turn and flow.last_seen_ns - flow.first_seen_ns >= SECOND_NS:
                alerts.extend(self._judge(rules, flow, flow, flow.id, flow.last_seen_ns))
        return alerts

    def observe(self, record: DnsQuery | TlsHandshake | HttpRequest | TrackerHit) -> Sequence[Alert]:
        if isinstance(record, TrackerHit):
            rules = self._rules["tracker"]
        elif isinstance(record, (TlsHandshake, HttpRequest)) and _is_repeated(record):
            return NOTHING
        else:
            rules = self._rules["name"]
        return self._judge(rules, record, record.flow, record.id, record.timestamp_ns) if rules else NOTHING

    def _judge(self, rules: list[Rule], seen: Any, flow: Flow | None, number: int, at_ns: int) -> list[Alert]:
        row = self._row_of(seen)
        return [self._tell(rule, row, seen, flow, number, at_ns) for rule in rules if rule.fits(row)]

    def _tell(self, rule: Rule, row: Any, seen: Any, flow: Flow | None, number: int, at_ns: int) -> Alert:
        told = (rule.name, type(seen).__name__.lower(), number)
        first = told not in self._told
        if first and len(self._told) < bounded(MAX_TOLD):
            self._told.add(told)
        device_id = row.device_id
        with_whom = flow.server_name or flow.server_ip if rule.kind == "flow" and flow is not None else row.name
        met = self._met_by(rule.name, device_id)
        if with_whom not in met and len(met) < SHOWN:
            met.append(with_whom)
        others = f" and {len(met) - 1} more" if len(met) > 1 else ""
        alert = self.alert(
            f"{rule.name} {device_id}", rule.severity,
            f"{rule.text or rule.name}: {row.device_name}, {met[0]}{others}", at_ns,
            because="your rule says so",
            observed=_observed(rule.kind, row, with_whom),
            threshold={"rule": rule.name, "when": rule.when},
            window_s=0,
            data={"destination": with_whom, "destinations": list(met)},
            since_ns=flow.first_seen_ns if flow is not None and rule.kind == "flow" else None,
            device_id=device_id, flow=flow, count=int(first),
        )  # fmt: skip
        alert.detector = PREFIX + rule.name
        return alert

    def _met_by(self, rule: str, device_id: int | None) -> list[str]:
        """Whom a device met, as far as the rule was told of it."""
        met = self._met.get((rule, device_id))
        if met is None:
            met = []
            if len(self._met) < bounded(MAX_TOLD):
                self._met[rule, device_id] = met
        return met

    def counters(self) -> dict[str, int]:
        return {"rules_told": len(self._told)} if self._told else {}


def _is_repeated(record: TlsHandshake | HttpRequest) -> bool:
    """Emitted again with the server's half; its name was judged."""
    if isinstance(record, TlsHandshake):
        return record.negotiated_version is not None or record.sni is None
    return record.status is not None


def _observed(kind: str, row: Any, with_whom: str) -> dict[str, Any]:
    if kind == "flow":
        return {
            "server": with_whom,
            "port": row.server_port,
            "country": row.country,
            "bytes_up": row.bytes_up,
            "bytes_down": row.bytes_down,
        }
    return {"name": row.name, "from": list(row.sources)} if kind == "name" else {"name": row.name, "owner": row.owner}
