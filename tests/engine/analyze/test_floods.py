"""Floods: by what does not get anywhere, not by how much there is."""

from __future__ import annotations

import pytest

from netscope.engine.analyze.dhcp_flood import DhcpFlood
from netscope.engine.analyze.icmp_flood import IcmpFlood
from netscope.engine.analyze.reflection import Reflection
from netscope.engine.analyze.syn_flood import SynFlood
from netscope.engine.analyze.tables import Room
from netscope.engine.analyze.udp_flood import UdpFlood
from netscope.model.flow import Flow
from netscope.model.records import Alert
from tests.engine.analyze.samples import at, dhcp, flow, network, refused, unanswered

VICTIM = "192.168.1.5"


def openings(flows: list[Flow], until_s: int) -> list[Alert]:
    detector = SynFlood(network())
    said: list[Alert] = []
    for second in range(1, until_s):
        for opened in flows:
            if second - 1 <= (opened.first_seen_ns - at(0)) / 1e9 < second:
                said += detector.flow_opened(opened)
        said += detector.second(at(second), [])
    return said


def test_openings_that_get_nowhere_are_a_flood() -> None:
    forged = [
        unanswered(80, server=VICTIM, client=f"198.51.{n // 250}.{n % 250}", seconds=n / 100) for n in range(1000)
    ]
    said = openings(forged, 20)
    assert said
    assert said[0].evidence["observed"]["completed"] == 0
    assert said[0].evidence["because"] == "many sources, likely forged"
    assert [alert.count for alert in said] == [1] + [0] * (len(said) - 1)


def test_a_flood_so_dense_that_the_latest_openings_are_all_young() -> None:
    dense = [unanswered(80, server=VICTIM, client="192.168.1.66", seconds=n / 1000) for n in range(8000)]
    said = openings(dense, 20)
    assert [alert.count for alert in said][:1] == [1]
    assert said[0].last_ns < at(5)
    completed = [flow(server=VICTIM, port=80, seconds=n / 1000) for n in range(8000)]
    assert openings(completed, 20) == []


def test_clients_of_a_server_that_has_crashed_are_no_flood_and_a_closed_port_can_be_flooded() -> None:
    def refusals(a_second: int) -> list[Alert]:
        return openings(
            [refused(1883, server=VICTIM, client=f"192.168.1.{n % 100}", seconds=n / a_second) for n in range(900)], 30
        )

    assert refusals(45) == []
    assert refusals(300)[0].title.startswith("SYN flood on ")


def streamed(*, packets_a_second: int, answered: int = 0, port: int = 9, sources: int = 1) -> list[Alert]:
    """Thirty seconds of datagrams at the victim."""
    detector = UdpFlood(network())
    flows = [
        flow(client=f"192.168.1.{66 + n}", server=VICTIM, port=port, protocol="udp", packets=(0, 0), device_id=None)
        for n in range(sources)
    ]
    said: list[Alert] = []
    for second in range(1, 31):
        for moving in flows:
            moving.packets_up += packets_a_second // sources
            moving.packets_down += answered
        said += detector.second(at(second), flows)
    for moving in flows:
        said += detector.flow_closed(moving)
    return said


def test_datagrams_that_nobody_answers_are_a_flood() -> None:
    said = streamed(packets_a_second=1000)
    assert [alert.severity for alert in said] == ["high"] * len(said)
    assert said[0].last_ns <= at(4)
    assert sum(alert.count for alert in said) == 3
    assert max(alert.evidence["observed"]["packets"] for alert in said) == 10_000
    assert said[-1].evidence["observed"]["sources"] == 1
    assert said[-1].evidence["source"] == "192.168.1.66"
    assert streamed(packets_a_second=1000, sources=10)[-1].evidence["observed"]["sources"] == 10


@pytest.mark.parametrize(
    "quiet",
    [{"packets_a_second": 100}, {"packets_a_second": 5000, "answered": 1}, {"packets_a_second": 5000, "port": 443}],
)
def test_calls_streams_and_tunnels_are_no_flood(quiet: dict[str, int]) -> None:
    assert streamed(**quiet) == []


def test_at_a_tunnel_s_port_only_many_sources_are_a_flood() -> None:
    said = streamed(packets_a_second=6400, port=443, sources=80)
    assert [alert.severity for alert in said] == ["high"] * len(said)
    assert said
    assert streamed(packets_a_second=6400, port=443, sources=20) == []


def test_a_flood_of_flows_is_counted_beyond_the_flows_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Room, "keys", 10)
    detector = UdpFlood(network())
    flows = [flow(server=VICTIM, port=n, protocol="udp", packets=(1, 0)) for n in range(6000)]
    detector.second(at(0), [])
    said = [alert for second in (1, 12) for alert in detector.second(at(second), flows if second == 1 else [])]
    assert [alert.evidence["observed"]["packets"] for alert in said] == [6000]


def test_a_busy_server_is_not_flooded() -> None:
    assert openings([flow(server=VICTIM, port=80, seconds=n / 100) for n in range(1000)], 20) == []


