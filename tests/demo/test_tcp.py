"""A connection's frames fit together: numbers, acknowledgements, the order of time."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import dpkt
import pytest

from netscope.demo.cast import APPLE, LINUX, WINDOWS, TcpStack
from netscope.demo.tcp import DOWN, UP, Connection
from netscope.demo.wire import MS, End, Frame, ip_bytes, mac_bytes

CLIENT = End(mac_bytes("a0:36:9f:00:00:01"), ip_bytes("192.0.2.1"), 64)
SERVER = End(mac_bytes("a0:36:9f:00:00:02"), ip_bytes("198.51.100.7"), 50)
START_NS = 1_700_000_000_000_000_000


def connection(stack: TcpStack = LINUX) -> Connection:
    return Connection(
        CLIENT, 50000, SERVER, 443, start_ns=START_NS, rtt_ns=20 * MS, stack=stack, rng=Random(1)
    )  # fmt: skip


def segments(frames: Iterable[Frame]) -> list[tuple[int, bool, dpkt.tcp.TCP]]:
    """(time, from the client, segment)."""
    found = []
    for timestamp_ns, frame in frames:
        packet = dpkt.ethernet.Ethernet(frame).data
        found.append((timestamp_ns, packet.src == CLIENT.address, packet.data))
    return found


def test_the_handshake_takes_the_round_trip() -> None:
    (syn_ns, _, syn), (syn_ack_ns, _, syn_ack), (_, _, ack) = segments(connection().open())
    assert (syn.flags, syn_ack.flags, ack.flags) == (0x02, 0x12, 0x10)
    assert syn_ack_ns - syn_ns == 20 * MS
    assert (syn_ack.ack, ack.seq, ack.ack) == (syn.seq + 1, syn.seq + 1, syn_ack.seq + 1)


@pytest.mark.parametrize("stack", [LINUX, APPLE, WINDOWS])
def test_a_syn_carries_its_systems_options(stack: TcpStack) -> None:
    syn = segments(connection(stack).open())[0][2]
    kinds = {0: "E", 1: "N", 2: "M", 3: "W", 4: "S", 8: "T"}
    seen = "".join(kinds[kind] for kind, _ in dpkt.tcp.parse_opts(syn.opts))
    assert seen.startswith(stack.options)
    assert syn.win == stack.window


def test_data_arrives_whole_in_order_and_is_acknowledged() -> None:
    sent = bytes(range(256)) * 40
    talk = connection()
    frames = [*talk.open(), *talk.send(UP, sent), *talk.close()]
    seen = segments(frames)
    assert b"".join(segment.data for _, up, segment in seen if up) == sent
    assert max(segment.ack - seen[0][2].seq for _, up, segment in seen if not up) == len(sent) + 2
    assert max(len(segment.data) for _, _, segment in seen) == 1448
    assert [time for time, _, _ in seen] == sorted(time for time, _, _ in seen)


def test_a_rate_is_kept() -> None:
    talk = connection()
    before_ns = talk.now_ns
    list(talk.send(DOWN, bytes(1_000_000), bits_per_s=8_000_000))
    assert talk.now_ns - before_ns == pytest.approx(1_000 * MS, rel=0.05)


def test_lost_segments_are_seen_twice() -> None:
    talk = connection()
    starts = [segment.seq for _, up, segment in segments(talk.send(DOWN, bytes(400_000), lost_share=0.1)) if not up]
    assert 10 < len(starts) - len(set(starts)) < 60


def test_ends_other_than_fin() -> None:
    assert [segment.flags for _, _, segment in segments(connection().refused())] == [0x02, 0x14]
    assert [segment.flags for _, _, segment in segments(connection().unanswered())] == [0x02, 0x02]
    assert [segment.flags for _, _, segment in segments(connection().reset(UP))] == [0x14]
