"""Floods: by what does not get anywhere, not by how much there is."""

from __future__ import annotations

from netscope.engine.analyze.dhcp_flood import DhcpFlood
from netscope.engine.analyze.icmp_flood import IcmpFlood
from netscope.engine.analyze.syn_flood import SynFlood
from netscope.model.flow import Flow
from netscope.model.records import Alert
from tests.engine.analyze.samples import at, dhcp, flow, network, unanswered

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


def test_a_busy_server_is_not_flooded() -> None:
    assert openings([flow(server=VICTIM, port=80, seconds=n / 100) for n in range(1000)], 20) == []


def test_one_source_at_many_ports_is_left_to_the_port_scan() -> None:
    assert openings([unanswered(n, server=VICTIM, seconds=n / 100) for n in range(1000)], 20) == []


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
