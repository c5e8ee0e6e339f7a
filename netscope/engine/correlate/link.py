"""Messages of the local link: who claims which address, who routes, which errors come back."""

from __future__ import annotations

from collections.abc import Callable

from netscope.engine.correlate.devices import DeviceTable
from netscope.engine.correlate.exclusion import Exclusion
from netscope.engine.correlate.networks import LocalNetworks
from netscope.engine.parse import arp, icmp, ndp
from netscope.engine.parse.meter import CONTROL_ARP, CONTROL_ICMP_ERROR, CONTROL_ICMPV6_ERROR, CONTROL_NDP
from netscope.model.errors import ParseError
from netscope.model.link import NdpMessage
from netscope.model.records import AddressClaim, IcmpErrorSeen, RouterSeen

NDP_HOP_LIMIT = 255
"""A neighbour message with another hop limit came from outside the link (RFC 4861, section 7.1)."""


class LinkMessages:
    """Reads the meter's control messages into claims, router sightings and errors."""

    def __init__(
        self,
        networks: LocalNetworks,
        devices: DeviceTable,
        emit: Callable[[object], None],
        count: Callable[[str], None],
        exclusion: Exclusion | None = None,
    ) -> None:
        self._exclusion = exclusion
        self._networks = networks
        self._devices = devices
        self._emit = emit
        self._count = count

    def control(
        self,
        kind: int,
        data: bytes,
        source_mac: str | None,
        destination_mac: str | None,
        source_ip: str | None,
        destination_ip: str | None,
        hop_limit: int,
        vlan: str | None,
        timestamp_ns: int,
    ) -> None:
        try:
            if kind == CONTROL_ARP:
                self._arp(data, vlan, timestamp_ns)
            elif kind == CONTROL_NDP and source_ip is not None:
                self._ndp(data, source_mac, source_ip, hop_limit, vlan, timestamp_ns)
            elif kind in (CONTROL_ICMP_ERROR, CONTROL_ICMPV6_ERROR) and source_ip is not None:
                self._error(kind, data, source_mac, source_ip, timestamp_ns)
        except ParseError as problem:
            self._count(problem.slug)

    def _arp(self, data: bytes, vlan: str | None, timestamp_ns: int) -> None:
        message = arp.parse(data)
        if self._exclusion is not None and self._exclusion.hides(message):
            return
        if message.is_probe:
            self._devices.heard(message.sender_mac, None, timestamp_ns)
        else:
            self._networks.add_host(message.sender_ip)
            self._devices.heard(message.sender_mac, message.sender_ip, timestamp_ns, certain=True)
        claim = AddressClaim(
            timestamp_ns,
            message.sender_mac,
            message.sender_ip,
            "arp",
            message.is_gratuitous,
            override=True,
            vlan=vlan,
            is_reply=message.operation == 2,
        )
        claim.target_ip = message.target_ip
        claim.target_mac = message.target_mac
        self._emit(claim)

    def _ndp(
        self, data: bytes, source_mac: str | None, source_ip: str, hop_limit: int, vlan: str | None, timestamp_ns: int
    ) -> None:
        if hop_limit != NDP_HOP_LIMIT:
            self._count("ndp_hop_limit")
            return
        message = ndp.parse(data)
        if message.kind == "router_advertisement":
            self._router(message, source_mac, source_ip, timestamp_ns)
        elif message.kind == "neighbor_advertisement" and message.target_ip is not None:
            mac = message.link_layer_mac or source_mac
            self._claim(mac, message.target_ip, message, vlan, timestamp_ns)
        elif message.kind == "neighbor_solicitation":
            if source_ip != "::" and message.link_layer_mac is not None:
                self._claim(message.link_layer_mac, source_ip, message, vlan, timestamp_ns)
        elif message.kind == "redirect":
            self._emit(RouterSeen(timestamp_ns, source_mac, source_ip, "redirect", (), (), None))

    def _claim(self, mac: str | None, ip: str, message: NdpMessage, vlan: str | None, timestamp_ns: int) -> None:
        if mac is None:
            return
        self._networks.add_neighbour(ip)
        self._devices.heard(mac, ip, timestamp_ns, certain=True)
        advertised = message.kind == "neighbor_advertisement"
        claim = AddressClaim(
            timestamp_ns,
            mac,
            ip,
            "ndp",
            gratuitous=advertised and not message.solicited,
            override=message.override,
            vlan=vlan,
            is_reply=advertised,
        )
        claim.target_ip = message.target_ip
        self._emit(claim)

    def _router(self, message: NdpMessage, source_mac: str | None, source_ip: str, timestamp_ns: int) -> None:
        for prefix in message.prefixes:
            if prefix.on_link:
                self._networks.add_prefix(prefix.prefix)
        self._devices.heard(source_mac, source_ip, timestamp_ns, certain=True)
        if message.router_lifetime_seconds:
            self._devices.routes(source_mac, timestamp_ns)
        self._emit(
            RouterSeen(
                timestamp_ns,
                source_mac,
                source_ip,
                "ra",
                tuple(p.prefix for p in message.prefixes),
                message.dns_servers,
                message.router_lifetime_seconds,
            )
        )

    def _error(self, kind: int, data: bytes, source_mac: str | None, source_ip: str, timestamp_ns: int) -> None:
        error = icmp.parse_error(data) if kind == CONTROL_ICMP_ERROR else icmp.parse_error_v6(data)
        if error is not None and kind == CONTROL_ICMP_ERROR and error.icmp_type == icmp.REDIRECT:
            self._emit(RouterSeen(timestamp_ns, source_mac, source_ip, "icmp_redirect", (), (), None))
        if error is not None:
            self._emit(
                IcmpErrorSeen(
                    timestamp_ns,
                    source_ip,
                    error.icmp_type,
                    error.code,
                    error.protocol,
                    error.source_ip,
                    error.source_port,
                    error.destination_ip,
                    error.destination_port,
                )
            )
