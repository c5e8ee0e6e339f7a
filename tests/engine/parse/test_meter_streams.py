"""Flows and streams: roles, states as Zeek names them, round trips, reassembly, fragments, and every bound."""

from __future__ import annotations

import random

import pytest

from tests.engine.parse import frames as f
from tests.engine.parse.meter_log import MeterLog


def up(flags: int, sequence: int, acknowledged: int = 0, payload: bytes = b"", **fields) -> bytes:
    return f.ethernet(f.ipv4(f.tcp(flags, sequence, acknowledged, payload, **fields), 6))


def down(flags: int, sequence: int, acknowledged: int = 0, payload: bytes = b"", **fields) -> bytes:
    segment = f.tcp(flags, sequence, acknowledged, payload, source=9999, target=40000, **fields)
    return f.ethernet(f.ipv4(segment, 6, f.SERVER, f.CLIENT), up=False)


S, SA, A, FA = f.SYN, f.SYN | f.ACK, f.ACK, f.FIN | f.ACK
OPENING = [up(S, 100), down(SA, 500, 101), up(A, 101, 501)]
DATA = [up(A, 101, 501, b"ask"), down(A, 501, 104, b"answer")]

STATES = {
    "S0": ([up(S, 100)], "S"),
    "S1": (OPENING, "ShA"),
    "SF": ([*OPENING, *DATA, up(FA, 104, 507), down(FA, 507, 105), up(A, 105, 508)], "ShADdFf"),
    "REJ": ([up(S, 100), down(f.RST | A, 0, 101)], "Sr"),
    "S2": ([*OPENING, up(FA, 101, 501)], "ShAF"),
    "S3": ([*OPENING, down(FA, 501, 101)], "ShAf"),
    "RSTO": ([*OPENING, *DATA, up(f.RST, 104)], "ShADdR"),
    "RSTR": ([*OPENING, *DATA, down(f.RST, 507)], "ShADdr"),
    "RSTOS0": ([up(S, 100), up(f.RST, 101)], "SR"),
    "RSTRH": ([down(SA, 500, 101), down(f.RST, 501)], "hr"),
    "SH": ([up(S, 100), up(FA, 101, 501)], "SF"),
    "SHR": ([down(SA, 500, 101), down(FA, 501, 101)], "hf"),
    "OTH": (DATA, "Dd"),
}


@pytest.mark.parametrize("state", STATES)
def test_connection_states_and_history_are_zeeks(state: str) -> None:
    frames, history = STATES[state]
    flow = MeterLog().feed(*frames).finish().flow
    assert (flow.tcp_state, flow.tcp_history) == (state, history)
    assert (flow.client_ip, flow.server_port) == (f.CLIENT, 9999)


@pytest.mark.parametrize(("state", "reason"), [("SF", "fin"), ("RSTO", "rst"), ("S1", "capture_end")])
def test_the_reason_of_the_end(state: str, reason: str) -> None:
    assert MeterLog().feed(*STATES[state][0]).finish().flow.end_reason == reason


def test_round_trip_is_from_the_syn_to_the_acknowledgement_of_its_answer() -> None:
    log = MeterLog().feed(OPENING[0]).pass_time(0.02).feed(OPENING[1]).pass_time(0.01).feed(OPENING[2]).finish()
    assert log.flow.rtt_us == 32_000


def test_the_client_is_who_sent_the_syn_or_else_spoke_to_a_known_port() -> None:
    late = f.ethernet(f.ipv4(f.tcp(A, 1, 1, b"x", source=443, target=40000), 6, f.SERVER, f.CLIENT), up=False)
    flow = MeterLog().feed(late).finish().flow
    assert (flow.client_ip, flow.client_port, flow.server_port) == (f.CLIENT, 40000, 443)
    assert (flow.packets_up, flow.packets_down) == (0, 1)
    assert flow.client_mac == "02:00:00:00:00:01"
    offer = f.udp(bytes(20), 67, 68)
    assert MeterLog().feed(f.ethernet(f.ipv4(offer))).opened[0].server_port == 67


