"""DHCP and DHCPv6 messages as records, with who sent them. What they tell of a device is judged elsewhere."""

from __future__ import annotations

from typing import Final

from netscope.engine.correlate.session import DONE, WANT, Count, Emit
from netscope.engine.parse import dhcp, dhcpv6
from netscope.model.dhcp import DhcpMessage
from netscope.model.errors import ParseError
from netscope.model.flow import UP, Flow
from netscope.model.records import DhcpExchange

MAX_FAILURES: Final = 8
"""Unreadable messages in a row after which a flow is left alone."""


class DhcpSession:
    """One UDP flow of DHCP; the IP version tells which."""

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        self._flow = flow
        self._emit = emit
        self._count = count
        self._is_v6 = ":" in flow.client_ip
        self._failures = 0

    def datagram(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        try:
            message = dhcpv6.parse(data) if self._is_v6 else dhcp.parse(data)
        except ParseError as problem:
            self._count(problem.slug)
            self._failures += 1
            return DONE if self._failures >= MAX_FAILURES else WANT
        self._failures = 0
        self._flow.app_protocol = "dhcpv6" if self._is_v6 else "dhcp"
        self._flow.app_protocol_source = "content"
        self._emit(self._exchange(direction, message, timestamp_ns))
        return WANT

    def _exchange(self, direction: int, message: DhcpMessage, timestamp_ns: int) -> DhcpExchange:
        flow = self._flow
        sender_ip, sender_mac = (
            (flow.client_ip, flow.client_mac) if direction == UP else (flow.server_ip, flow.server_mac)
        )
        server_ip = message.server_ip
        if server_ip is None and self._is_v6 and not message.from_client and message.relay_ip is None:
            server_ip = sender_ip  # DHCPv6 names its servers by DUID; the answer comes from the address
        return DhcpExchange(
            timestamp_ns=timestamp_ns,
            mac=message.mac,
            message_type=message.message_type,
            requested_ip=message.requested_ip,
            assigned_ip=message.assigned_ip,
            server_ip=server_ip,
            hostname=message.hostname,
            vendor_class=message.vendor_class,
            parameter_request_list=message.parameter_request_list,
            from_client=message.from_client,
            fqdn=message.fqdn,
            sender_mac=sender_mac,
            sender_ip=sender_ip,
            flow=flow,
            transaction_id=message.transaction_id,
            client_ip=message.client_ip,
            lease_s=message.lease_seconds,
            domain=message.domain,
            client_id=message.client_id,
            mac_is_own=not self._is_v6 or message.relay_ip is not None,
            subnet_mask=message.subnet_mask,
            routers=message.routers,
            dns_servers=message.dns_servers,
        )

    def close(self, timestamp_ns: int) -> None:
        """Every message was handed on when it was seen."""
