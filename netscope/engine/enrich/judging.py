"""Weighs what follows from a device's evidence: which value of kind, os and model is held, and which ones it beats.

The most confident value is held, unless another says the same more closely and is not much less sure: of ``Windows`` at
80 and ``Windows 7`` at 70 the second is what a person wants to read. A general value never displaces a closer one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from netscope.engine.enrich.device_rules import Conclusion, conclusions
from netscope.model.snapshot import Judgement

ATTRIBUTES: Final = ("kind", "os", "model")
CLOSER_MARGIN: Final = 25
"""How much less confident a closer value may be: the step from "only such devices do this" to "most do"."""
MAX_VALUES: Final = 8
"""Different values remembered of one attribute: one device's evidence rarely gives three."""

_LINUX: Final = (
    "ADM", "Android", "Android TV", "ChromeOS", "DSM", "Debian", "Debian or Ubuntu", "Fedora", "Fire OS", "OpenWrt",
    "QTS", "Roku OS", "RouterOS", "SteamOS", "Tizen", "Ubuntu", "airOS", "webOS",
)  # fmt: skip
_CLOSER: Final = {
    "Android": ("Android TV", "Fire OS"),
    "Apple": ("audioOS", "iOS", "iPadOS", "macOS", "tvOS", "watchOS"),
    "Debian or Ubuntu": ("Debian", "Ubuntu"),
    "Linux": _LINUX,
    "iOS": ("iPadOS",),
    "computer": ("laptop", "server"),
    "iot": (
        "access_point",
        "appliance",
        "camera",
        "console",
        "hub",
        "nas",
        "printer",
        "router",
        "speaker",
        "tv",
        "voip_phone",
        "wearable",
    ),
}
"""Values that say more than the one they stand under, beyond those that merely begin with it."""


def refines(closer: str, general: str) -> bool:
    """Whether ``closer`` says what ``general`` says, and more: Windows 10 and Windows, camera and iot."""
    if _extends(closer, general):
        return True
    return any(closer == member or _extends(closer, member) for member in _CLOSER.get(general, ()))


def _extends(longer: str, shorter: str) -> bool:
    """Whether ``longer`` begins with ``shorter`` as a word of its own: iMac11,3 with iMac, Android 14 with Android."""
    return len(longer) > len(shorter) and longer.startswith(shorter) and not longer[len(shorter)].isalpha()


def ranked(values: Iterable[Judgement]) -> list[Judgement]:
    """Of the values of one attribute: the one that is held, then those that contradict it, by confidence."""
    rest = sorted(values, key=lambda judgement: -judgement.confidence)
    if not rest:
        return []
    held = rest[0]
    while (closer := _closer(held, rest)) is not None:
        held = closer
    return [held, *(other for other in rest if other is not held and not refines(held.value, other.value))]


def _closer(held: Judgement, values: list[Judgement]) -> Judgement | None:
    for value in values:
        if value.confidence >= held.confidence - CLOSER_MARGIN and refines(value.value, held.value):
            return value
    return None


class Weighing:
    """What was concluded of one device so far."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: dict[str, list[Judgement]] = {}

    def take(self, judgement: Judgement) -> bool:
        """Whether this is news: a value not had before, or one had with less confidence."""
        values = self._values.setdefault(judgement.attribute, [])
        for at, other in enumerate(values):
            if other.value == judgement.value:
                if other.confidence >= judgement.confidence:
                    return False
                values[at] = judgement
                return True
        if len(values) >= MAX_VALUES:
            weakest = min(values, key=lambda other: other.confidence)
            if weakest.confidence >= judgement.confidence:
                return False
            values.remove(weakest)
        values.append(judgement)
        return True

    def conclude(self, source: str, found: Iterable[Conclusion]) -> bool:
        """Take in what rules made of a piece of evidence; whether anything was news."""
        news = False
        for conclusion in found:
            for attribute in ATTRIBUTES:
                value: str | None = getattr(conclusion, attribute)
                if value is not None:
                    judgement = Judgement(attribute, value, conclusion.confidence, source, conclusion.reason)
                    news = self.take(judgement) or news
        return news

    def held(self, attribute: str) -> Judgement | None:
        values = ranked(self._values.get(attribute, ()))
        return values[0] if values else None

    def judgements(self) -> list[Judgement]:
        """Of each attribute what is held, then what contradicts it."""
        return [judgement for attribute in ATTRIBUTES for judgement in ranked(self._values.get(attribute, ()))]


def judgements_of(evidence: Iterable[tuple[str, str, str]]) -> list[Judgement]:
    """What follows from (source, attribute, value) of one device, as ``Weighing.judgements``."""
    weighing = Weighing()
    for source, attribute, value in evidence:
        weighing.conclude(source, conclusions(source, attribute, value))
    return weighing.judgements()
