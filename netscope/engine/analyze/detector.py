"""What a detector is: a question, its numbers, and words for the person who reads the alert."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Final, Protocol

from netscope.model.flow import Flow
from netscope.model.records import Alert

NOTHING: Final[tuple[Alert, ...]] = ()
SECOND_NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * SECOND_NS
HOUR_NS: Final = 60 * MINUTE_NS
DAY_NS: Final = 24 * HOUR_NS
SHOWN: Final = 50
"""Entries of a list an alert carries as evidence; the count beside it is complete."""
RANK: Final = {"low": 1, "medium": 2, "high": 3, "critical": 4}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of an alert's text that do not change. Why and Data come from the alert's evidence."""

    what: str
    usual: str
    """When it is harmless."""
    check: str
    """What the reader can do to find out."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number a detector judges by."""

    name: str
    value: float
    unit: str
    reason: str


def limit(value: Any, unit: str, reason: str) -> Any:
    """A field of a detector's ``Limits``: a number with its unit and why it is this one.

    By convention an ``int`` field counts evidence and may be halved to look for near misses; ``float`` fields are
    times, shares and sizes, which give the evidence its meaning.
    """
    return field(default=value, metadata={"unit": unit, "reason": reason})


@dataclass(frozen=True, slots=True)
class NoLimits:
    """Of a detector that judges by kind, not by number."""


class History(Protocol):
    """The past a detector may ask for and add to; values are JSON-serialisable."""

    def baseline(self, detector: str, key: str) -> Any: ...

    def baselines(self, detector: str) -> dict[str, Any]: ...

    def set_baseline(self, detector: str, key: str, value: Any) -> None: ...


class QuietDetector:
    """One module each. Judges against what was known before, then learns; keeps bounded state; reads no clock.

    Each method returns the alerts that follow; the same ``key`` while the same thing lasts. An alert with count 0
    says more of an event already counted. What a detector does not look at it leaves as it is here.
    """

    name: ClassVar[str] = ""
    explanation: ClassVar[Explanation] = Explanation("", "", "")
    observes: ClassVar[tuple[type, ...]] = ()
    """Records ``observe`` wants to see."""
    answered_only: ClassVar[bool] = False
    """Whether ``flow_closed`` is only for flows in which both sides spoke; spares floods and scans the call."""
    defaults: ClassVar[Any] = NoLimits()
    """Its ``Limits`` as they are built in; ``self.limits`` are those of this run."""

    def thresholds(self) -> Iterable[Threshold]:
        limits = getattr(self, "limits", self.defaults)
        return [
            Threshold(of.name, getattr(limits, of.name), of.metadata["unit"], of.metadata["reason"])
            for of in fields(limits)
        ]

    def alert(
        self,
        key: str,
        severity: str,
        title: str,
        at_ns: int,
        *,
        because: str,
        observed: dict[str, Any],
        threshold: dict[str, Any],
        window_s: float,
        data: dict[str, Any],
        since_ns: int | None = None,
        device_id: int | None = None,
        flow: Flow | None = None,
        count: int = 1,
    ) -> Alert:
        """``because`` is why it is this severe; ``data`` what it rests on, lists cut at SHOWN."""
        evidence = {"observed": observed, "threshold": threshold, "window_s": window_s, "because": because, **data}
        return Alert(
            self.name, severity, title, at_ns if since_ns is None else since_ns, at_ns, evidence,
            device_id=device_id, flow=flow, count=count, key=key,
        )  # fmt: skip

    def observe(self, record: Any) -> Sequence[Alert]:
        return NOTHING

    def flow_opened(self, flow: Flow) -> Sequence[Alert]:
        return NOTHING

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        return NOTHING

    def attempt_failed(self, flow: Flow, now_ns: int) -> Sequence[Alert]:
        """A connection attempt was refused or stays unanswered; once a flow. See outcomes.py."""
        return NOTHING

    def second(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        return NOTHING

    def minute(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        """As ``second``, at most once a minute of packet time."""
        return NOTHING

    def counters(self) -> dict[str, int]:
        """How full its tables are and what was refused, by slug."""
        return {}
