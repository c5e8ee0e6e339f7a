"""QUIC openings: order, coalescing, Retry, version changes, Google's CHLO, hostile datagrams."""

from __future__ import annotations

import json
import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netscope.engine.correlate.quic_session import MAX_DATAGRAMS, MAX_OPENINGS, QuicSession
from netscope.engine.correlate.session import DONE, WANT
from netscope.engine.parse.gquic import looks_like_gquic
from netscope.engine.parse.quic import looks_like_quic
from netscope.model.flow import DOWN, UP
from netscope.model.records import TlsHandshake
from tests.engine.correlate.session_replay import make_flow
from tests.engine.parse import tls_samples as samples
from tests.engine.parse.capture_streams import events

DCID = b"\x11\x22\x33\x44\x55\x66\x77\x88"
EXTENSIONS = (
    samples.server_name(b"h3.example.org"),
    samples.alpn(b"h3"),
    samples.supported_versions(0x0304),
    samples.key_share((0x11EC, 1216), (29, 32)),
    (57, bytes(40)),
)
HELLO = samples.handshake(1, samples.client_hello((0x1301, 0x1302, 0x1303), EXTENSIONS))
SERVER_HELLO = samples.handshake(2, samples.server_hello_13(0x1303))


def client(*frames: bytes, **changes) -> bytes:
    return samples.quic_initial(b"".join(frames), **changes)


def server(*frames: bytes, **changes) -> bytes:
    return samples.quic_initial(b"".join(frames), **{"dcid": b"client", "key_dcid": DCID, "side": "server", **changes})


class Played:
    def __init__(self, *datagrams):
        self.flow = make_flow(protocol="udp")
        self.records: list[object] = []
        self.counted: list[str] = []
        self.session = QuicSession(self.flow, self.records.append, self.counted.append)
        self.codes = [self.session.datagram(way, data, 7) for way, data in datagrams]

    @property
    def hellos(self):
        return list({id(record): record for record in self.records if isinstance(record, TlsHandshake)}.values())


FIRST = client(samples.crypto_frame(0, HELLO[:1000]))
SECOND = client(samples.crypto_frame(1000, HELLO[1000:]), number=1)
ANSWER = server(samples.crypto_frame(0, SERVER_HELLO))


def test_hello_over_two_datagrams_and_the_answer():
    played = Played((UP, FIRST), (UP, SECOND), (DOWN, ANSWER))
    (handshake,) = played.hellos

    assert (handshake.transport, handshake.sni, handshake.alpn) == ("quic", "h3.example.org", ("h3",))
    assert handshake.ja4.startswith("q13d0305h3_55b375c5d22e_")
    assert (handshake.cipher, handshake.negotiated_version) == ("TLS_CHACHA20_POLY1305_SHA256", "TLSv1.3")
    assert (played.flow.app_protocol, played.flow.server_name, played.flow.name_source) == (
        "quic",
        "h3.example.org",
        "quic",
    )
    assert played.codes == [WANT, WANT, DONE]
    assert played.counted == []


def test_datagrams_in_the_other_order():
    assert Played((UP, SECOND), (UP, FIRST)).hellos[0].sni == "h3.example.org"


@pytest.mark.parametrize("seed", range(20))
def test_frames_shuffled_over_packets(seed):
    """As Chrome does since 2021: many CRYPTO frames out of order, with PING and PADDING between them."""
    source = random.Random(seed)
    edges = sorted({0, len(HELLO), *source.sample(range(1, len(HELLO)), 25)})
    frames = [samples.crypto_frame(a, HELLO[a:b]) for a, b in pairwise(edges)]
    frames.append(samples.crypto_frame(300, HELLO[300:420]))
    source.shuffle(frames)
    mixed = [frame + source.choice((b"", b"\x01", bytes(5))) for frame in frames]
    datagrams = [client(*mixed[at : at + 9], number=at) for at in range(0, len(mixed), 9)]

    (handshake,) = Played(*((UP, datagram) for datagram in datagrams)).hellos

    assert handshake.sni == "h3.example.org"


@pytest.mark.parametrize("version", [1, 0x6B3343CF, 0xFF00001D, 0xFF00001B, 0xFF000016])
def test_versions(version):
    played = Played((UP, client(samples.crypto_frame(0, HELLO), version=version, pad_to=2000)))

    assert played.hellos[0].sni == "h3.example.org"


