"""Activities by shape: typical traffic gets its word, doubtful traffic none."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.enrich import services
from netscope.engine.enrich.activity import (
    DESKTOP_SERVICES,
    Judged,
    by_shape,
    is_group,
    judge,
    of_flow,
    session,
)
from netscope.engine.enrich.features import Features
from netscope.model.activity import ACTIVITIES
from netscope.model.flow import Flow
from netscope.model.shape import BINS, FlowShape
from tests.engine.enrich import traffic_shapes as traffic
from tests.engine.enrich.traffic_shapes import Packet, counted

MB = 1_000_000


@pytest.mark.parametrize(
    ("name", "packets", "protocol", "app_protocol"),
    [
        ("voice_call", traffic.voice(), "udp", "stun"),
        ("voice_call", traffic.voice(), "udp", None),
        ("video_call", traffic.video_call(), "udp", "stun"),
        ("video_call", traffic.video_call(), "udp", None),
        ("gaming", traffic.game(), "udp", None),
        ("gaming", traffic.game(tick_ms=50), "udp", None),
        ("video_streaming", traffic.pieces(120, 4000, 1 * MB), "tcp", "tls"),
        ("video_streaming", traffic.pieces(60, 2000, MB // 2), "udp", "quic"),
        ("video_streaming", traffic.pieces(90, 10_000, 10 * MB, 100), "tcp", "tls"),
        ("audio_streaming", traffic.pieces(180, 10_000, 320_000), "tcp", "tls"),
        ("audio_streaming", traffic.even(120, 128_000), "tcp", "http"),
        ("video_streaming", traffic.player(120, 4000, 2 * MB), "tcp", "tls"),
        ("video_streaming", traffic.player(90, 5000, 400_000, 20), "udp", "quic"),
        ("video_streaming", traffic.player(60, 6000, 9 * MB, 100, ahead=3), "tcp", "tls"),
        ("audio_streaming", traffic.player(240, 10_000, 200_000, ahead=3), "tcp", "tls"),
        ("audio_streaming", traffic.player(600, 30_000, 512_000, ahead=2), "tcp", "tls"),
        ("download", traffic.stalling(60, 8e6), "tcp", "tls"),
        ("download", traffic.even(15, 40e6), "tcp", "tls"),
        ("download", traffic.even(120, 2e6), "tcp", "tls"),  # a slow line is no player
        ("upload", traffic.even(15, 20e6, is_up=True), "tcp", "tls"),
        ("terminal", traffic.typing(), "tcp", "ssh"),
        ("terminal", traffic.typing(), "tcp", "telnet"),
        ("upload", traffic.even(15, 20e6, is_up=True), "tcp", "ssh"),
        ("download", traffic.even(15, 20e6), "tcp", "ssh"),
        ("idle", traffic.keep_alive(1800, 60), "tcp", "ssh"),
        ("remote_desktop", traffic.screen_of_another(), "tcp", "rdp"),
        ("remote_desktop", traffic.screen_of_another(), "tcp", "rfb"),
        ("idle", traffic.keep_alive(1800, 60), "tcp", "rdp"),
        ("heartbeat", traffic.keep_alive(1800, 60), "tcp", "tls"),
        ("idle", traffic.keep_alive(600, 60, 60), "tcp", None),
        ("heartbeat", [(n * 60_000, True, 90) for n in range(60)], "tcp", "tls"),  # the answers went another way
        (None, [(n * 60_000, True, 90) for n in range(60)], "udp", None),
        ("browsing", traffic.page(200_000), "tcp", "tls"),
        ("browsing", traffic.page(30_000), "tcp", "http"),
        ("name_lookup", [(0, True, 70), (20, False, 140)], "udp", "dns"),
        ("heartbeat", [(0, True, 76), (20, False, 76)], "udp", "ntp"),
        ("browsing", traffic.visits(3, 25, 40_000, 15), "tcp", "tls"),
        ("upload", traffic.even(4, 1e6, is_up=True), "tcp", "tls"),  # a camera's clip
        (None, traffic.even(1, 0.5e6, is_up=True), "tcp", "tls"),  # what a program says of itself
        (None, traffic.visits(12, 25, 40_000, 25), "tcp", "tls"),  # reading for minutes is no music
        ("browsing", traffic.visits(10, 4, 90_000, 12), "tcp", "tls"),  # and pictures are none either
        (None, traffic.visits(30, 6, 150_000, 3), "udp", "quic"),  # and scrolling through them no film
        (None, traffic.page(3_000), "tcp", "tls"),  # an API's answer
        (None, traffic.voice(5), "udp", None),  # too short for a call
        (None, traffic.voice(up=70, down=140), "udp", "wireguard"),  # whatever is inside
        (None, traffic.video_call(), "udp", "openvpn"),
        (None, [(n * 40, True, 300) for n in range(3000)], "udp", None),  # nobody answers
        (None, traffic.typing(), "tcp", None),  # typed, but into what?
        (None, [(0, True, 64)], "icmp", None),
    ],
)  # fmt: skip
def test_typical_traffic(name: str | None, packets: Iterable[Packet], protocol: str, app_protocol: str | None) -> None:
    assert of_flow(counted(packets, protocol, app_protocol)) == name


def test_a_game_and_a_call_of_one_shape_are_neither() -> None:
    """Ticks of 45 ms are no voice packets, and equal sizes no game's."""
    packets = [*((n * 45.0, True, 120) for n in range(2000)), *((n * 45.0 + 20, False, 120) for n in range(2000))]
    assert of_flow(counted(packets, "udp", None)) is None


