"""How much speaks for two MACs being one machine: pure functions from what is known of both to points and reasons.

A point is a percent of confidence. What is chosen by a person or drawn at random by a system weighs most; what every
machine of one make shares supports, and never suffices alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from netscope.engine.enrich.judging import judgements_of, refines
from netscope.model.records import Evidence
from netscope.model.snapshot import Judgement

SUGGEST: Final = 50
"""Points from which two are suggested: a name that a person chose, or several weaker signs."""
MOST: Final = 95
"""Nothing passive proves it."""
SURE: Final = 60
"""Confidence from which two judgements that contradict each other rule a pair out."""
SOON_NS: Final = 15 * 60_000_000_000
"""A phone that takes another address is back at once; somebody else's comes when it comes."""

_DRAWN_NAME: Final = re.compile(
    r"android-[0-9a-f]{12,}|(desktop-[0-9a-z]{7}|laptop-[0-9a-z]{8}|win-[0-9a-z]{11}|minint-[0-9a-z]{7})"
    r"|[0-9a-f]{8}-[0-9a-f-]{27}"
)
"""A system drew it at random at its installation: hardly two have the same."""
_COMMON_NAME: Final = re.compile(
    r"(iphone|ipad|ipod|(apple-?)?watch|imac|mac(book)?[- ]?(pro|air|mini)?|android|galaxy|pixel|redmi|poco|mi|oneplus"
    r"|huawei|honor|nothing|moto|nokia|xperia|oppo|vivo|realme|kindle|fire|surface|raspberrypi|ubuntu|debian|fedora"
    r"|kali|linux|windows|pc|laptop|desktop|computer|phone|tablet|home|user|esp|chromecast)([-_ ]?[a-z]{0,2}\d.*)?"
    r"|(galaxy|pixel|redmi|poco|oneplus|huawei|nothing|moto|xperia|surface|fire)[-_ ].*"
)
"""The name a make of machine has until somebody changes it."""
_NO_NAME: Final = re.compile(r"localhost|unknown|\(?none\)?|null|\*|android|device|network-device|espressif|wlan0")
_NAME_SOURCES: Final = frozenset({"dhcp", "dhcpv6", "llmnr", "mdns", "nbns"})

DRAWN_POINTS: Final = 60
CHOSEN_POINTS: Final = 50
COMMON_POINTS: Final = 20
DUID_POINTS: Final = 60
ALIKE: Final[dict[str, tuple[int, str]]] = {
    "instance": (15, "same service name {}"),
    "parameter_list": (10, "same list of DHCP parameters"),
    "signature": (10, "same shape of SYN"),
    "model": (10, "same model {}"),
    "user_agent": (5, "same User-Agent"),
    "vendor_class": (5, "same DHCP vendor class {}"),
}
"""What two machines of one make and version may share by chance, so with few points each."""
SOON_POINTS: Final = 10
OTHER_LIST_POINTS: Final = -20
"""An update of the system may change the list, so it does not rule a pair out."""
OTHER_NAME_POINTS: Final = -30


class Likeness(NamedTuple):
    points: int
    reasons: tuple[str, ...]
    """The strongest first; what speaks against it last."""


class Traits(NamedTuple):
    """What is compared of one device."""

    values: dict[str, frozenset[str]]
    """By attribute."""
    names: dict[str, str]
    """Host names, plain to as they were heard."""
    held: dict[str, Judgement]
    """kind, os and model, by what the device itself shows beside its names."""


def plain_host(name: str) -> str | None:
    """The name as it is compared; None of one that names nothing."""
    plain = name.strip().lower().removesuffix(".local").removesuffix(".")
    return None if not plain or _NO_NAME.fullmatch(plain) else plain


