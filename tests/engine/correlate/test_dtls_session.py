"""DTLS datagrams: fragments in any order, retransmissions, the cookie exchange."""

from __future__ import annotations

from hashlib import sha256
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netscope.engine.correlate.dtls_session import MAX_DATAGRAMS, MAX_MESSAGES, DtlsSession
from netscope.engine.correlate.session import DONE, DONE_DIRECTION, WANT
from netscope.model.flow import DOWN, UP
from netscope.model.records import Certificate, TlsHandshake
from tests.engine.correlate.session_replay import make_flow
from tests.engine.parse import tls_samples as samples

EXTENSIONS = (samples.server_name(b"turn.example.org"), samples.groups(29), samples.signatures(0x0403))
HELLO = samples.client_hello((0xC02B, 0xC02F), EXTENSIONS, version=0xFEFD, cookie=b"")
HELLO_AGAIN = samples.client_hello((0xC02B, 0xC02F), EXTENSIONS, version=0xFEFD, cookie=b"cookie")
LEAF = samples.certificate("ec")


class Played:
    def __init__(self, *datagrams):
        self.flow = make_flow(protocol="udp")
        self.records: list[object] = []
        self.counted: list[str] = []
        self.session = DtlsSession(self.flow, self.records.append, self.counted.append)
        self.codes = [self.session.datagram(way, data, 5) for way, data in datagrams]

    def of(self, kind):
        return list({id(record): record for record in self.records if isinstance(record, kind)}.values())


def message(kind: int, sequence: int, body: bytes, size: int = 4096) -> list[bytes]:
    """One datagram per fragment."""
    return [samples.dtls_record(22, fragment) for fragment in samples.dtls_fragments(kind, sequence, body, size)]


SERVER = b"".join(
    message(2, 1, samples.server_hello(0xC02B, (), 0xFEFD)) + message(11, 2, samples.certificate_message(LEAF), 300)
)


def test_handshake_with_cookie_certificate_and_end():
    played = Played(
        (UP, message(1, 0, HELLO)[0]),
        (DOWN, message(3, 0, b"\xfe\xfd\x06cookie")[0]),
        (UP, message(1, 1, HELLO_AGAIN)[0]),
        (DOWN, SERVER),
        (UP, samples.dtls_record(20, b"\x01") + samples.dtls_record(22, bytes(40), epoch=1)),
        (DOWN, samples.dtls_record(22, bytes(40), epoch=1)),
    )
    first, second = played.of(TlsHandshake)

    assert (first.transport, first.sni, first.version) == ("dtls", "turn.example.org", "DTLSv1.2")
    assert first.ja3 == second.ja3 == "65277,49195-49199,0-10-13,29,"
    assert first.ja4 == "dd2d020300_" + "_".join(first.ja4.split("_")[1:])
    assert (second.cipher, second.negotiated_version) == ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "DTLSv1.2")
    assert second.certificate_sha256 == sha256(LEAF).hexdigest() == played.of(Certificate)[0].sha256
    assert (played.flow.app_protocol, played.flow.server_name, played.flow.name_source) == (
        "dtls",
        "turn.example.org",
        "sni",
    )
    assert played.flow.tls_version == "DTLS1.2"
    assert played.codes == [WANT, WANT, WANT, WANT, DONE_DIRECTION, DONE]


def test_fragments_in_every_order():
    pieces = message(1, 0, HELLO, (len(HELLO) + 3) // 4)
    assert len(pieces) == 4
    for order in permutations(pieces):
        (handshake,) = Played(*((UP, piece) for piece in order)).of(TlsHandshake)
        assert handshake.sni == "turn.example.org"


def test_overlapping_and_repeated_fragments():
    pieces = message(1, 0, HELLO, 30) + message(1, 0, HELLO, 17)

    assert len(Played(*((UP, piece) for piece in pieces)).of(TlsHandshake)) == 1


def test_retransmitted_hello_is_one_record():
    datagram = message(1, 0, HELLO)[0]

    assert len(Played((UP, datagram), (UP, datagram)).of(TlsHandshake)) == 1


def test_dtls13_server_hello_ends_it():
    versions = samples.supported_versions(0xFEFC, 0xFEFD)
    hello = samples.client_hello((0x1301,), (versions,), version=0xFEFD, cookie=b"")
    server = samples.server_hello(0x1301, ((43, b"\xfe\xfc"),), version=0xFEFD)
    played = Played((UP, message(1, 0, hello)[0]), (DOWN, message(2, 0, server)[0]))
    (handshake,) = played.of(TlsHandshake)

    assert (handshake.version, handshake.negotiated_version, handshake.ja4[:3]) == ("DTLSv1.3", "DTLSv1.3", "dd3")
    assert played.codes[-1] == DONE


def test_alert():
    played = Played((UP, message(1, 0, HELLO)[0]), (DOWN, samples.dtls_record(21, b"\x02\x28")))

    assert played.of(TlsHandshake)[0].alert == "fatal handshake_failure"


def test_bounds():
    many = [(UP, message(1, sequence, HELLO, 20)[0]) for sequence in range(MAX_MESSAGES + 2)]
    played = Played(*many)
    assert played.counted == ["dtls_too_many_messages"] * 2

    played = Played(*([(UP, b"\x16")] * (MAX_DATAGRAMS + 1)))
    assert played.codes[-1] == DONE
    assert set(played.counted) == {"malformed_dtls_record"}


@settings(max_examples=200)
@given(st.integers(0, 80), st.binary(max_size=10), st.integers(0, 10), st.binary(max_size=60))
def test_mutated_datagrams_never_raise(position, noise, cut, other):
    datagram = message(1, 0, HELLO, 60)[0]
    mutated = datagram[:position] + noise + datagram[position + cut :]
    played = Played((UP, mutated), (DOWN, other), (UP, datagram))
    played.session.close(9)

    assert all(code in (WANT, DONE, DONE_DIRECTION) for code in played.codes)


@pytest.mark.parametrize("name", ["ndpi__dtls.pcap", "zeek__tls__dtls1_2.pcap"])
def test_real_capture_reads_as_in_tshark(name, captures_dir, truth_dir):
    """Each distinct ClientHello outside tunnels; tshark lists retransmissions too."""
    import json

    from netscope.engine.parse.dtls import looks_like_dtls
    from tests.engine.parse.capture_streams import events

    sessions: dict[tuple, Played] = {}
    for event in events(captures_dir / name):
        if event.kind == "datagram" and (event.key in sessions or looks_like_dtls(event.data)):
            sessions.setdefault(event.key, Played()).session.datagram(event.direction, event.data, 0)
    ports = {key[2] for key in sessions}
    truth = json.loads((truth_dir / "tshark" / f"{name}.json").read_text())["client_hello"]

    assert sessions
    assert {(h.sni, h.ja3_hash) for played in sessions.values() for h in played.of(TlsHandshake)} == {
        (hello["sni"], hello["ja3"]) for hello in truth if hello["sport"] in ports
    }
