"""Pings that carry data, and pings that are only large."""

from __future__ import annotations

import pytest

from netscope.engine.analyze.icmp_tunnel import IcmpTunnel
from netscope.model.records import Alert, IcmpErrorSeen
from tests.engine.analyze.samples import at, flow, network


def pinged(packets: tuple[int, int], mean: tuple[int, int], protocol: str = "icmp") -> list[Alert]:
    size = (packets[0] * mean[0], packets[1] * mean[1])
    kind = {"icmp": 8, "icmpv6": 128, "errors": 3}.get(protocol)
    return list(
        IcmpTunnel(network()).flow_closed(flow(port=0, protocol="icmp", packets=packets, size=size, icmp_type=kind))
    )


def test_replies_of_another_length_are_a_tunnel() -> None:
    (said,) = pinged((100, 95), (90, 700))
    assert (said.severity, said.count) == ("high", 1)
    assert said.evidence["observed"] == {
        "mean_bytes_up": 90, "mean_bytes_down": 700, "unasked_replies": 0, "bytes": 75_500,
    }  # fmt: skip
    assert [alert.severity for alert in pinged((100, 95), (90, 700), "icmpv6")] == ["high"]


def test_replies_nobody_asked_for_are_a_tunnel() -> None:
    (said,) = pinged((8, 400), (70, 1_080))
    assert (said.severity, said.evidence["observed"]["unasked_replies"]) == ("high", 392)
    assert pinged((8, 20), (84, 84)) == []


def test_very_many_large_ones_are_told_less_severely() -> None:
    assert [alert.severity for alert in pinged((900, 900), (1_428, 1_428))] == ["medium"]


@pytest.mark.parametrize(
    ("packets", "mean"),
    [((100, 90), (84, 84)), ((60, 60), (1_428, 1_428)), ((20, 20), (90, 700)), ((5_000, 5_000), (84, 84))],
)
def test_ordinary_pings(packets: tuple[int, int], mean: tuple[int, int]) -> None:
    assert pinged(packets, mean) == []


def test_errors_in_the_same_flow_are_no_tunnel() -> None:
    """A host that was pinged once refuses datagrams all day: its refusals and the ping are one flow."""
    detector = IcmpTunnel(network())
    mixed = flow(port=0, protocol="icmp", packets=(4, 400), size=(336, 32_000), icmp_type=8)
    for n in range(398):
        detector.observe(IcmpErrorSeen(at(n), mixed.server_ip, 3, 3, 17, mixed.client_ip, 9, mixed.server_ip, 53))
    assert list(detector.flow_closed(mixed)) == []
    tunnel = flow(port=0, protocol="icmp", packets=(900, 900), size=(63_000, 630_000), icmp_type=8)
    detector = IcmpTunnel(network())
    detector.observe(IcmpErrorSeen(at(0), tunnel.server_ip, 3, 3, 17, tunnel.client_ip, 9, tunnel.server_ip, 53))
    assert [alert.severity for alert in detector.flow_closed(tunnel)] == ["high"]


def test_other_protocols_are_not_looked_at() -> None:
    assert pinged((100, 95), (90, 700), "tcp") == pinged((100, 95), (90, 700), "errors") == []


def test_one_that_lasts_is_told_while_it_does_and_counted_once() -> None:
    detector = IcmpTunnel(network())
    tunnel = flow(port=0, protocol="icmp", packets=(100, 100), size=(9_000, 70_000), icmp_type=8)
    said = [alert for second in range(60) for alert in detector.second(at(second), [tunnel])]
    assert [alert.count for alert in said] == [1]
    tunnel.bytes_down = 700_000
    said = [*detector.second(at(61), [tunnel]), *detector.flow_closed(tunnel)]
    assert [alert.count for alert in said] == [0]