def test_a_new_syn_after_the_end_is_a_new_flow() -> None:
    log = MeterLog().feed(*STATES["SF"][0], up(S, 90_000), down(SA, 7, 90_001)).finish()
    assert log.closed[0].tcp_state == "SF"
    assert len(log.closed) == 2
    again = MeterLog().feed(up(S, 100), up(S, 100)).finish()
    assert (again.flow.retransmissions, again.flow.tcp_history) == (1, "ST")


TEXT = bytes(range(256)) * 40


def pieces_of(text: bytes, size: int, first: int = 101) -> list[bytes]:
    return [up(A, first + at, 501, text[at : at + size]) for at in range(0, len(text), size)]


def test_reordered_segments_are_put_in_order() -> None:
    for seed in range(20):
        segments = pieces_of(TEXT, 700)
        random.Random(seed).shuffle(segments)
        log = MeterLog().feed(*OPENING, *segments).finish()
        assert (log.up, log.gaps) == (TEXT, [])


def test_sequence_numbers_wrap() -> None:
    first = 2**32 - 3000
    segments = pieces_of(TEXT, 700, first + 1)
    segments[3:6] = reversed(segments[3:6])
    log = MeterLog().feed(up(S, first), *segments).finish()
    assert (log.up, log.gaps) == (TEXT, [])


def test_retransmissions_and_overlaps_the_first_copy_wins() -> None:
    log = (
        MeterLog()
        .feed(
            *OPENING,
            up(A, 111, 501, b"KLMNO"),
            up(A, 106, 501, b"fghijxxxxxpqrst"),
            up(A, 101, 501, b"abcdeXXX"),
            up(A, 101, 501, b"abcde"),
        )
        .finish()
    )
    assert log.up == b"abcdefghijKLMNOpqrst"
    assert log.counters["tcp_overlap"] == 2
    assert log.flow.retransmissions == 2


def test_keep_alives_are_no_retransmissions() -> None:
    log = MeterLog().feed(*OPENING, *DATA, up(A, 103, 507, b"\0"), up(A, 103, 507)).finish()
    assert (log.up, log.flow.retransmissions) == (b"ask", 0)


def test_a_hole_is_told_once_the_receiver_has_acknowledged_it() -> None:
    log = MeterLog().feed(*OPENING, up(A, 101, 501, b"head"), up(A, 205, 501, b"tail"))
    assert log.up == b"head"
    log.feed(*[down(A, 501, 209)] * 4)
    assert (log.up, log.gaps) == (b"headtail", [(0, 100)])
    assert log.finish().flow.tcp_history == "ShADaG"


def test_a_hole_at_the_end_of_the_capture() -> None:
    log = MeterLog().feed(*OPENING, up(A, 201, 501, b"tail")).finish()
    assert (log.up, log.gaps, log.counters) == (b"tail", [(0, 100)], {"tcp_gap": 1})


def test_what_the_capture_cut_off_is_a_gap() -> None:
    whole = up(A, 101, 501, bytes(1000))
    log = MeterLog().feed(*OPENING).feed(whole[:154], wire=len(whole)).feed(up(A, 1101, 501, b"next")).finish()
    assert (len(log.up), log.gaps) == (104, [(0, 900)])


def test_a_stream_joined_in_the_middle_starts_where_it_is() -> None:
    assert MeterLog().feed(up(A, 7000, 1, b"mid"), up(A, 7003, 1, b"stream")).up == b"midstream"


def test_answers_skip_and_end() -> None:
    skipping = MeterLog(answers=[10]).feed(*OPENING, up(A, 101, 501, b"0123456789"), up(A, 111, 501, b"skipped ones"))
    assert skipping.up == b"0123456789es"
    over_a_hole = MeterLog(answers=[10]).feed(*OPENING, up(A, 101, 501, b"head"), up(A, 115, 501, b"tail")).finish()
    assert (over_a_hole.up, over_a_hole.gaps) == (b"headtail", [])
    one_way = MeterLog(answers=[-1]).feed(*OPENING, *DATA, up(A, 104, 507, b"unseen"))
    assert (one_way.up, one_way.down) == (b"ask", b"answer")
    assert MeterLog(answers=[-2]).feed(*OPENING, *DATA).down == b""


