"""Every detector there is, in the order they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netscope.engine.analyze import new_device
from netscope.engine.analyze.address_conflict import AddressConflict
from netscope.engine.analyze.arp_sweep import ArpSweep
from netscope.engine.analyze.beacon import Beacon
from netscope.engine.analyze.brute_force import BruteForce
from netscope.engine.analyze.certificate import CertificateFault
from netscope.engine.analyze.clear_credentials import ClearCredentials
from netscope.engine.analyze.detector import History
from netscope.engine.analyze.device_returned import DeviceReturned
from netscope.engine.analyze.dhcp_flood import DhcpFlood
from netscope.engine.analyze.dns_rebinding import DnsRebinding
from netscope.engine.analyze.dns_tunnel import DnsTunnel
from netscope.engine.analyze.fan_out import FanOut
from netscope.engine.analyze.fast_flux import FastFlux
from netscope.engine.analyze.gateway_spoof import GatewaySpoof
from netscope.engine.analyze.hello_change import HelloChange
from netscope.engine.analyze.host_sweep import HostSweep
from netscope.engine.analyze.http_callback import HttpCallback
from netscope.engine.analyze.icmp_flood import IcmpFlood
from netscope.engine.analyze.inbound import Inbound
from netscope.engine.analyze.judge import Panel
from netscope.engine.analyze.listed_fingerprint import ListedFingerprint
from netscope.engine.analyze.long_connection import LongConnection
from netscope.engine.analyze.mac_flapping import MacFlapping
from netscope.engine.analyze.mining import Mining
from netscope.engine.analyze.names import ZoneOf, last_labels
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.new_device import NewDevice
from netscope.engine.analyze.new_place import NewPlace
from netscope.engine.analyze.new_service import NewService
from netscope.engine.analyze.nxdomain_storm import NxdomainStorm
from netscope.engine.analyze.personal_url import PersonalUrl
from netscope.engine.analyze.port_scan import PortScan
from netscope.engine.analyze.program_download import ProgramDownload
from netscope.engine.analyze.resolver_bypass import ResolverBypass
from netscope.engine.analyze.rogue_dhcp import RogueDhcp
from netscope.engine.analyze.rogue_router import RogueRouter
from netscope.engine.analyze.sensor import Sensor
from netscope.engine.analyze.stealth_scan import StealthScan
from netscope.engine.analyze.syn_flood import SynFlood
from netscope.engine.analyze.udp_scan import UdpScan
from netscope.engine.analyze.unusual_traffic import UnusualTraffic
from netscope.engine.analyze.upload import Upload
from netscope.engine.analyze.weak_tls import WeakTls
from netscope.engine.analyze.web_scan import WebScan
from netscope.model.records import Device


def all_detectors(
    learning_s: int | None,
    known: Iterable[Device],
    history: History | None = None,
    zone_of: ZoneOf = last_labels,
    listed: Mapping[str, str] | None = None,
) -> Panel:
    """``learning_s`` None: each detector's own; ``known``: the devices already on record.

    ``history`` None: what is learned ends with the run. ``zone_of`` knows public suffixes; the default guesses them.
    ``listed`` are the user's known-bad fingerprints with their descriptions.
    """
    known = tuple(known)
    neighbours = Neighbours(known)
    learning = new_device.Limits() if learning_s is None else new_device.Limits(learning_s)
    return Panel(
        (
            NewDevice(learning, known=bool(known)),
            GatewaySpoof(neighbours),
            AddressConflict(neighbours),
            PortScan(neighbours),
            HostSweep(neighbours),
            ArpSweep(neighbours),
            UdpScan(neighbours),
            StealthScan(neighbours),
            SynFlood(neighbours),
            IcmpFlood(neighbours),
            RogueDhcp(neighbours, history),
            DhcpFlood(neighbours),
            RogueRouter(neighbours, history),
            MacFlapping(neighbours),
            DeviceReturned(neighbours, known),
            DnsTunnel(zone_of),
            NxdomainStorm(zone_of),
            DnsRebinding(),
            ResolverBypass(neighbours, history, known=bool(known)),
            FastFlux(zone_of),
            Beacon(neighbours),
            CertificateFault(neighbours),
            WeakTls(neighbours),
            ListedFingerprint(listed),
            ClearCredentials(neighbours),
            PersonalUrl(neighbours),
            BruteForce(neighbours),
            WebScan(neighbours),
            ProgramDownload(neighbours),
            HttpCallback(neighbours),
            Mining(neighbours),
            Inbound(neighbours),
            Upload(neighbours, history),
            NewPlace(neighbours, history),
            NewService(neighbours, history),
            HelloChange(neighbours, history),
            FanOut(neighbours),
            LongConnection(neighbours),
            UnusualTraffic(neighbours, history),
            Sensor(),
        ),
        neighbours,
    )
