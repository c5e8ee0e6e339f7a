"""What a device is: keeps the evidence heard of each device, weighs what follows from it, and gives it a name.

Conflicts are resolved by confidence; two MACs are never merged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from netscope.engine.enrich import oui
from netscope.engine.enrich.device_rules import Conclusion, conclusions
from netscope.engine.enrich.judging import ATTRIBUTES, Weighing, judgements_of
from netscope.model.records import Device, Evidence
from netscope.model.snapshot import Judgement

MAX_EVIDENCE: Final = 64
"""Pieces kept of one device. More are not taken in, so nobody can flush what was heard first."""
MAX_OF_SOURCE: Final = 24
"""Of them from one source and attribute: a talkative browser leaves room for the rest."""
MAX_PROFILES: Final = 16_384
"""Devices with evidence, as many as the device table holds; of more nothing is kept."""
MAX_VALUE_CHARS: Final = 256
REPEAT_NS: Final = 60_000_000_000
"""Evidence heard again is handed on at most once in this time; its count stays exact."""

NAME_RANKS: Final = {
    ("mdns", "googlecast.fn"): 90,  # the name its owner gave it in the app
    ("mdns", "instance"): 85,  # "Luca's iMac"
    ("mdns", "hostname"): 80,
    ("dhcp", "hostname"): 75,
    ("dhcpv6", "hostname"): 74,
    ("nbns", "hostname"): 60,
    ("llmnr", "hostname"): 55,
}
"""Which evidence names a device, the higher the better; the user's label beats all and is kept apart."""
VENDOR_RANK: Final = 10
JUNK_RANK: Final = 20
_SOURCE_RANKS: Final = {"mdns": 80, "dhcp": 75, "dhcpv6": 74, "nbns": 60, "llmnr": 55, "vendor": VENDOR_RANK}
_JUNK_NAME: Final = re.compile(
    r"(?i)(localhost|unknown|none|\(none\)|null|\*|wlan0|android|android-[0-9a-f]{8,}|[0-9a-f]{8}-[0-9a-f-]{27}"
    r"|[0-9a-f]{12,}|network-device|espressif|device)$"
)
"""Names that say less than vendor and kind; used only when there is no other."""
PRIOR_CONFIDENCE: Final = 40
"""Of kind, os and model that an older recording brings along without their evidence."""
PRIOR_REASON: Final = "known from an earlier session"


@dataclass(slots=True)
class Profile:
    """Everything known of one device."""

    evidence: dict[tuple[str, str, str], Evidence] = field(default_factory=dict)
    told_ns: dict[tuple[str, str, str], int] = field(default_factory=dict)
    weighing: Weighing = field(default_factory=Weighing)
    name_rank: int = 0
    left_out: int = 0
    """Evidence there was no room for."""