def test_a_protocol_of_calls_is_never_a_game() -> None:
    assert of_flow(counted(traffic.game(), "udp", "stun")) == "voice_call"


def test_an_update_is_told_by_its_host() -> None:
    flow = counted(traffic.even(15, 20e6), "tcp", "http")
    flow.server_name = "7.tlu.dl.delivery.mp.microsoft.com"
    assert judge(flow) == Judged("software_update", "name")
    flow.server_name = "cdn.example"
    assert judge(flow) == Judged("download", "shape")


def test_asking_for_an_update_is_none() -> None:
    flow = counted(traffic.page(15_000), "tcp", "http")
    assert judge(flow) == Judged("browsing", "shape")
    flow.server_name = "deb.debian.org"
    assert judge(flow) is None, "and no browsing either"


def test_an_update_that_holds_back_is_no_film() -> None:
    flow = counted(traffic.pieces(120, 4000, 1 * MB), "tcp", "http")
    flow.server_name = "au.download.windowsupdate.com"
    assert judge(flow) == Judged("software_update", "name")


def test_remote_control_is_told_by_its_service_and_shape() -> None:
    flow = counted(traffic.screen_of_another(), "tcp", "tls")
    assert judge(flow) == Judged("download", "shape")
    flow.application = "AnyDesk"
    assert judge(flow) == Judged("remote_desktop", "name")


def test_services_of_remote_control_are_in_the_table_of_services() -> None:
    known = set(services._services()[0].values())
    assert known >= DESKTOP_SERVICES


def test_hidden_dns_is_a_lookup() -> None:
    flow = counted(traffic.page(20_000), "tcp", "tls")
    flow.application = "DNS over HTTPS"
    assert judge(flow) == Judged("name_lookup", "name")


def test_what_a_station_sends_to_a_group_is_watched_or_heard() -> None:
    flow = counted(traffic.even(30, 4e6, is_up=True), "udp", None)
    flow.packets_down = flow.bytes_down = 0
    flow.server_ip = "239.1.2.3"
    assert of_flow(flow) == "video_streaming"


@pytest.mark.parametrize(
    ("address", "expected"),
    [("224.0.0.251", True), ("239.255.255.250", True), ("ff02::fb", True), ("223.5.5.5", False),
     ("240.0.0.1", False), ("22.4.0.1", False), ("2001:db8::ff", False), ("23.1.1.1", False)],
)  # fmt: skip
def test_groups(address: str, expected: bool) -> None:
    assert is_group(address) == expected


counts = st.integers(0, 10**12)
histograms = st.lists(st.integers(0, 65_534), min_size=BINS, max_size=BINS).map(tuple)
shapes = st.builds(
    FlowShape, histograms, histograms, histograms, histograms, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)
)


@given(
    st.builds(Features, st.floats(0, 1e7), counts, counts, counts, counts, shapes),
    st.sampled_from(["tcp", "udp", "icmp"]),
    st.sampled_from([None, "tls", "quic", "stun", "rtp"]),
    st.booleans(),
)
def test_any_shape_gets_a_known_word_or_none(
    features: Features, protocol: str, app_protocol: str | None, group: bool
) -> None:
    found = by_shape(features, protocol, app_protocol, is_group=group)
    assert found is None or found in ACTIVITIES
    found = session(features, is_desktop=group)
    assert found is None or found in ACTIVITIES


def test_a_flow_without_a_histogram_is_judged_by_its_counters() -> None:
    flow = Flow(1, "192.168.1.2", 1, "192.0.2.1", 443, "tcp", None, None, None, 1_000_000_000, 13_000_000_000)
    flow.bytes_up, flow.bytes_down, flow.packets_up, flow.packets_down = MB, 60 * MB, 20_000, 42_000
    flow.app_protocol = "tls"
    assert of_flow(flow) == "download"
