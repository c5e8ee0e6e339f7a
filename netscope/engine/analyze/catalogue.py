"""Every detector there is, in the order they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, NamedTuple

from netscope.engine.analyze import new_device
from netscope.engine.analyze.address_conflict import AddressConflict
from netscope.engine.analyze.arp_sweep import ArpSweep
from netscope.engine.analyze.backdoor import Backdoor
from netscope.engine.analyze.beacon import Beacon
from netscope.engine.analyze.brute_force import BruteForce
from netscope.engine.analyze.certificate import CertificateFault
from netscope.engine.analyze.clear_credentials import ClearCredentials
from netscope.engine.analyze.detector import History, QuietDetector
from netscope.engine.analyze.device_returned import DeviceReturned
from netscope.engine.analyze.dhcp_flood import DhcpFlood
from netscope.engine.analyze.dns_rebinding import DnsRebinding
from netscope.engine.analyze.dns_tunnel import DnsTunnel
from netscope.engine.analyze.fan_out import FanOut
from netscope.engine.analyze.fast_flux import FastFlux
from netscope.engine.analyze.gateway_spoof import GatewaySpoof
from netscope.engine.analyze.heartbleed import Heartbleed
from netscope.engine.analyze.hello_change import HelloChange
from netscope.engine.analyze.host_sweep import HostSweep
from netscope.engine.analyze.http_callback import HttpCallback
from netscope.engine.analyze.icmp_flood import IcmpFlood
from netscope.engine.analyze.icmp_tunnel import IcmpTunnel
from netscope.engine.analyze.inbound import Inbound
from netscope.engine.analyze.judge import Panel
from netscope.engine.analyze.listed_fingerprint import ListedFingerprint
from netscope.engine.analyze.long_connection import LongConnection
from netscope.engine.analyze.mac_flapping import MacFlapping
from netscope.engine.analyze.mining import Mining
from netscope.engine.analyze.name_spoof import NameSpoof
from netscope.engine.analyze.names import ZoneOf, last_labels
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.new_device import NewDevice
from netscope.engine.analyze.new_place import NewPlace
from netscope.engine.analyze.new_service import NewService
from netscope.engine.analyze.nxdomain_storm import NxdomainStorm
from netscope.engine.analyze.os_probe import OsProbe
from netscope.engine.analyze.personal_url import PersonalUrl
from netscope.engine.analyze.port_mapping import PortMapping
from netscope.engine.analyze.port_scan import PortScan
from netscope.engine.analyze.program_download import ProgramDownload
from netscope.engine.analyze.reflection import Reflection
from netscope.engine.analyze.resolver_bypass import ResolverBypass
from netscope.engine.analyze.rogue_dhcp import RogueDhcp
from netscope.engine.analyze.rogue_router import RogueRouter
from netscope.engine.analyze.sensor import Sensor
from netscope.engine.analyze.stealth_scan import StealthScan
from netscope.engine.analyze.syn_flood import SynFlood
from netscope.engine.analyze.udp_flood import UdpFlood
from netscope.engine.analyze.udp_scan import UdpScan
from netscope.engine.analyze.unusual_traffic import UnusualTraffic
from netscope.engine.analyze.upload import Upload
from netscope.engine.analyze.weak_tls import WeakTls
from netscope.engine.analyze.web_attack import WebAttack
from netscope.engine.analyze.web_scan import WebScan
from netscope.model.errors import NetScopeError
from netscope.model.records import Device

Settings = Mapping[str, Mapping[str, float]]
"""Detector -> limit -> value, as the user's configuration has them."""


class Tuning:
    """Limits of a detector with the user's own in place of the built-in ones."""

    def __init__(self, settings: Settings, ease: float) -> None:
        self._settings = settings
        self._ease = ease

    def __call__(self, detector: type[QuietDetector]) -> Any:
        limits = detector.defaults
        known = {field.name: getattr(limits, field.name) for field in fields(limits)}
        own: dict[str, Any] = {}
        for name, value in self._settings.get(detector.name, {}).items():
            if name not in known:
                raise NetScopeError(f"detector {detector.name} has no limit {name}; it has {', '.join(known)}")
            own[name] = type(known[name])(value)
        if self._ease != 1:
            counts = {name: own.get(name, value) for name, value in known.items() if type(value) is int}
            own.update({name: max(1, int(count / self._ease)) for name, count in counts.items()})
        return replace(limits, **own)


class Shared(NamedTuple):
    """What detectors are made from."""

    neighbours: Neighbours
    known: tuple[Device, ...]
    history: History | None
    zone_of: ZoneOf
    listed: Mapping[str, str]
    tuned: Tuning