class DeviceProfiler:
    """One profile per device id; bounded by MAX_PROFILES and MAX_EVIDENCE."""

    def __init__(self, vendors: oui.VendorTable | None = None, max_profiles: int = MAX_PROFILES) -> None:
        self._max_profiles = max_profiles
        self._profiles: dict[int, Profile] = {}
        self._remembered: dict[int, list[Evidence]] = {}
        self._vendors = vendors

    def __len__(self) -> int:
        return len(self._profiles)

    def remember(self, evidence: Iterable[Evidence]) -> None:
        """Of earlier runs; weighed when the device is next heard or asked for."""
        for item in evidence:
            self._remembered.setdefault(item.device_id, []).append(item)

    def meet(self, device: Device, timestamp_ns: int) -> list[Evidence]:
        """Take in a device for the first time: vendor, random address, default name. Returns its evidence."""
        device.randomized_mac = oui.is_randomized(device.mac)
        if device.vendor is None:
            device.vendor = oui.vendor(device.mac, self._vendors)
        profile = self._profile(device)
        changed = []
        if profile is not None:
            if device.vendor is not None:
                changed += self.hear(device, "oui", "vendor", device.vendor, timestamp_ns)
            if device.is_gateway:
                changed += self.hear(device, "role", "router", "gateway", timestamp_ns)
        if device.name is None:
            device.name, device.name_source = default_name(device), "vendor"
        return changed

    def hear(self, device: Device, source: str, attribute: str, value: str, timestamp_ns: int) -> list[Evidence]:
        """Weigh one piece of evidence; the device's fields follow. Returns what changed enough to be stored."""
        profile = self._profile(device)
        value = value.strip()[:MAX_VALUE_CHARS]
        if profile is None or not value:
            return []
        key = (source, attribute, value)
        evidence = profile.evidence.get(key)
        if evidence is None:
            evidence = self._new_evidence(profile, device, key, timestamp_ns)
            if evidence is None:
                return []
            self._conclude(profile, device, source, conclusions(source, attribute, value))
        else:
            evidence.count += 1
            evidence.last_seen_ns = max(evidence.last_seen_ns, timestamp_ns)
        # Again on repetition: of two names of one rank the one heard last is the device's.
        self._name(profile, device, source, attribute, value)
        if evidence.count > 1 and timestamp_ns - profile.told_ns[key] < REPEAT_NS:
            return []
        profile.told_ns[key] = timestamp_ns
        return [evidence]

    def judgements(self, device: Device) -> list[Judgement]:
        """Of kind, os and model what is held, each followed by what contradicts it."""
        profile = self._profiles.get(device.id)
        if profile is None:
            return judgements_of([(e.source, e.attribute, e.value) for e in self._remembered.get(device.id, ())])
        return profile.weighing.judgements()

    def evidence(self, device: Device) -> list[Evidence]:
        """Changes nothing, as ``judgements``: a screen may ask while the engine hears more."""
        profile = self._profiles.get(device.id)
        return list(self._remembered.get(device.id, ()) if profile is None else profile.evidence.values())

    def _profile(self, device: Device) -> Profile | None:
        profile = self._profiles.get(device.id)
        if profile is None and len(self._profiles) < self._max_profiles:
            profile = self._profiles[device.id] = Profile()
            if device.name is not None:
                profile.name_rank = _SOURCE_RANKS.get(device.name_source or "", 0)
            remembered = self._remembered.pop(device.id, None)
            if remembered is None:
                _take_prior(profile, device)
            else:
                self._take_in(profile, device, remembered)
        return profile

    def _take_in(self, profile: Profile, device: Device, remembered: list[Evidence]) -> None:
        for item in remembered[:MAX_EVIDENCE]:
            key = (item.source, item.attribute, item.value)
            profile.evidence[key] = item
            profile.told_ns[key] = item.last_seen_ns
            self._conclude(profile, device, item.source, conclusions(*key))

    @staticmethod
    def _new_evidence(profile: Profile, device: Device, key: tuple[str, str, str], now_ns: int) -> Evidence | None:
        of_source = sum(1 for source, attribute, _ in profile.evidence if (source, attribute) == key[:2])
        if len(profile.evidence) >= MAX_EVIDENCE or of_source >= MAX_OF_SOURCE:
            profile.left_out += 1
            return None
        evidence = Evidence(device.id, *key, first_seen_ns=now_ns, last_seen_ns=now_ns)
        profile.evidence[key] = evidence
        profile.told_ns[key] = now_ns
        return evidence

    @staticmethod
    def _conclude(profile: Profile, device: Device, source: str, found: Iterable[Conclusion]) -> None:
        if profile.weighing.conclude(source, found):
            for attribute in ATTRIBUTES:
                held = profile.weighing.held(attribute)
                if held is not None:
                    setattr(device, attribute, held.value)
        if device.name_source == "vendor":
            device.name = default_name(device)

    @staticmethod
    def _name(profile: Profile, device: Device, source: str, attribute: str, value: str) -> None:
        rank = NAME_RANKS.get((source, attribute))
        if rank is None:
            return
        if _JUNK_NAME.match(value):
            rank = JUNK_RANK
        if rank >= profile.name_rank or device.name is None:
            device.name, device.name_source, profile.name_rank = value, source, rank


def _take_prior(profile: Profile, device: Device) -> None:
    """What a device has that no evidence is left of."""
    for attribute in ATTRIBUTES:
        value: str | None = getattr(device, attribute)
        if value is not None:
            profile.weighing.take(Judgement(attribute, value, PRIOR_CONFIDENCE, "recording", PRIOR_REASON))


def default_name(device: Device) -> str:
    """Vendor, else kind, else ``device``, and the last two octets: ``espressif-4f2a``."""
    tail = device.mac[-5:].replace(":", "")
    if device.vendor is not None and not device.randomized_mac:
        return f"{oui.short_vendor(device.vendor)}-{tail}"
    return f"{device.kind or 'device'}-{tail}"
