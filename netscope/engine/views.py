"""Rows of the snapshot out of the engine's own objects."""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.meter import RATE_WINDOW_S
from netscope.engine.rates import NO_HISTORY, DeviceRate
from netscope.model.flow import Flow
from netscope.model.records import Device
from netscope.model.snapshot import DeviceRow, FlowRow

Figures = tuple[int, int, tuple[int, ...]]
"""Of a flow, as the meter gives them: bytes up and down of the last 5 s, bytes by slot of 4 s with the oldest first."""
LABELS: Final = {
    "http": "HTTP",
    "http2": "HTTP/2",
    "dns": "DNS",
    "mdns": "mDNS",
    "llmnr": "LLMNR",
    "nbns": "NBNS",
    "quic": "QUIC",
    "ssh": "SSH",
    "smb": "SMB",
    "ntp": "NTP",
    "ssdp": "SSDP",
    "dhcp": "DHCP",
    "dhcpv6": "DHCPv6",
    "mqtt": "MQTT",
    "tls": "TLS",
    "dtls": "DTLS",
    "wireguard": "WireGuard",
    "bittorrent": "BitTorrent",
    "websocket": "WebSocket",
}


def app_label(flow: Flow) -> str:
    """Short label of the protocol for a column."""
    if flow.tls_version is not None and flow.app_protocol == "tls":
        return flow.tls_version
    if flow.app_protocol is not None:
        return LABELS.get(flow.app_protocol, flow.app_protocol.upper())
    return flow.protocol


def flow_row(flow: Flow, device_name: str, figures: Figures, *, alert: bool) -> FlowRow:
    """Field by field in the order of FlowRow, past its constructor, which costs as much again."""
    up_bytes, down_bytes, history_bytes = figures
    return tuple.__new__(
        FlowRow,
        (
            flow.id,
            flow.device_id,
            device_name,
            flow.client_ip,
            flow.client_port,
            flow.server_ip,
            flow.server_port,
            flow.protocol,
            flow.app_protocol,
            app_label(flow),
            flow.server_name,
            flow.name_source,
            flow.name_missing_reason,
            flow.country,
            flow.asn,
            flow.as_org,
            flow.application,
            flow.tracker,
            alert,
            flow.bytes_up,
            flow.bytes_down,
            flow.packets_up,
            flow.packets_down,
            # Those that do not move share their noughts.
            up_bytes * 8 / RATE_WINDOW_S if up_bytes else 0.0,
            down_bytes * 8 / RATE_WINDOW_S if down_bytes else 0.0,
            history_bytes if any(history_bytes) else NO_HISTORY,
            flow.rtt_us,
            flow.retransmissions,
            flow.first_seen_ns,
            flow.last_seen_ns,
            flow.tcp_state,
            flow.end_reason,
            flow.vlan,
            flow.ja3,
            flow.ja4,
            flow.activity,
        ),
    )


def device_row(
    device: Device,
    name: str,
    rate: DeviceRate | None,
    now_ns: int,
    *,
    flows_open: int,
    trackers: int,
    alerts: int,
    activities: tuple[str, ...] = (),
) -> DeviceRow:
    up_bps, down_bps = rate.bits_per_s(now_ns) if rate is not None else (0.0, 0.0)
    addresses = sorted(device.addresses.items(), key=lambda item: -item[1][1])
    return DeviceRow(
        device.id,
        device.mac,
        name,
        device.name_source,
        device.vendor,
        device.kind,
        device.os,
        device.model,
        device.label,
        device.randomized_mac,
        device.is_gateway,
        tuple(address for address, _ in addresses),
        flows_open,
        device.bytes_sent,
        device.bytes_received,
        up_bps,
        down_bps,
        rate.history(now_ns) if rate is not None else NO_HISTORY,
        trackers,
        alerts,
        device.first_seen_ns,
        device.last_seen_ns,
        activities,
    )
