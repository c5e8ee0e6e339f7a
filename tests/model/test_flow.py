"""A flow takes the meter's figures; what it is called is not its to lose."""

from __future__ import annotations

from netscope.model.flow import Flow


def a_flow() -> Flow:
    return Flow(7, "192.0.2.1", 40000, "192.0.2.2", 443, "tcp", None, None, None, 100, 100)


def test_counters_are_those_measured_last() -> None:
    flow = a_flow()
    flow.measured(3, 2, 300, 4000, 180, 3900, 90, 170)
    flow.measured(4, 2, 340, 4000, 180, 3900, 90, 180)
    assert (flow.packets_up, flow.packets_down, flow.bytes_up, flow.bytes_down) == (4, 2, 340, 4000)
    assert (flow.payload_bytes_up, flow.payload_bytes_down) == (180, 3900)
    assert (flow.first_seen_ns, flow.last_seen_ns) == (90, 180)


def test_a_history_that_did_not_grow_stays() -> None:
    flow = a_flow()
    flow.tcp_measured("S0", "S", 0, None)
    flow.tcp_measured("S1", "Sh", 0, 12_000)
    flow.tcp_measured("S1", None, 2, 12_000)
    assert (flow.tcp_state, flow.tcp_history, flow.retransmissions, flow.rtt_us) == ("S1", "Sh", 2, 12_000)


def test_payload_may_begin_one_way_first() -> None:
    flow = a_flow()
    assert (flow.data_up_ns, flow.data_down_ns) == (None, None)
    flow.data_began(120, None)
    flow.data_began(120, 150)
    assert (flow.data_up_ns, flow.data_down_ns) == (120, 150)


def test_flows_share_nothing() -> None:
    first, second = a_flow(), a_flow()
    first.server_name = "first.example"
    assert second.server_name is None
