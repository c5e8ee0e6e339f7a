"""Shows the traffic to every detector and merges what they say: one alert while the same thing lasts."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from netscope.engine.analyze.detector import MINUTE_NS, NOTHING, RANK, Detector, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.outcomes import Outcomes
from netscope.engine.analyze.user_rules import PREFIX, UserRules
from netscope.model.flow import Flow
from netscope.model.records import Alert, DeviceSeen

COOL_DOWN_NS: Final = 3_600_000_000_000
"""The same thing within an hour of its last sighting is the same alert, counted."""
MAX_LASTING: Final = 10_000
"""Alerts that may still be merged into. At the bound the one silent longest is forgotten: it would start a new row."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The detectors of a run and what they share."""

    detectors: tuple[Detector, ...]
    neighbours: Neighbours = field(default_factory=Neighbours)


class Judge:
    """Implements the pipeline's ``Analyze``."""

    def __init__(self, panel: Panel) -> None:
        self.detectors = panel.detectors
        self._neighbours = panel.neighbours
        self._outcomes = Outcomes()
        self._lasting: OrderedDict[tuple[str, str], Alert] = OrderedDict()
        self._observers = self._by_record()
        self._openers = self._overriding("flow_opened")
        self._closers = self._overriding("flow_closed")
        self._lone_closers = self._overriding("flow_closed", lone=True)
        self._failures = self._overriding("attempt_failed")
        self._clocks = self._overriding("second")
        self._minutes = self._overriding("minute")
        self._next_minute_ns = 0

    def _by_record(self) -> dict[type, list[Callable[[Any], Iterable[Alert]]]]:
        wanted: dict[type, list[Callable[[Any], Iterable[Alert]]]] = {}
        for detector in self.detectors:
            for kind in getattr(detector, "observes", ()):
                wanted.setdefault(kind, []).append(detector.observe)
        return wanted

    def _overriding(self, method: str, *, lone: bool = False) -> list[Callable[..., Iterable[Alert]]]:
        """The detectors that look at this at all: an empty call per flow and detector would add up.

        ``lone``: those that look at flows nobody answered.
        """
        default = getattr(QuietDetector, method)
        return [
            getattr(detector, method)
            for detector in self.detectors
            if getattr(type(detector), method, default) is not default
            and not (lone and getattr(detector, "answered_only", False))
        ]

    def observe(self, record: object) -> Iterable[Alert]:
        if type(record) is DeviceSeen:
            self._neighbours.learn(record)
        observers = self._observers.get(type(record))
        if observers is None:
            return NOTHING
        return [self._merge(alert) for observe in observers for alert in observe(record)]

    def flow_opened(self, flow: Flow) -> Iterable[Alert]:
        return [self._merge(alert) for opened in self._openers for alert in opened(flow)]

    def flow_closed(self, flow: Flow) -> Iterable[Alert]:
        closers = self._closers if flow.packets_down else self._lone_closers
        alerts = [self._merge(alert) for closed in closers for alert in closed(flow)]
        if self._outcomes.closed(flow):
            alerts.extend(self._tell_failure(flow, flow.last_seen_ns))
        return alerts

    def second(self, now_ns: int, changed: list[Flow]) -> Iterable[Alert]:
        alerts = [
            alert for flow in self._outcomes.second(now_ns, changed) for alert in self._tell_failure(flow, now_ns)
        ]
        alerts.extend([self._merge(alert) for second in self._clocks for alert in second(now_ns, changed)])
        if not self._next_minute_ns - MINUTE_NS <= now_ns < self._next_minute_ns:  # or the clock was set back
            self._next_minute_ns = now_ns + MINUTE_NS
            alerts.extend([self._merge(alert) for minute in self._minutes for alert in minute(now_ns, changed)])
        return alerts

    def _tell_failure(self, flow: Flow, now_ns: int) -> list[Alert]:
        return [self._merge(alert) for failed in self._failures for alert in failed(flow, now_ns)]

    def _merge(self, alert: Alert) -> Alert:
        key = (alert.detector, alert.key)
        lasting = self._lasting.get(key)
        if lasting is None or alert.first_ns - lasting.last_ns > COOL_DOWN_NS:
            alert.count = max(alert.count, 1)
            self._lasting[key] = alert
            self._lasting.move_to_end(key)
            if len(self._lasting) > MAX_LASTING:
                self._lasting.popitem(last=False)
            return alert
        self._lasting.move_to_end(key)
        lasting.count += alert.count
        lasting.last_ns = max(lasting.last_ns, alert.last_ns)
        if RANK[alert.severity] >= RANK[lasting.severity]:
            lasting.severity = alert.severity
            lasting.evidence = alert.evidence
            lasting.title = alert.title
        return lasting

    def describe(self, detector: str) -> tuple[str, str, str]:
        """(what, usual, check) of a detector's alerts; empty texts for one that is not known."""
        if detector.startswith(PREFIX):
            words = UserRules.explanation
            return words.what, words.usual, words.check
        for known in self.detectors:
            if known.name == detector:
                return known.explanation.what, known.explanation.usual, known.explanation.check
        return "", "", ""

    @property
    def learning_until_ns(self) -> int | None:
        """When the last learning period ends; None once nothing is being learned."""
        ends = [end for d in self.detectors if (end := getattr(d, "learning_until_ns", None)) is not None]
        return max(ends, default=None)

    def counters(self) -> dict[str, int]:
        total: Counter[str] = Counter()
        for detector in self.detectors:
            total.update(detector.counters())
        return dict(total)