def test_coalesced_initials_in_one_datagram():
    datagram = client(samples.crypto_frame(0, HELLO[:700]), pad_to=0) + client(samples.crypto_frame(700, HELLO[700:]))

    assert Played((UP, datagram)).hellos[0].sni == "h3.example.org"


def test_server_answers_in_version_2_with_the_keys_of_the_first_dcid():
    answer = server(samples.crypto_frame(0, SERVER_HELLO), version=0x6B3343CF)
    played = Played((UP, FIRST), (UP, SECOND), (DOWN, answer))

    assert played.hellos[0].cipher == "TLS_CHACHA20_POLY1305_SHA256"


def test_retry_changes_keys_and_the_hello_sent_again_is_the_same():
    retry = b"\xf0\x00\x00\x00\x01\x06client\x08newdcid!" + b"token" + bytes(16)
    again = [
        client(samples.crypto_frame(0, HELLO[:1000]), dcid=b"newdcid!", token=b"token", number=2),
        client(samples.crypto_frame(1000, HELLO[1000:]), dcid=b"newdcid!", token=b"token", number=3),
    ]
    answer = server(samples.crypto_frame(0, SERVER_HELLO), key_dcid=b"newdcid!")
    played = Played((UP, FIRST), (UP, SECOND), (DOWN, retry), *((UP, packet) for packet in again), (DOWN, answer))
    (handshake,) = played.hellos

    assert handshake.cipher == "TLS_CHACHA20_POLY1305_SHA256"
    assert played.counted == []


def test_half_a_hello_before_retry_is_read_after_it():
    again = client(samples.crypto_frame(0, HELLO), dcid=b"newdcid!", pad_to=2000)

    assert len(Played((UP, FIRST), (UP, again)).hellos) == 1


def test_client_goes_on_with_the_servers_connection_id_and_the_same_keys():
    later = client(samples.crypto_frame(1000, HELLO[1000:]), dcid=b"serverid", key_dcid=DCID, number=1)

    assert Played((UP, FIRST), (UP, later)).hellos[0].sni == "h3.example.org"


def test_hello_retry_gives_a_record_per_client_hello():
    second = samples.handshake(1, samples.client_hello((0x1302,)))
    played = Played(
        (UP, client(samples.crypto_frame(0, HELLO), pad_to=2000)),
        (DOWN, server(samples.crypto_frame(0, samples.handshake(2, samples.hello_retry_request())))),
        (UP, client(samples.crypto_frame(len(HELLO), second), number=1)),
    )
    first, again = played.hellos

    assert (first.cipher, again.sni, again.cipher) == ("TLS_AES_256_GCM_SHA384", "example.org", None)
    assert played.codes[-1] == WANT


def test_roles_follow_the_keys_not_the_direction():
    played = Played((DOWN, FIRST), (DOWN, SECOND), (UP, ANSWER))

    assert played.hellos[0].cipher == "TLS_CHACHA20_POLY1305_SHA256"


def test_short_header_after_the_hello_ends_it():
    played = Played((UP, FIRST), (UP, SECOND), (DOWN, b"\x45" + bytes(50)))

    assert played.codes[-1] == DONE


def test_connection_whose_start_was_missed():
    played = Played((DOWN, ANSWER), *[(DOWN, b"\x45" + bytes(40))] * MAX_DATAGRAMS)

    assert played.counted == ["undecryptable_quic_initial"]
    assert played.flow.name_missing_reason == "started_before_capture"
    assert played.codes[-1] == DONE


def test_changed_packet_is_counted():
    played = Played((UP, FIRST[:-1] + bytes((FIRST[-1] ^ 1,))))

    assert (played.hellos, played.counted) == ([], ["undecryptable_quic_initial"])


def test_crypto_beyond_the_bound_is_refused():
    played = Played((UP, client(samples.crypto_frame(70_000, b"far away"))))

    assert played.counted == ["quic_crypto_too_long"]


def test_endless_empty_messages_end_the_session():
    assert Played((UP, client(samples.crypto_frame(0, bytes(1_000))))).codes == [DONE]


