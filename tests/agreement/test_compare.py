"""The comparison itself: what it forgives and what it does not."""

from __future__ import annotations

from tests.agreement.compare import compare
from tests.agreement.facts import Facts, FlowCounts, endpoint

CLIENT, SERVER = endpoint("192.0.2.1", 40000), endpoint("198.51.100.1", 443)


def flow(protocol: str, packets: int, ip_bytes: int, *, server_first: bool = False) -> Facts:
    facts = Facts()
    counts = FlowCounts(packets, 0, ip_bytes, 0)
    ends = (SERVER, CLIENT) if server_first else (CLIENT, SERVER)
    facts.add_flow("", protocol, *ends, counts.reversed() if server_first else counts)
    return facts


def test_the_same_conversation_agrees_whoever_is_named_first() -> None:
    score = compare(flow("tcp", 3, 180), flow("tcp", 3, 180, server_first=True))["conversations"]
    assert (score.agreement, score.differences) == (1.0, [])


def test_a_packet_too_many_disagrees() -> None:
    assert compare(flow("tcp", 3, 180), flow("tcp", 4, 180))["conversations"].agreement == 0


def test_a_byte_too_many_disagrees_unless_the_header_gave_no_length() -> None:
    assert compare(flow("tcp", 3, 180), flow("tcp", 3, 181))["conversations"].agreement == 0
    truth = flow("tcp", 3, 0)
    truth.bytes_unknown.update(truth.flows)
    assert compare(truth, flow("tcp", 3, 180))["conversations"].agreement == 1


def test_missing_and_extra_conversations_each_cost() -> None:
    assert compare(flow("tcp", 3, 180), Facts())["conversations"].agreement == 0
    assert compare(Facts(), flow("tcp", 3, 180))["conversations"].agreement == 0


def test_fragments_count_with_all_packets_between_their_hosts() -> None:
    truth = flow("udp", 1, 1500)
    key = truth.add_flow("", "udpfrag", endpoint("192.0.2.1", 0), endpoint("198.51.100.1", 0), FlowCounts(1, 0, 500, 0))
    truth.fragmented_hosts.add(key.hosts)
    assert compare(truth, flow("udp", 2, 2000))["conversations"].agreement == 1
    assert compare(truth, flow("udp", 1, 1500))["conversations"].agreement == 0


def test_a_wrong_message_counts_once_and_an_optional_one_not_at_all() -> None:
    truth, ours = Facts(), Facts()
    truth.messages["sni"].update(["a.example", "b.example"])
    ours.messages["sni"].update(["a.example", "c.example", "d.example"])
    truth.optional["sni"].update(["d.example"])
    score = compare(truth, ours)["sni"]
    assert (score.expected, score.found, score.agreed) == (2, 2, 1)
    assert score.differences == ["missing 1 x b.example", "extra   1 x c.example"]
