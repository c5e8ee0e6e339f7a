"""Does someone attack a web server? Requests that carry code instead of a name or a value.

In the address, in header fields, or in the first 4 KB of a form: SQL and script injection, paths out of the server's
folder, shell commands, Shellshock, Log4Shell and the like. Of a body only the kind is known here. What goes over TLS is
not seen. Wrong for pages about such attacks that take them as search words: one kind against a server outside is told
as low for that reason; a search for one is a single request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import HOUR_NS, NOTHING, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import Aging, Growth, Table
from netscope.model.records import Alert
from netscope.model.service import WebAttackSeen

MAX_PAIRS: Final = 8_192
"""(client, server) with at least one such request."""
EXAMPLES: Final = 8
SHOWN_CHARS: Final = 100
SEVERE: Final = frozenset(
    ("Shellshock", "Log4Shell", "shell command", "web shell", "expression injection", "external entity")
)
"""Run code or give out files at the first success."""


@dataclass(frozen=True, slots=True)
class Limits:
    requests: int = limit(2, "requests", "a search word may look like one attack; an attack is tried in variants")


class Attacking(Aging):
    __slots__ = ("examples", "growth", "kinds", "requests")

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0
        self.kinds: dict[str, int] = {}
        self.examples: list[str] = []
        self.growth = Growth()


class WebAttack(QuietDetector):
    name: ClassVar[str] = "web_attack"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (WebAttackSeen,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A client sent a web server requests that carry code: it tries to make the server run commands, give out "
        "its database or attack its visitors.",
        usual="A security test of your own; for a server open to the internet, scanners that try everybody.",
        check="Is the server up to date? Look at what it did right after: new connections from it mean that one "
        "request worked. Close it to the outside if nobody needs it there.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._pairs: Table[tuple[str, str], Attacking] = Table("web_attack_pairs", MAX_PAIRS, HOUR_NS, Attacking)

    def observe(self, record: WebAttackSeen) -> Sequence[Alert]:
        kind, flow = record.kind, record.flow
        pair = self._pairs.entry((flow.client_ip, flow.server_ip), record.timestamp_ns)
        if pair is None:
            return NOTHING
        pair.requests += 1
        pair.kinds[kind] = pair.kinds.get(kind, 0) + 1
        if len(pair.examples) < EXAMPLES:
            pair.examples.append(record.text[:SHOWN_CHARS])
        needed = 1 if any(kind in SEVERE for kind in pair.kinds) else self.limits.requests
        first = not pair.growth.told
        if not pair.growth.worth(pair.requests, needed):
            return NOTHING
        return (self._attack(pair, record, first),)

    def _attack(self, pair: Attacking, record: WebAttackSeen, first: bool) -> Alert:
        flow = record.flow
        is_target = self._neighbours.is_local(flow.server_ip)
        is_source = self._neighbours.is_local(flow.client_ip)
        worst = max(pair.kinds, key=lambda kind: (kind in SEVERE, pair.kinds[kind]))
        severity, because = _severity(worst, pair, is_source=is_source, is_target=is_target)
        return self.alert(
            f"{flow.client_ip} {flow.server_ip}", severity, f"{worst} at {record.host or flow.server_ip}",
            record.timestamp_ns,
            because=because,
            observed={"requests": pair.requests, "kinds": len(pair.kinds)},
            threshold={"requests": self.limits.requests},
            window_s=HOUR_NS // 1_000_000_000,
            data={"source": flow.client_ip, "server": flow.server_ip, "kinds": [*pair.kinds],
                  "requests": pair.examples[:]},
            device_id=flow.device_id, flow=flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._pairs.counters()


def _severity(worst: str, pair: Attacking, *, is_source: bool, is_target: bool) -> tuple[str, str]:
    if is_target and is_source:
        return "high", "from inside against a server of this network"
    if is_target:
        return "high" if worst in SEVERE else "medium", "from outside against a server of this network"
    if worst in SEVERE or len(pair.kinds) > 1 or pair.requests >= 10:
        return "high", "a device of this network attacks a server outside"
    return "low", "one kind only, against a server outside: perhaps search words"