def test_segments_far_outside_the_window_are_strays_until_all_are() -> None:
    far = 101 + (1 << 24)
    log = MeterLog().feed(*OPENING, up(A, 101, 501, b"here"), *[up(A, far, 501, b"there")] * 8)
    assert (log.up, log.counters["tcp_out_of_window"]) == (b"herethere", 8)


def test_held_segments_are_bounded_in_bytes_and_pieces() -> None:
    log = MeterLog().feed(*OPENING, *(up(A, 1101 + 2 * n, 501, b"x") for n in range(5000)))
    assert log.counters["tcp_buffer_full"] > 0
    assert log.meter.memory_bytes < MeterLog().feed(*OPENING).meter.memory_bytes + 64_000
    cut = up(A, 0, 501, bytes(100))[:54]
    headers = (cut[:38] + (1101 + 200 * n).to_bytes(4, "big") + cut[42:] for n in range(5000))
    nothing_held = MeterLog().feed(*OPENING).feed(*headers, wire=154)
    assert nothing_held.counters["tcp_buffer_full"] > 0
    assert nothing_held.meter.memory_bytes < log.meter.memory_bytes + 64_000


def test_random_sequence_numbers_end_and_stay_bounded() -> None:
    source = random.Random(5)
    log = MeterLog().feed(*OPENING)
    for _ in range(20_000):
        log.feed(up(A, source.randrange(2**32), source.randrange(2**32), source.randbytes(source.randrange(60))))
    assert log.meter.memory_bytes < 4 << 20
    log.finish()
    assert len(log.closed) == 1


# -- the table -----------------------------------------------------------------------------------------------------


def test_a_full_table_closes_the_flow_idle_longest() -> None:
    log = MeterLog(max_flows=16).feed(
        *(f.ethernet(f.ipv4(f.udp(b"x", 40000 + n))) for n in range(20)), step_ns=f.SECOND
    )
    assert log.meter.flows_open == 16
    assert [(flow.client_port, flow.end_reason) for flow in log.closed] == [(40000 + n, "evicted") for n in range(4)]
    assert log.counters == {"flow_table_full": 4}


def test_changed_flows_are_listed_once_however_often_a_slot_changes_hands() -> None:
    log = MeterLog(max_flows=16).feed(*(f.ethernet(f.ipv4(f.udp(b"x", 40000 + n))) for n in range(5000)), step_ns=0)
    changed = log.meter.collect()
    assert sorted(flow.client_port for flow in changed) == list(range(44984, 45000))
    assert log.meter.collect() == []
    log.feed(f.ethernet(f.ipv4(f.udp(b"x", 44999))))
    assert [flow.packets_up for flow in log.meter.collect()] == [2]


@pytest.mark.parametrize(
    ("frames", "limit_s"),
    [
        ([up(S, 100)], 60),
        (OPENING, 1800),
        (STATES["S2"][0], 120),
        (STATES["SF"][0], 5),
        ([f.ethernet(f.ipv4(f.udp(b"x")))], 60),
        ([f.ethernet(f.ipv4(f.icmp(8), 1))], 60),
        ([f.ethernet(f.ipv4(f.udp(b"x"))), f.ethernet(f.ipv4(f.udp(b"y", 9999, 40000), 17, f.SERVER, f.CLIENT))], 180),
    ],
)
def test_silence_ends_a_flow_after_its_states_limit(frames: list[bytes], limit_s: int) -> None:
    log = MeterLog().feed(*frames)
    last_ns = log.meter.now_ns
    assert log.meter.expire(last_ns + limit_s * f.SECOND - 1) == 0
    assert log.meter.expire(last_ns + limit_s * f.SECOND) == 1
    assert log.meter.flows_open == 0


def test_a_flow_of_fragments_does_not_hold_up_the_end_of_others() -> None:
    def piece(number: int) -> bytes:
        return f.ethernet(f.ipv4(f.udp(bytes(8)), more=True, ident=number))

    log = MeterLog(expire=True).feed(piece(1), f.ethernet(f.ipv4(f.udp(b"x", 41000))))
    for number in range(2, 100):
        log.pass_time(2).feed(piece(number))
    assert [flow.client_port for flow in log.closed] == [41000]


