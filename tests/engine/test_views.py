from __future__ import annotations

import pytest

from netscope.engine.views import app_label, device_row, flow_row
from netscope.model.flow import Flow
from netscope.model.records import Device
from netscope.model.snapshot import FlowRow

T0 = 1_700_000_000 * 1_000_000_000
NUMBERS = frozenset(
    [
        "id",
        "device_id",
        "client_port",
        "server_port",
        "asn",
        "bytes_up",
        "bytes_down",
        "packets_up",
        "packets_down",
        "rtt_us",
        "retransmissions",
        "first_seen_ns",
        "last_seen_ns",
    ]
)


def a_flow(**fields: object) -> Flow:
    flow = Flow(1, "192.168.1.31", 50000, "93.184.216.34", 443, "tcp", None, None, None, T0)
    for name, value in fields.items():
        setattr(flow, name, value)
    return flow


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"app_protocol": "tls", "tls_version": "TLS1.3"}, "TLS1.3"),
        ({"app_protocol": "tls"}, "TLS"),
        ({"app_protocol": "quic", "tls_version": "TLS1.3"}, "QUIC"),
        ({"app_protocol": "rdp"}, "RDP"),
        ({}, "tcp"),
    ],
)
def test_the_column_says_the_protocol_in_few_letters(fields: dict[str, object], label: str) -> None:
    assert app_label(a_flow(**fields)) == label


def test_a_row_shows_the_flow_as_it_is_now() -> None:
    flow = a_flow(device_id=3, bytes_up=500, bytes_down=1000, server_name="a.example", name_source="sni", country="DE")
    row = flow_row(flow, "device 3", (500, 1000, (0, 1500)), alert=True)
    assert (row.device_name, row.server_name, row.country, row.alert) == ("device 3", "a.example", "DE", True)
    assert (row.rate_up_bps, row.rate_down_bps, row.bytes_up, row.bytes_down) == (800.0, 1600.0, 500, 1000)
    assert row.history_bytes == (0, 1500)
    flow.bytes_up = 999
    assert row.bytes_up == 500


def test_each_field_of_a_row_is_in_its_place() -> None:
    told = {"device_name": "phone", "app_label": "TLS1.3", "alert": True, "rate_up_bps": 80.0, "rate_down_bps": 160.0,
            "history_bytes": (7,)}  # fmt: skip
    flow = a_flow(app_protocol="tls", tls_version="TLS1.3")
    copied = [name for name in FlowRow._fields if name not in told and name not in ("app_protocol",)]
    for number, name in enumerate(copied):
        setattr(flow, name, number + 1000 if name in NUMBERS else f"value of {name}")
    row = flow_row(flow, "phone", (50, 100, (7,)), alert=True)
    assert type(row) is FlowRow
    assert {name: getattr(row, name) for name in told} == told
    assert [getattr(row, name) for name in copied] == [getattr(flow, name) for name in copied]


def test_a_devices_newest_address_comes_first() -> None:
    device = Device(1, "a4:83:e7:00:00:31", T0, T0, addresses={"192.168.1.31": (0, 5), "fe80::1": (0, 9)})
    row = device_row(device, "phone", None, T0, flows_open=2, trackers=3, alerts=1)
    assert row.addresses == ("fe80::1", "192.168.1.31")
    assert (row.flows_open, row.trackers, row.alerts, row.rate_up_bps) == (2, 3, 1, 0.0)
