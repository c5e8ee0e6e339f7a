"""Activities by shape: typical shapes get their word, doubtful ones none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.enrich.activity import ACTIVITIES, Shape, activity, of_flow, shape_of
from netscope.model.flow import Flow

MB = 1_000_000


@pytest.mark.parametrize(
    ("name", "shape", "protocol", "app_protocol"),
    [
        # duration in s, bytes up and down, packets up and down
        ("download", Shape(12, MB, 60 * MB, 20_000, 42_000), "tcp", "tls"),
        ("upload", Shape(12, 60 * MB, MB, 42_000, 20_000), "tcp", "tls"),
        ("video_streaming", Shape(300, 2 * MB, 150 * MB, 30_000, 105_000), "tcp", "tls"),
        ("audio_streaming", Shape(240, 100_000, 7 * MB, 1_800, 5_000), "udp", "quic"),
        ("call", Shape(120, 1 * MB, 1 * MB, 6_000, 6_000), "udp", "stun"),
        ("call", Shape(60, 9 * MB, 9 * MB, 9_000, 9_500), "udp", None),
        ("interactive", Shape(600, 60_000, 90_000, 900, 850), "tcp", "ssh"),
        ("upload", Shape(30, 80 * MB, MB, 56_000, 20_000), "tcp", "ssh"),
        ("heartbeat", Shape(1800, 9_000, 7_000, 90, 60), "tcp", "tls"),
        ("heartbeat", Shape(0.1, 76, 76, 1, 1), "udp", "ntp"),
        ("idle", Shape(600, 500, 400, 9, 7), "tcp", None),
        ("browsing", Shape(4, 8_000, 220_000, 90, 180), "tcp", "tls"),
        ("name_lookup", Shape(0.02, 70, 140, 1, 1), "udp", "dns"),
        (None, Shape(32, 12_270, 1_509_240, 171, 1_034), "tcp", "http"),  # a piece of a Windows update
        (None, Shape(0.3, 600, 500, 6, 5), "tcp", "tls"),
        (None, Shape(1, 64, 0, 1, 0), "icmp", None),
        (None, Shape(300, 2_000, 0, 40, 0), "udp", None),  # nobody answers
        (None, Shape(8, 400_000, 390_000, 500, 480), "tcp", "tls"),  # too short for a call, too even for a page
    ],
)
def test_typical_shapes(name: str | None, shape: Shape, protocol: str, app_protocol: str | None) -> None:
    assert activity(shape, protocol, app_protocol) == name


counts = st.integers(0, 10**12)


@given(st.floats(0, 1e7), counts, counts, counts, counts, st.sampled_from(["tcp", "udp", "icmp"]),
       st.sampled_from([None, "tls", "ssh", "dns", "quic"]))  # fmt: skip
def test_any_shape_gets_a_known_word_or_none(
    duration_s: float, up: int, down: int, packets_up: int, packets_down: int, protocol: str, app_protocol: str | None
) -> None:
    found = activity(Shape(duration_s, up, down, packets_up, packets_down), protocol, app_protocol)
    assert found is None or found in ACTIVITIES


def test_a_flow_s_own_counters_are_its_shape() -> None:
    flow = Flow(1, "192.168.1.2", 1, "192.0.2.1", 22, "tcp", None, None, None, 1_000_000_000, 601_000_000_000)
    flow.bytes_up, flow.bytes_down, flow.packets_up, flow.packets_down = 60_000, 90_000, 900, 850
    flow.app_protocol = "ssh"
    assert shape_of(flow) == Shape(600.0, 60_000, 90_000, 900, 850)
    assert of_flow(flow) == "interactive"
