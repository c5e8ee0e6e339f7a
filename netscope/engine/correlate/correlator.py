"""The meter's sink: gives flows their devices and names, hands payload to sessions, and passes records on.

Holds no protocol's details (payload.py chooses sessions) and judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from netscope.engine.correlate.devices import DeviceTable
from netscope.engine.correlate.ends import FlowEnds
from netscope.engine.correlate.exclusion import Exclusion
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
        exclusion: Exclusion | None = None,
    ) -> None:
        self._exclusion = exclusion or None
        self._emit = emit if self._exclusion is None else self._emit_unless_excluded
        self._emit_all = emit
        self._flow_opened = flow_opened
        self._flow_closed = flow_closed
        self.second = on_second
        self.networks = LocalNetworks()
        self.names = NameTable()
        self.devices = DeviceTable(self.networks, emit, count, known_devices, first_device_id, self._exclusion)
        self._payloads = Payloads(self._take, count)
        self.stream = self._payloads.stream
        self.gap = self._payloads.gap
        self.datagram = self._payloads.datagram
        self._ends = FlowEnds(self.networks, self.devices)
        self.control = LinkMessages(self.networks, self.devices, self._emit, count, self._exclusion).control
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
        self._ends.find(flow)
        found = self.names.name_of(client_ip, server_ip, first_seen_ns)
        if found is not None:
            flow.server_name, flow.name_source = found
        self._flow_opened(flow)
        return flow

    def watch(self, first_ttls: Callable[[int], tuple[int, int]]) -> None:
        """``first_ttls`` is the meter's, which is made after its sink."""
        self._ends.first_ttls = first_ttls

    def answered(self, flow: Flow) -> None:
        """The server has sent its first packet."""
        self._ends.answered(flow)

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
        if self._exclusion is not None and self._exclusion.names(record):
            if isinstance(record, DnsQuery) and record.rcode is not None:
                self._exclusion.redact(record)
                self._emit(record)
            return
        learn = self._learners.get(type(record))
        if learn is not None:
            learn(record)
        self._emit(record)

    def _emit_unless_excluded(self, record: object) -> None:
        if self._exclusion is None or not self._exclusion.names(record):
            self._emit_all(record)

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
        if not exchange.mac_is_own and self.devices.of_mac(exchange.mac) is None:
            return
        if exchange.from_client:
            self.devices.heard(exchange.mac, None, exchange.timestamp_ns)
        elif exchange.message_type in ("ACK", "REPLY") and exchange.assigned_ip and exchange.mac:
            if exchange.subnet_mask:
                self.networks.add_prefix(f"{exchange.assigned_ip}/{exchange.subnet_mask}")
            self.devices.heard(exchange.mac, exchange.assigned_ip, exchange.timestamp_ns, certain=True)
