"""Shows the traffic to every detector and merges what they say: one alert while the same thing lasts."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from netscope.engine.analyze.detector import MINUTE_NS, NOTHING, RANK, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.outcomes import Outcomes
from netscope.engine.analyze.sensor import Sensor
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

    detectors: tuple[QuietDetector, ...]
    neighbours: Neighbours = field(default_factory=Neighbours)


class Lasting:
    """Alerts of things that may still go on. Bound: MAX_LASTING."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[tuple[str, str], Alert] = OrderedDict()

    def merged(self, alert: Alert) -> Alert:
        """The alert this one becomes part of, or itself."""
        key = (alert.detector, alert.key)
        lasting = self._by_key.get(key)
        if lasting is None or alert.first_ns - lasting.last_ns > COOL_DOWN_NS:
            alert.count = max(alert.count, 1)
            self._by_key[key] = alert
            self._by_key.move_to_end(key)
            if len(self._by_key) > MAX_LASTING:
                self._by_key.popitem(last=False)
            return alert
        self._by_key.move_to_end(key)
        lasting.count += alert.count
        lasting.last_ns = max(lasting.last_ns, alert.last_ns)
        if RANK[alert.severity] >= RANK[lasting.severity]:
            lasting.severity = alert.severity
            lasting.evidence = alert.evidence
            lasting.title = alert.title
        return lasting


class Judge:
    """Implements the pipeline's ``Analyze``."""

    def __init__(self, panel: Panel) -> None:
        self.detectors = panel.detectors
        self._neighbours = panel.neighbours
        self._outcomes = Outcomes()
        self._lasting = Lasting()
        self._observers = self._by_record()
        self._openers = self._overriding("flow_opened")
        self._closers = self._overriding("flow_closed")
        self._lone_closers = [detector for detector in self._closers if not detector.answered_only]
        self._failures = self._overriding("attempt_failed")
        self._clocks = self._overriding("second")
        self._minutes = self._overriding("minute")
        self._sensor = next((found for found in self.detectors if isinstance(found, Sensor)), None)
        self._next_minute_ns = 0

    def _by_record(self) -> dict[type, list[QuietDetector]]:
        wanted: dict[type, list[QuietDetector]] = {}
        for detector in self.detectors:
            for kind in detector.observes:
                wanted.setdefault(kind, []).append(detector)
        return wanted

    def _overriding(self, method: str) -> list[QuietDetector]:
        """The detectors that look at this at all: an empty call per flow and detector would add up."""
        default = getattr(QuietDetector, method)
        return [detector for detector in self.detectors if getattr(type(detector), method) is not default]

    def observe(self, record: object) -> Sequence[Alert]:
        if type(record) is DeviceSeen:
            self._neighbours.learn(record)
        observers = self._observers.get(type(record))
        told: Sequence[Alert] = NOTHING
        if observers is not None:
            for detector in observers:
                found = detector.observe(record)
                if found:
                    told = self._merged(told, found)
        return told

    def flow_opened(self, flow: Flow) -> Sequence[Alert]:
        told: Sequence[Alert] = NOTHING
        for detector in self._openers:
            found = detector.flow_opened(flow)
            if found:
                told = self._merged(told, found)
        return told

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        told: Sequence[Alert] = NOTHING
        for detector in self._closers if flow.packets_down else self._lone_closers:
            found = detector.flow_closed(flow)
            if found:
                told = self._merged(told, found)
        return self._tell_failure(told, flow, flow.last_seen_ns) if self._outcomes.closed(flow) else told

    def second(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        told: Sequence[Alert] = NOTHING
        for flow in self._outcomes.second(now_ns, changed):
            told = self._tell_failure(told, flow, now_ns)
        for detector in self._clocks:
            told = self._merged(told, detector.second(now_ns, changed))
        if not self._next_minute_ns - MINUTE_NS <= now_ns < self._next_minute_ns:  # or the clock was set back
            self._next_minute_ns = now_ns + MINUTE_NS
            for detector in self._minutes:
                told = self._merged(told, detector.minute(now_ns, changed))
        return told

    def capture(self, now_ns: int, received: int, dropped: int, jump_s: float) -> Sequence[Alert]:
        """How a live capture stands, once a second; see ``Sensor.capture``."""
        if self._sensor is None:
            return NOTHING
        return self._merged(NOTHING, self._sensor.capture(now_ns, received, dropped, jump_s))

    def _tell_failure(self, told: Sequence[Alert], flow: Flow, now_ns: int) -> Sequence[Alert]:
        for detector in self._failures:
            found = detector.attempt_failed(flow, now_ns)
            if found:
                told = self._merged(told, found)
        return told

    def _merged(self, told: Sequence[Alert], found: Sequence[Alert]) -> Sequence[Alert]:
        return [*told, *[self._lasting.merged(alert) for alert in found]] if found else told

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

    def refused(self) -> dict[str, int]:
        return {slug: number for slug, number in self.counters().items() if slug.endswith("_refused")}