def keys_of(item: Evidence) -> list[tuple[str, str]]:
    """Under what a piece of evidence is looked up for others that have it: nothing of what is everybody's."""
    if item.attribute == "hostname" and item.source in _NAME_SOURCES:
        plain = plain_host(item.value)
        return [("name", plain)] if plain is not None else []
    if item.attribute in ("duid", "parameter_list") or (item.source, item.attribute) == ("mdns", "instance"):
        return [(item.attribute, item.value)]
    return []


def traits(evidence: Iterable[Evidence]) -> Traits:
    values: dict[str, set[str]] = defaultdict(set)
    names: dict[str, str] = {}
    own: list[tuple[str, str, str]] = []
    for item in evidence:
        if item.attribute != "hostname" and item.source not in ("oui", "role"):
            own.append((item.source, item.attribute, item.value))
        plain = plain_host(item.value) if item.attribute == "hostname" and item.source in _NAME_SOURCES else None
        if plain is not None:
            names[plain] = item.value
        elif item.attribute in ALIKE or item.attribute == "duid":
            values[item.attribute].add(item.value)
    held: dict[str, Judgement] = {}
    for judgement in judgements_of(own):
        held.setdefault(judgement.attribute, judgement)
    if "model" in held and held["model"].confidence >= SURE:
        values["model"].add(held["model"].value)
    return Traits({attribute: frozenset(found) for attribute, found in values.items()}, names, held)


def compare(one: Traits, other: Traits, gap_ns: int) -> Likeness:
    """``gap_ns``: from when the one was last seen until the other came. 0 points where they cannot be the same."""
    if any(_contradict(one, other, attribute) for attribute in ("kind", "os")):
        return Likeness(0, ())
    signs = [*_names(one, other), *_values(one, other)]
    if signs and 0 <= gap_ns <= SOON_NS:
        signs.append((SOON_POINTS, f"came {_minutes(gap_ns)} after the other was last seen"))
    signs.sort(key=lambda sign: -sign[0])
    points = sum([points for points, _ in signs])
    return Likeness(max(0, min(MOST, points)), tuple([reason for _, reason in signs]))


def _contradict(one: Traits, other: Traits, attribute: str) -> bool:
    first, second = one.held.get(attribute), other.held.get(attribute)
    if first is None or second is None or min(first.confidence, second.confidence) < SURE:
        return False
    if first.value == second.value:
        return False
    return not refines(first.value, second.value) and not refines(second.value, first.value)


def _names(one: Traits, other: Traits) -> list[tuple[int, str]]:
    shared = [_name_sign(plain, one.names[plain]) for plain in one.names if plain in other.names]
    if shared:
        return [max(shared)]
    if one.names and other.names:
        return [(OTHER_NAME_POINTS, "but other host names")]
    return []


def _name_sign(plain: str, name: str) -> tuple[int, str]:
    if _DRAWN_NAME.fullmatch(plain):
        return DRAWN_POINTS, f"same host name {name}, drawn at random"
    if _COMMON_NAME.fullmatch(plain):
        return COMMON_POINTS, f"same host name {name}, which many have"
    return CHOSEN_POINTS, f"same host name {name}"


def _values(one: Traits, other: Traits) -> list[tuple[int, str]]:
    signs: list[tuple[int, str]] = []
    if _shared(one, other, "duid"):
        signs.append((DUID_POINTS, "same number of the machine (DUID)"))
    for attribute, (points, reason) in ALIKE.items():
        shared = _shared(one, other, attribute)
        if shared:
            signs.append((points, reason.format(min(shared))))
        elif attribute == "parameter_list" and attribute in one.values and attribute in other.values:
            signs.append((OTHER_LIST_POINTS, "but another list of DHCP parameters"))
    return signs


def _shared(one: Traits, other: Traits, attribute: str) -> frozenset[str]:
    nothing: frozenset[str] = frozenset()
    return one.values.get(attribute, nothing) & other.values.get(attribute, nothing)


def _minutes(gap_ns: int) -> str:
    minutes = round(gap_ns / 60_000_000_000)
    return "less than a minute" if minutes < 1 else f"{minutes} minute{'s' if minutes != 1 else ''}"
