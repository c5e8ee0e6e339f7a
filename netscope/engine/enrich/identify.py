"""Brings what records say to the devices they are about. Reads every record; keeps nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from netscope.engine.enrich.devices import DeviceProfiler
from netscope.engine.enrich.evidence import Fact, facts_of, facts_of_answer, forwarded_hops, syn_signature
from netscope.engine.enrich.same_device import SameDevices
from netscope.model.records import Device, DevicePair, DeviceSeen, Evidence
from netscope.model.snapshot import Judgement


class Neighbourhood(Protocol):
    """What enrich asks of the correlator: which device has a MAC or an address."""

    def of_mac(self, mac: str | None) -> Device | None: ...

    def of_address(self, address: str) -> Device | None: ...

    @property
    def by_id(self) -> dict[int, Device]: ...


Heard = list[tuple[Device, list[Evidence]]]


class DeviceIdentifier:
    """Gives, for each record, the devices it told something of and their evidence to store."""

    def __init__(
        self,
        devices: Neighbourhood,
        profiler: DeviceProfiler,
        remembered: Sequence[Evidence] = (),
        pairs: Sequence[DevicePair] = (),
    ) -> None:
        """``remembered`` and ``pairs``: of earlier runs, what was heard last at the end."""
        self._devices = devices
        self.profiler = profiler
        profiler.remember(remembered)
        self._same = SameDevices(profiler, devices.by_id.get, remembered, pairs)

    def hear(self, record: object) -> Heard:
        """A record at its first emission."""
        if type(record) is DeviceSeen:
            return self._met(record)
        facts = facts_of(record)
        return self._weigh(facts, record) if facts else []

    def hear_again(self, record: object) -> Heard:
        """A record that came before, now with what the other side said."""
        facts = facts_of_answer(record)
        return self._weigh(facts, record) if facts else []

    def _weigh(self, facts: Sequence[Fact], record: object) -> Heard:
        found = []
        for fact in facts:
            device = self._device_of(fact)
            if device is None:
                continue
            timestamp_ns: int = getattr(record, "timestamp_ns", device.last_seen_ns)
            changed = self.profiler.hear(device, fact.source, fact.attribute, fact.value, timestamp_ns)
            if changed:
                self._note(changed)
                found.append((device, changed))
        return found

    def syn(self, device: Device, ttl: int, window: int, options: bytes, timestamp_ns: int) -> list[Evidence]:
        """The shape of a SYN that the device sent: TTL as seen here, window, raw option bytes.

        One that has passed a router is another system's: it tells that the device forwards, not what it runs.
        """
        attribute, value, hops = "signature", syn_signature(ttl, window, options), forwarded_hops(ttl)
        if hops:
            attribute, value = "forwarded", f"{hops} hops, {value}"
        changed = self.profiler.hear(device, "tcp_syn", attribute, value, timestamp_ns)
        self._note(changed)
        return changed

    def look(self, now_ns: int, *, is_over: bool) -> list[DevicePair]:
        """Which devices may be one machine, where that is news; ``is_over``: nothing more will be heard."""
        return self._same.look(now_ns, is_over=is_over)

    def _note(self, changed: list[Evidence]) -> None:
        for item in changed:
            if item.count == 1:
                self._same.note(item)

    def evidence(self, device: Device) -> list[Evidence]:
        """What is held of a device, for a detail view."""
        return self.profiler.evidence(device)

    def judgements(self, device: Device) -> list[Judgement]:
        """Of kind, os and model what is held, each followed by what contradicts it."""
        return self.profiler.judgements(device)

    def pairs(self, device_id: int) -> list[DevicePair]:
        """Which other devices may be this one, the most likely first."""
        return self._same.of(device_id)

    def _met(self, seen: DeviceSeen) -> Heard:
        if seen.address is not None:
            return []
        return [(seen.device, self.profiler.meet(seen.device, seen.timestamp_ns))]

    def _device_of(self, fact: Fact) -> Device | None:
        device = self._devices.of_mac(fact.mac) if fact.mac is not None else None
        if device is None and fact.ip is not None:
            return self._devices.of_address(fact.ip)
        return device
