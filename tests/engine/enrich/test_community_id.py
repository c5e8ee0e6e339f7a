"""Community IDs against the baseline of the specification (corelight/community-id-spec, baseline_deflt.json)."""

from __future__ import annotations

import pytest

from netscope.engine.enrich.community_id import community_id, of_flow
from netscope.model.flow import Flow


@pytest.mark.parametrize(
    ("source", "source_port", "destination", "destination_port", "protocol", "expected"),
    [
        ("128.232.110.120", 34855, "66.35.250.204", 80, "tcp", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        ("66.35.250.204", 80, "128.232.110.120", 34855, "tcp", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        ("192.168.1.52", 54585, "8.8.8.8", 53, "udp", "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
        ("8.8.8.8", 53, "192.168.1.52", 54585, "udp", "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
        ("192.168.0.89", 8, "192.168.0.1", 0, "icmp", "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
        ("192.168.0.1", 0, "192.168.0.89", 0, "icmp", "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
        ("192.168.170.8", 7, "192.168.170.56", 80, "sctp", "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="),
    ],
)
def test_the_specification_s_own_examples(
    source: str, source_port: int, destination: str, destination_port: int, protocol: str, expected: str
) -> None:
    assert community_id(source, source_port, destination, destination_port, protocol) == expected


def test_an_icmp_message_without_an_answer_keeps_its_direction() -> None:
    there = community_id("192.168.0.89", 3, "192.168.0.1", 1, "icmp")
    back = community_id("192.168.0.1", 3, "192.168.0.89", 1, "icmp")
    assert there != back


def test_both_directions_of_an_icmpv6_neighbour_question_are_one_flow() -> None:
    asked = community_id("fe80::1", 135, "fe80::2", 0, "icmpv6")
    answered = community_id("fe80::2", 136, "fe80::1", 0, "icmpv6")
    assert asked == answered


def test_a_seed_gives_another_name() -> None:
    parts = ("128.232.110.120", 34855, "66.35.250.204", 80, "tcp")
    assert community_id(*parts, seed=1) == "1:3V71V58M3Ksw/yuFALMcW0LAHvc="


def test_protocols_without_ports_leave_them_out() -> None:
    assert community_id("10.0.0.1", 5, "10.0.0.2", 6, "gre") == community_id("10.0.0.2", 0, "10.0.0.1", 0, "gre")


def test_an_unknown_protocol_has_none() -> None:
    assert community_id("10.0.0.1", 0, "10.0.0.2", 0, "253") is None


def test_a_flow_keeps_what_was_computed_and_icmp_uses_type_and_code() -> None:
    flow = Flow(1, "192.168.0.89", 0, "192.168.0.1", 0, "icmp", None, None, None, 0)
    flow.icmp_type, flow.icmp_code = 8, 0
    assert of_flow(flow) == "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="
    assert flow.community_id == "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="
