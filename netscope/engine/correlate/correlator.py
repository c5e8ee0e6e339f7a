"""The meter's sink: gives flows their devices and names, hands payload to sessions, and passes records on.

Holds no protocol's details (payload.py chooses sessions) and judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from netscope.engine.correlate.devices import DeviceTable
from netscope.engine.correlate.link import LinkMessages
from netscope.engine.correlate.names import NameTable
from netscope.engine.correlate.networks import LocalNetworks
from netscope.engine.correlate.payload import Payloads
from netscope.engine.parse.recognise import port_protocol
from netscope.model.dns import MdnsAnnouncement
from netscope.model.flow import Flow
from netscope.model.records import Device, DhcpExchange, DnsQuery


class Correlator:
    """Implements ``MeterSink``.

    ``emit`` gets every record in the order the traffic gave it; ``on_second`` the passing of packet time;
    ``flow_opened`` and ``flow_closed`` each flow once, before its first and after its last record.
    """

    def __init__(
        self,
        emit: Callable[[object], None],
        count: Callable[[str], None],
        on_second: Callable[[int], None],
        flow_opened: Callable[[Flow], None],
        flow_closed: Callable[[Flow], None],
        known_devices: Iterable[Device] = (),
        first_device_id: int = 1,
    ) -> None:
        self._emit = emit
        self._flow_opened = flow_opened
        self._flow_closed = flow_closed
        self.second = on_second
        self.networks = LocalNetworks()
        self.names = NameTable()
        self.devices = DeviceTable(self.networks, emit, count, known_devices, first_device_id)
        self._payloads = Payloads(self._take, count)
        self.stream = self._payloads.stream
        self.gap = self._payloads.gap
        self.datagram = self._payloads.datagram
        self.control = LinkMessages(self.networks, self.devices, emit, count).control
        self._learners: dict[type, Callable[[Any], None]] = {
            DnsQuery: self._learn_dns,
            MdnsAnnouncement: self._learn_mdns,
            DhcpExchange: self._learn_dhcp,
        }

    def open_flow(
        self,
        flow_id: int,
        client_ip: str,
        client_port: int,
        server_ip: str,
        server_port: int,
        protocol: str,
        vlan: str | None,
        client_mac: str | None,
        server_mac: str | None,
        first_seen_ns: int,
        slot: int,
        outer: Flow | None,
    ) -> Flow:
        flow = Flow(
            flow_id,
            client_ip,
            client_port,
            server_ip,
            server_port,
            protocol,
            vlan,
            client_mac,
            server_mac,
            first_seen_ns,
            first_seen_ns,
            slot,
        )
        if outer is not None:
            flow.tunnelled = True
            flow.device_id = outer.device_id
            return flow
        self._find_devices(flow)
        found = self.names.name_of(client_ip, server_ip, first_seen_ns)
        if found is not None:
            flow.server_name, flow.name_source = found
        self._flow_opened(flow)
        return flow

    def _find_devices(self, flow: Flow) -> None:
        """The devices at both ends, and the router where an end is not of this network."""
        networks, devices = self.networks, self.devices
        client_ip, server_ip = flow.client_ip, flow.server_ip
        if networks.is_local(client_ip):
            if flow.client_mac is not None:
                client = devices.heard(flow.client_mac, client_ip, flow.first_seen_ns)
                flow.device_id = self._owner(client_ip, client)
        elif flow.client_mac not in devices.gateway_macs and not networks.is_group(client_ip):
            if networks.is_local(server_ip):
                # Someone outside calls in: the frame came through the router.
                devices.routes(flow.client_mac)
            else:
                self._take_as_local(flow)
        if networks.is_local(server_ip):
            server = devices.of_address(server_ip) or devices.of_mac(flow.server_mac)
            if server is not None:
                flow.server_device_id = self._owner(server_ip, server)
                if flow.device_id is None:
                    flow.device_id = flow.server_device_id
        elif flow.server_mac not in devices.gateway_macs and not networks.is_group(server_ip):
            devices.routes(flow.server_mac)

    def _take_as_local(self, flow: Flow) -> None:
        """Neither end is known as local, yet one must be: the caller, where its MAC has local addresses besides.

        So a device's global IPv6 addresses are its own also where no router advertisement was seen.
        """
        device = self.devices.of_mac(flow.client_mac)
        if ":" in flow.client_ip and device is not None and any(map(self.networks.is_local, device.addresses)):
            self.networks.add_host(flow.client_ip)
            self.devices.heard(flow.client_mac, flow.client_ip, flow.first_seen_ns)
            flow.device_id = device.id

    def _owner(self, address: str, device: Device | None) -> int | None:
        """The device an address belongs to: not the router that only carries it."""
        if device is None:
            return None
        if address in device.addresses or not device.is_gateway:
            return device.id
        known = self.devices.of_address(address)
        return known.id if known is not None else None

    def answered(self, flow: Flow) -> None:
        """The server has sent its first packet: its MAC is now its own, not what the client aimed at."""
        if flow.server_mac is None or flow.tunnelled or not self.networks.is_local(flow.server_ip):
            return
        server = self.devices.heard(flow.server_mac, flow.server_ip, flow.last_seen_ns)
        if server is not None and flow.server_device_id is None:
            flow.server_device_id = self._owner(flow.server_ip, server)
            if flow.device_id is None:
                flow.device_id = flow.server_device_id

    def close_flow(self, flow: Flow) -> None:
        self._payloads.close(flow)
        if flow.tunnelled:
            return
        if flow.app_protocol is None:
            guess = port_protocol(flow.protocol, flow.server_port)
            if guess is not None:
                flow.app_protocol, flow.app_protocol_source = guess, "port"
        if flow.server_name is None and flow.name_missing_reason is None:
            began_before = flow.protocol == "tcp" and flow.tcp_history is not None and "S" not in flow.tcp_history
            flow.name_missing_reason = "started_before_capture" if began_before else "address_only"
        self._flow_closed(flow)

    def _take(self, record: object) -> None:
        """What a session found: learn from it, then pass it on."""
        learn = self._learners.get(type(record))
        if learn is not None:
            learn(record)
        self._emit(record)

    def _learn_mdns(self, announcement: MdnsAnnouncement) -> None:
        if announcement.transport == "mdns":
            message = announcement.message
            self.names.learn_mdns(message.answers + message.additionals, announcement.timestamp_ns)

    def _learn_dns(self, query: DnsQuery) -> None:
        if query.device_id is None:
            device = self.devices.of_address(query.client_ip)
            if device is not None:
                query.device_id = device.id
        if query.rcode is not None:
            self.names.learn_answer(query, query.timestamp_ns + (query.response_time_us or 0) * 1000)

    def _learn_dhcp(self, exchange: DhcpExchange) -> None:
        if exchange.from_client:
            self.devices.heard(exchange.mac, None, exchange.timestamp_ns)
        elif exchange.message_type in ("ACK", "REPLY") and exchange.assigned_ip and exchange.mac:
            if exchange.subnet_mask:
                self.networks.add_prefix(f"{exchange.assigned_ip}/{exchange.subnet_mask}")
            self.devices.heard(exchange.mac, exchange.assigned_ip, exchange.timestamp_ns, certain=True)