@pytest.mark.parametrize(
    ("history", "kind"), [("A", "ACK"), ("R", "RST"), ("", "NULL"), ("F", "FIN"), ("Ar", "ACK"), ("S", "SYN")]
)
def test_segments_of_no_connection_are_floods_too(history: str, kind: str) -> None:
    packets = (1, 1) if history.endswith("r") else (1, 0)
    flows = [
        flow(server=VICTIM, port=80, seconds=n / 100, state="OTH", history=history, packets=packets)
        for n in range(1000)
    ]
    said = openings(flows, 20)
    assert said
    assert said[0].title.startswith(f"{kind} flood on ")


@pytest.mark.parametrize(("history", "packets"), [("ADad", (4, 4)), ("A", (9, 0)), ("Aa", (1, 1)), ("SAD", (5, 0))])
def test_connections_from_before_the_recording_are_no_flood(history: str, packets: tuple[int, int]) -> None:
    flows = [
        flow(server=VICTIM, port=80, seconds=n / 100, state="OTH", history=history, packets=packets)
        for n in range(1000)
    ]
    assert openings(flows, 20) == []


def reflected(flows: list[Flow], seconds: int = 12) -> list[Alert]:
    detector = Reflection(network())
    return [a for second in range(seconds) for a in detector.second(at(second), flows if second == 1 else [])]


def from_servers(count: int, *, asked: int = 0, port: int = 53, packets: int = 20) -> list[Flow]:
    return [
        flow(client=VICTIM, server=f"203.0.113.{n}", port=port, protocol="udp", packets=(asked, packets))
        for n in range(count)
    ]


def test_answers_of_many_servers_nobody_asked_are_a_reflection() -> None:
    (said,) = reflected(from_servers(40))
    assert (said.severity, said.title) == ("high", f"DNS reflection on {VICTIM}: 40 servers")
    assert said.evidence["observed"] == {"reflectors": 40, "packets": 800}


def test_whichever_end_the_meter_took_for_the_client() -> None:
    turned = [
        flow(client=f"203.0.113.{n}", client_port=123, server=VICTIM, port=80, protocol="udp", packets=(20, 0))
        for n in range(40)
    ]
    (said,) = reflected(turned)
    assert said.evidence["services"] == ["NTP"]


def test_syn_acks_nobody_asked_for_are_a_reflection() -> None:
    def half_open(history: str) -> list[Flow]:
        return [
            flow(client=VICTIM, server=f"203.0.{n % 9}.{n}", state="OTH", history=history, packets=(0, 1))
            for n in range(250)
        ]

    (said,) = reflected(half_open("h"))
    assert said.title == f"TCP reflection on {VICTIM}: 250 servers"
    assert reflected(half_open("hd")) == []


@pytest.mark.parametrize(
    "quiet",
    [
        {"count": 40, "asked": 1}, {"count": 3, "packets": 500}, {"count": 40, "packets": 1},
        {"count": 40, "port": 443, "packets": 900},
    ],
)  # fmt: skip
def test_answers_to_questions_late_ones_and_streams_are_no_reflection(quiet: dict[str, int]) -> None:
    assert reflected(from_servers(**quiet)) == []


def test_one_source_at_many_ports_is_left_to_the_port_scan() -> None:
    assert openings([unanswered(n, server=VICTIM, seconds=n / 100) for n in range(1000)], 20) == []


def test_a_scan_behind_decoys_is_left_to_the_port_scan_too() -> None:
    probes = [unanswered(n // 5, server=VICTIM, client=f"203.0.113.{n % 5}", seconds=n / 100) for n in range(1000)]
    assert openings(probes, 20) == []
    few = [unanswered(80, server=VICTIM, client=f"203.0.113.{n % 5}", seconds=n / 100) for n in range(1000)]
    assert openings(few, 20)


def test_icmp_by_the_minute() -> None:
    def ping(packets: int) -> list[Alert]:
        detector = IcmpFlood(network())
        echo = flow(server=VICTIM, port=0, protocol="icmp", packets=(1, 1))
        detector.flow_opened(echo)
        said: list[Alert] = []
        for second in range(1, 50):
            echo.packets_up = packets * second // 50
            said += detector.second(at(second), [echo])
        return said

    assert ping(60) == []
    assert [alert.severity for alert in ping(3000)] == ["high"]


def test_dhcp_by_sender_and_by_invented_clients() -> None:
    one, many = DhcpFlood(network()), DhcpFlood(network())
    by_one = [alert for n in range(110) for alert in one.observe(dhcp("INFORM", n / 10))]
    by_many = [
        alert for n in range(70) for alert in many.observe(dhcp("DISCOVER", n / 10, mac=f"02:00:00:00:00:{n:02x}"))
    ]
    assert by_one[0].evidence["observed"] == {"requests": 100, "clients": 1}
    assert by_many[0].evidence["observed"]["clients"] == 60


def test_a_household_that_comes_home_is_no_dhcp_flood() -> None:
    detector = DhcpFlood(network())
    for n in range(30):
        for step, kind in enumerate(("DISCOVER", "REQUEST")):
            assert list(detector.observe(dhcp(kind, n + step / 10, mac=f"02:00:00:00:00:{n:02x}"))) == []