def all_detectors(
    learning_s: int | None,
    known: Iterable[Device],
    history: History | None = None,
    zone_of: ZoneOf = last_labels,
    listed: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    *,
    ease: float = 1.0,
) -> Panel:
    """``learning_s`` None: each detector's own; ``known``: the devices already on record.

    ``history`` None: what is learned ends with the run. ``zone_of`` knows public suffixes; the default guesses them.
    ``listed`` are the user's known-bad fingerprints with their descriptions. ``settings`` replace single limits;
    ``ease`` divides those that count evidence, to look for near misses. Raises NetScopeError for an unknown limit.
    """
    known = tuple(known)
    neighbours = Neighbours(known)
    tuned = Tuning(settings or {}, ease)
    shared = Shared(neighbours, known, history, zone_of, listed or {}, tuned)
    detectors = (
        NewDevice(_learning(tuned, learning_s), known=bool(known)),
        *_of_the_link(shared),
        *_of_scans(shared),
        *_of_names(shared),
        *_of_habits(shared),
        *_of_exposure(shared),
    )
    return Panel(detectors, neighbours)


def _learning(tuned: Tuning, learning_s: int | None) -> new_device.Limits:
    limits: new_device.Limits = tuned(NewDevice)
    return limits if learning_s is None else replace(limits, learning_s=learning_s)


def _of_the_link(shared: Shared) -> tuple[QuietDetector, ...]:
    """Who is there, and who serves and routes."""
    neighbours, known, history, tuned = shared.neighbours, shared.known, shared.history, shared.tuned
    return (
        GatewaySpoof(neighbours, limits=tuned(GatewaySpoof)),
        AddressConflict(neighbours, limits=tuned(AddressConflict)),
        RogueDhcp(neighbours, history),
        DhcpFlood(neighbours, limits=tuned(DhcpFlood)),
        RogueRouter(neighbours, history),
        MacFlapping(neighbours, limits=tuned(MacFlapping)),
        DeviceReturned(neighbours, known, limits=tuned(DeviceReturned)),
    )


def _of_scans(shared: Shared) -> tuple[QuietDetector, ...]:
    """Scans and floods."""
    neighbours, tuned = shared.neighbours, shared.tuned
    return (
        PortScan(neighbours, limits=tuned(PortScan)),
        HostSweep(neighbours, limits=tuned(HostSweep)),
        ArpSweep(neighbours, limits=tuned(ArpSweep)),
        UdpScan(neighbours, limits=tuned(UdpScan)),
        StealthScan(neighbours, limits=tuned(StealthScan)),
        OsProbe(neighbours, limits=tuned(OsProbe)),
        WebScan(neighbours, limits=tuned(WebScan)),
        WebAttack(neighbours, limits=tuned(WebAttack)),
        SynFlood(neighbours, limits=tuned(SynFlood)),
        IcmpFlood(neighbours, limits=tuned(IcmpFlood)),
        UdpFlood(neighbours, limits=tuned(UdpFlood)),
        Reflection(neighbours, limits=tuned(Reflection)),
        IcmpTunnel(neighbours, limits=tuned(IcmpTunnel)),
    )


def _of_names(shared: Shared) -> tuple[QuietDetector, ...]:
    """What is asked of DNS."""
    neighbours, history, zone_of, tuned = shared.neighbours, shared.history, shared.zone_of, shared.tuned
    return (
        DnsTunnel(zone_of, limits=tuned(DnsTunnel)),
        NxdomainStorm(zone_of, limits=tuned(NxdomainStorm)),
        NameSpoof(neighbours, limits=tuned(NameSpoof)),
        DnsRebinding(limits=tuned(DnsRebinding)),
        ResolverBypass(neighbours, history, known=bool(shared.known), limits=tuned(ResolverBypass)),
        FastFlux(zone_of, limits=tuned(FastFlux)),
    )


def _of_habits(shared: Shared) -> tuple[QuietDetector, ...]:
    """What devices do, against their own past."""
    neighbours, history, tuned = shared.neighbours, shared.history, shared.tuned
    return (
        Beacon(neighbours, limits=tuned(Beacon)),
        HttpCallback(neighbours, limits=tuned(HttpCallback)),
        Upload(neighbours, history, limits=tuned(Upload)),
        NewPlace(neighbours, history, limits=tuned(NewPlace)),
        NewService(neighbours, history, limits=tuned(NewService)),
        HelloChange(neighbours, history, limits=tuned(HelloChange)),
        FanOut(neighbours, limits=tuned(FanOut)),
        LongConnection(neighbours, limits=tuned(LongConnection)),
        UnusualTraffic(neighbours, history, limits=tuned(UnusualTraffic)),
        Mining(neighbours),
        Backdoor(neighbours),
    )


def _of_exposure(shared: Shared) -> tuple[QuietDetector, ...]:
    """Encryption, what is in clear or open, and the sensor itself."""
    neighbours, listed, tuned = shared.neighbours, shared.listed, shared.tuned
    return (
        CertificateFault(neighbours, limits=tuned(CertificateFault)),
        WeakTls(neighbours),
        Heartbleed(neighbours),
        ListedFingerprint(listed),
        ClearCredentials(neighbours),
        PersonalUrl(neighbours),
        BruteForce(neighbours, limits=tuned(BruteForce)),
        Inbound(neighbours),
        PortMapping(neighbours),
        ProgramDownload(neighbours),
        Sensor(limits=tuned(Sensor)),
    )