# -- fragments -----------------------------------------------------------------------------------------------------

LONG = f.udp(bytes(range(250)) * 12)


def fragments(size: int = 800, **fields) -> list[bytes]:
    return [
        f.ethernet(f.ipv4(LONG[at : at + size], fragment=at, more=at + size < len(LONG), **fields))
        for at in range(0, len(LONG), size)
    ]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_fragments_come_together_in_any_order(order: tuple[int, ...]) -> None:
    parts = fragments()
    log = MeterLog().feed(*(parts[number] for number in order)).finish()
    assert log.datagrams == [(0, LONG[8:])]
    assert log.counters == {"fragments_reassembled": 1}
    assert (log.flow.packets_up, log.flow.bytes_up) == (4, len(LONG) + 80)


def test_ipv6_fragments_come_together() -> None:
    parts = [f.ipv6_fragment(LONG[at : at + 800], 17, at, more=at + 800 < len(LONG)) for at in range(0, len(LONG), 800)]
    log = MeterLog().feed(*(f.ethernet(part, 0x86DD) for part in reversed(parts))).finish()
    assert log.datagrams == [(0, LONG[8:])]


def test_the_first_copy_of_an_overlapping_fragment_wins() -> None:
    parts = fragments()
    forged = f.ethernet(f.ipv4(b"Z" * 1600, fragment=400, more=True))
    log = MeterLog().feed(parts[0], forged, *parts[1:]).finish()
    ((_, data),) = log.datagrams
    assert data[: 800 - 8] == LONG[8:800]
    assert data[800 - 8 : 2000 - 8] == b"Z" * 1200
    assert data[2000 - 8 :] == LONG[2000:]
    assert log.counters["fragment_overlap"] == 3


def test_a_first_fragment_cut_before_its_ports_counts_with_the_whole_one() -> None:
    pieces = fragments()
    log = MeterLog().feed(pieces[0][:37], *pieces).finish()
    assert len(log.opened) == 1
    assert (log.flow.client_port, log.flow.packets_up) == (40000, len(pieces) + 1)


def test_fragments_never_completed_count_for_a_flow_and_are_given_up() -> None:
    log = MeterLog().feed(fragments()[1]).pass_time(40).feed(fragments()[2]).finish()
    assert log.datagrams == []
    assert log.counters == {"fragments_expired": 2}
    assert sum(flow.packets_up for flow in log.closed) == 2


def test_a_first_fragment_whose_rest_never_comes_is_read_once_given_up() -> None:
    log = MeterLog(expire=True).feed(fragments()[0])
    assert log.datagrams == []
    log.pass_time(40).finish()
    assert log.datagrams == [(0, LONG[8:800])]
    assert log.counters == {"fragments_expired": 1}
    assert (log.flow.packets_up, log.flow.bytes_up) == (1, 820)


def test_many_fragments_stay_within_their_memory() -> None:
    log = MeterLog()
    before = log.meter.memory_bytes
    for number in range(20_000):
        log.feed(f.ethernet(f.ipv4(bytes(1400), fragment=64_000, more=True, ident=number & 0xFFFF)))
    assert log.meter.memory_bytes - before < 10 << 20
    assert log.counters["fragments_evicted"] > 10_000


def test_fragments_that_end_past_a_datagram_are_malformed() -> None:
    log = MeterLog().feed(f.ethernet(f.ipv4(bytes(1000), fragment=65_000)), f.ethernet(f.ipv4(bytes(7), more=True)))
    assert log.counters == {"malformed_fragment": 2}


def test_a_wire_length_that_wraps_does_not_move_the_end_of_a_fragment() -> None:
    frame = f.ipv4(bytes(100_000), fragment=64_000, more=True, length=0)
    log = MeterLog().read(f.pcap([(f.START, frame, 2**32 - 4)], 101)).finish()
    assert log.counters == {"malformed_fragment": 1, "fragments_expired": 1}
