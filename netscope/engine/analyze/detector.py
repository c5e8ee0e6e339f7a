"""What a detector is: a question, its numbers, and words for the person who reads the alert."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from netscope.model.flow import Flow
from netscope.model.records import Alert

NOTHING: Final[tuple[Alert, ...]] = ()


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


class Detector(Protocol):
    """One module each. Judges against what was known before, then learns; keeps bounded state; reads no clock.

    Each method returns the alerts that follow; the same ``key`` while the same thing lasts.
    """

    name: ClassVar[str]
    explanation: ClassVar[Explanation]

    def thresholds(self) -> Iterable[Threshold]: ...

    def observe(self, record: object) -> Iterable[Alert]: ...

    def flow_opened(self, flow: Flow) -> Iterable[Alert]: ...

    def flow_closed(self, flow: Flow) -> Iterable[Alert]: ...

    def second(self, now_ns: int, changed: list[Flow]) -> Iterable[Alert]: ...

    def counters(self) -> dict[str, int]:
        """How full its tables are and what was refused, by slug."""
        ...


class QuietDetector:
    """What a detector does with what it does not look at."""

    def thresholds(self) -> Iterable[Threshold]:
        return ()

    def observe(self, record: object) -> Iterable[Alert]:
        return NOTHING

    def flow_opened(self, flow: Flow) -> Iterable[Alert]:
        return NOTHING

    def flow_closed(self, flow: Flow) -> Iterable[Alert]:
        return NOTHING

    def second(self, now_ns: int, changed: list[Flow]) -> Iterable[Alert]:
        return NOTHING

    def counters(self) -> dict[str, int]:
        return {}
