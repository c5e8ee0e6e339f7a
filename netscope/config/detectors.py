"""``[detectors.NAME]``: a detector's limits, each with the reason for its default."""

from __future__ import annotations

from dataclasses import dataclass, fields, make_dataclass
from typing import TYPE_CHECKING, Any

from netscope.config.option import option, options_of, section
from netscope.engine.analyze.catalogue import all_detectors
from netscope.engine.analyze.detector import QuietDetector


def _limits_of(detector: QuietDetector) -> type:
    """A section with an option for each limit."""
    named = [(limit.name, type(limit.default), _option(limit)) for limit in _limits(detector)]
    made = make_dataclass(detector.name, named, frozen=True, slots=True, kw_only=True)
    made.__doc__ = detector.explanation.what
    return made


def _limits(detector: QuietDetector) -> tuple[Any, ...]:
    return fields(detector.defaults)


def _option(limit: Any) -> Any:
    """Numbers of evidence begin at one; times, shares and sizes at nothing."""
    return option(
        limit.default, "", unit=limit.metadata["unit"], reason=limit.metadata["reason"],
        at_least=1 if isinstance(limit.default, int) else 0,
    )  # fmt: skip


if TYPE_CHECKING:

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Detectors:
        """Limits of the detectors, one table each."""

else:
    _WITH_LIMITS = [found for found in all_detectors(None, ()).detectors if _limits(found)]
    Detectors = make_dataclass(
        "Detectors",
        [(found.name, kind, section(kind)) for found in _WITH_LIMITS for kind in (_limits_of(found),)],
        frozen=True,
        slots=True,
        kw_only=True,
    )
    Detectors.__doc__ = "Limits of the detectors: netscope detectors says what each one judges."


def limits_in_force(detectors: Detectors) -> dict[str, dict[str, float]]:
    """As the detectors take them."""
    return {
        declared.name: {
            limit.name: getattr(getattr(detectors, declared.name), limit.name) for limit, _ in options_of(kind)
        }
        for declared, kind in options_of(type(detectors))
    }