def test_many_initials_end_the_session():
    small = client(b"\x01", pad_to=0)
    played = Played(*[(UP, small * 16)] * (MAX_OPENINGS // 16 + 1))

    assert played.codes[-1] == DONE
    assert "too_many_quic_initials" in played.counted


CHLO = samples.gquic_chlo(((b"SNI\0", b"www.example.org"), (b"UAID", b"Chrome/83")))


def test_google_chlo_in_clear():
    played = Played((UP, samples.gquic_packet(CHLO)))

    assert (played.flow.server_name, played.flow.name_source) == ("www.example.org", "quic")
    assert (played.flow.user_agent, played.flow.app_protocol) == ("Chrome/83", "quic")
    assert played.codes == [DONE]
    assert played.records == []


def test_google_chlo_in_a_protected_initial():
    frame = b"\x08" + samples.varint(0) + samples.varint(len(CHLO)) + CHLO
    played = Played((UP, client(frame, version=0x51303530)))

    assert played.flow.server_name == "www.example.org"


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from((UP, DOWN)), st.integers(0, 40), st.binary(max_size=30)), max_size=6))
def test_mutated_datagrams_never_raise(changes):
    datagrams = [(way, FIRST[:at] + noise + FIRST[at + len(noise) :]) for way, at, noise in changes]
    played = Played(*datagrams, *((way, noise) for way, _, noise in changes))
    played.session.close(9)

    assert all(code in (WANT, DONE) for code in played.codes)


@given(st.binary(max_size=600))
@settings(max_examples=150)
def test_any_protected_payload_is_survived(payload):
    played = Played((UP, client(payload)), (UP, client(payload, dcid=b"other", version=0x51303530)))

    assert len(played.codes) == 2


@pytest.mark.parametrize(
    "name",
    [
        "arkime__quicietf.pcap",
        "foxio__tls-handshake.pcapng",
        "foxio__tls3.pcapng",
        "ndpi__doq.pcapng",
        "ndpi__quic-27.pcap",
        "ndpi__quic-29.pcap",
        "ndpi__quic-34.pcap",
        "ndpi__quic_frags_ch_in_multiple_packets.pcapng",
        "tcpdump__quic_handshake.pcap",
        "zeek__quic__quic-multiple-initial-fragmented-crypto.pcap",
        "zeek__quic__quicv2-http3-443.pcap",
    ],
)
def test_real_capture_reads_as_in_wireshark(name, captures_dir, truth_dir):
    sessions: dict[tuple, Played] = {}
    for event in events(captures_dir / name):
        if event.kind == "datagram" and (event.key in sessions or looks_like_quic(event.data)):
            sessions.setdefault(event.key, Played()).session.datagram(event.direction, event.data, 0)
    found = [hello for played in sessions.values() for hello in played.hellos]
    truth = json.loads((truth_dir / "tshark" / f"{name}.json").read_text())
    lines = (truth_dir / "wireshark445_hello.jsonl").read_text().splitlines()
    (wireshark,) = (entry["hello"] for entry in map(json.loads, lines) if entry["file"] == name)

    assert Counter((h.sni, h.ja3, h.alpn) for h in found) == Counter(
        (h["sni"], h["ja3_string"], tuple(h["alpn"])) for h in truth["client_hello"] if h["transport"] == "quic"
    )
    assert Counter(h.ja4 for h in found) == Counter(h["ja4"] for h in wireshark if h["proto"] == "quic")


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("ndpi__quic_q43.pcap", {"dns.google.com"}),
        (
            "ndpi__quic.pcap",
            {
                "mail.google.com", "www.google.com", "www.youtube.com", "i.ytimg.com", "fonts.gstatic.com",
                "s.ytimg.com", "yt3.ggpht.com",
            },
        ),
    ],
)  # fmt: skip
def test_real_google_quic_names(name, names, captures_dir):
    sessions: dict[tuple, Played] = {}
    for event in events(captures_dir / name):
        known = event.key in sessions
        if event.kind == "datagram" and (known or looks_like_quic(event.data) or looks_like_gquic(event.data)):
            sessions.setdefault(event.key, Played()).session.datagram(event.direction, event.data, 0)

    assert {played.flow.server_name for played in sessions.values()} - {None} == names
