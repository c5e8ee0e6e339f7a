"""TLS streams as the correlator delivers them: whole, in pieces, one-sided, broken."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netscope.engine.correlate.session import DONE, DONE_DIRECTION, WANT
from netscope.engine.correlate.tls_session import MAX_HANDSHAKE_BYTES, MAX_UNITS, TlsSession
from netscope.engine.parse.tls import looks_like_tls
from netscope.model.flow import DOWN, UP
from netscope.model.records import Certificate, TlsHandshake
from tests.engine.correlate.session_replay import StreamReplay
from tests.engine.parse import tls_samples as samples
from tests.engine.parse.capture_streams import events

HELLO = samples.record(22, samples.handshake(1, samples.chrome_hello(b"www.example.org")))
SERVER_13 = samples.record(22, samples.handshake(2, samples.server_hello_13()), 0x0303)
LEAF = samples.certificate("ec", issuer="Some CA")
ROOT = samples.certificate("rsa", subject="Some CA", issuer="Some CA", sans=())
SERVER_12 = samples.record(
    22,
    samples.handshake(2, samples.server_hello(0xC02F, (samples.alpn(b"h2"),)))
    + samples.handshake(11, samples.certificate_message(LEAF, ROOT))
    + samples.handshake(14, b""),
    0x0303,
)
CLIENT_REST_12 = samples.record(22, samples.handshake(16, bytes(33))) + samples.CHANGE_CIPHER_SPEC + samples.FINISHED


def replay(*parts, **changes) -> StreamReplay:
    played = StreamReplay(TlsSession, server_port=443, **changes)
    for direction, data in parts:
        played.feed(direction, data, 1_000)
    return played


def handshake_of(played) -> TlsHandshake:
    (handshake,) = played.of(TlsHandshake)
    return handshake


def test_tls13_handshake():
    played = replay((UP, HELLO), (DOWN, SERVER_13 + samples.CHANGE_CIPHER_SPEC + samples.APPLICATION_DATA))
    handshake, flow = handshake_of(played), played.flow

    assert (handshake.transport, handshake.sni, handshake.version) == ("tcp", "www.example.org", "TLSv1.3")
    assert (handshake.alpn, handshake.ja4) == (("h2", "http/1.1"), "t13d1516h2_8daaf6152771_e5627efa2ab1")
    assert (handshake.negotiated_version, handshake.cipher) == ("TLSv1.3", "TLS_AES_128_GCM_SHA256")
    assert handshake.ja3s_hash == "f4febc55ea12b31ae17cfb7e614afda8"
    assert handshake.timestamp_ns == 1_000
    assert (flow.app_protocol, flow.app_protocol_source, flow.tls_version) == ("tls", "content", "TLS1.3")
    assert (flow.server_name, flow.name_source, flow.alpn) == ("www.example.org", "sni", "h2,http/1.1")
    assert (flow.ja3, flow.ja4) == (handshake.ja3_hash, handshake.ja4)
    assert played.code == DONE
    assert played.counted == []


def test_tls12_handshake_with_certificates():
    played = replay((UP, HELLO), (DOWN, SERVER_12), (UP, CLIENT_REST_12))
    handshake = handshake_of(played)
    leaf, root = played.of(Certificate)

    assert (handshake.negotiated_version, handshake.chosen_alpn) == ("TLSv1.2", "h2")
    assert handshake.certificate_sha256 == sha256(LEAF).hexdigest() == leaf.sha256
    assert [(c.position, c.flow, c.timestamp_ns, c.self_signed) for c in (leaf, root)] == [
        (0, played.flow, 1_000, False),
        (1, played.flow, 1_000, True),
    ]
    assert (played.flow.tls_version, played.flow.alpn) == ("TLS1.2", "h2")
    assert played.code == DONE_DIRECTION

    played.feed(DOWN, samples.CHANGE_CIPHER_SPEC + samples.FINISHED)
    assert played.code == DONE


def test_client_certificate_is_not_the_servers():
    mine = samples.certificate("ed25519")
    sent = samples.record(22, samples.handshake(11, samples.certificate_message(mine)))

    played = replay((UP, HELLO), (DOWN, SERVER_12), (UP, sent + CLIENT_REST_12))

    assert sha256(mine).hexdigest() in [c.sha256 for c in played.of(Certificate)]
    assert handshake_of(played).certificate_sha256 == sha256(LEAF).hexdigest()


def test_hello_retry_gives_a_record_per_client_hello():
    second = samples.record(22, samples.handshake(1, samples.client_hello((0x1302,))), 0x0303)
    retry = samples.record(22, samples.handshake(2, samples.hello_retry_request()), 0x0303)
    played = replay(
        (UP, HELLO),
        (DOWN, retry + samples.CHANGE_CIPHER_SPEC),
        (UP, samples.CHANGE_CIPHER_SPEC + second),
        (DOWN, SERVER_13),
    )
    first, again = played.of(TlsHandshake)

    assert (first.sni, first.cipher, first.negotiated_version) == (
        "www.example.org",
        "TLS_AES_256_GCM_SHA384",
        "TLSv1.3",
    )
    assert (again.sni, again.cipher) == ("example.org", "TLS_AES_128_GCM_SHA256")
    assert played.flow.ja4 == first.ja4
    assert played.code == DONE


def test_early_data_before_a_retried_hello():
    hello = samples.record(22, samples.handshake(1, samples.client_hello(extensions=((42, b""),))))
    second = samples.record(22, samples.handshake(1, samples.client_hello()))
    retry = samples.record(22, samples.handshake(2, samples.hello_retry_request()))

    played = replay((UP, hello + samples.APPLICATION_DATA), (DOWN, retry), (UP, samples.APPLICATION_DATA + second))

    assert len(played.of(TlsHandshake)) == 2


def test_directions_delivered_one_after_the_other():
    """Server bytes may come first where the capture has them so."""
    played = replay((DOWN, SERVER_12), (UP, HELLO))
    handshake = handshake_of(played)

    assert (handshake.cipher, handshake.negotiated_version) == ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLSv1.2")
    assert handshake.certificate_sha256 == sha256(LEAF).hexdigest()
    assert played.flow.tls_version == "TLS1.2"


def test_roles_follow_the_hello_not_the_direction():
    played = replay((DOWN, HELLO), (UP, SERVER_12))

    assert handshake_of(played).certificate_sha256 == sha256(LEAF).hexdigest()
    assert played.flow.server_name == "www.example.org"


def test_alert_in_clear_ends_the_matter():
    played = replay((UP, HELLO), (DOWN, samples.record(21, b"\x02\x28")))

    assert handshake_of(played).alert == "fatal handshake_failure"
    assert played.code == DONE


def test_first_alert_is_kept_and_a_warning_goes_on():
    played = replay((UP, HELLO), (DOWN, samples.record(21, b"\x01\x70") + SERVER_12 + samples.record(21, b"\x02\x28")))

    assert handshake_of(played).alert == "warning unrecognized_name"
    assert handshake_of(played).cipher is not None


def test_resumed_session_ends_without_a_certificate():
    server = samples.record(22, samples.handshake(2, samples.server_hello(0xC02F)))
    played = replay((UP, HELLO), (DOWN, server + samples.CHANGE_CIPHER_SPEC + samples.FINISHED))
    assert played.code == DONE_DIRECTION

    played.feed(UP, samples.CHANGE_CIPHER_SPEC + samples.FINISHED)
    assert played.code == DONE
    assert handshake_of(played).certificate_sha256 is None


def test_outer_hello_of_ech_keeps_its_name():
    hello = samples.client_hello(extensions=(samples.server_name(b"cloudflare-ech.com"), (0xFE0D, b"\0" + bytes(8))))
    played = replay((UP, samples.record(22, samples.handshake(1, hello))))

    assert handshake_of(played).ech is True
    assert (played.flow.server_name, played.flow.name_missing_reason) == ("cloudflare-ech.com", None)


@pytest.mark.parametrize("kind", [0xFE0D, 0xFFCE])
def test_encrypted_name_without_an_outer_one_says_why(kind):
    hello = samples.client_hello(extensions=((kind, b"\0" + bytes(8)),))
    played = replay((UP, samples.record(22, samples.handshake(1, hello))))

    assert (played.flow.server_name, played.flow.name_missing_reason) == (None, "ech")


def test_flow_under_way_says_that_its_start_was_missed():
    played = replay((DOWN, samples.APPLICATION_DATA), (UP, samples.APPLICATION_DATA))

    assert (played.flow.app_protocol, played.flow.name_missing_reason) == ("tls", "started_before_capture")
    assert played.of(TlsHandshake) == []
    assert played.code == DONE


def test_server_side_alone_still_gives_certificates():
    played = replay((DOWN, SERVER_12 + samples.CHANGE_CIPHER_SPEC))
    played.close()

    assert [c.position for c in played.of(Certificate)] == [0, 1]
    assert (played.flow.tls_version, played.flow.name_missing_reason) == ("TLS1.2", "started_before_capture")


def test_client_side_alone_ends_at_its_application_data():
    played = replay((UP, HELLO + samples.CHANGE_CIPHER_SPEC + samples.APPLICATION_DATA))

    assert handshake_of(played).cipher is None
    assert played.code == DONE_DIRECTION


def test_sslv2_framed_hello_and_an_ordinary_answer():
    played = replay((UP, samples.sslv2_hello() + CLIENT_REST_12), (DOWN, SERVER_12))
    handshake = handshake_of(played)

    assert (handshake.version, handshake.ja3, handshake.ja4) == ("TLSv1.0", None, None)
    assert handshake.negotiated_version == "TLSv1.2"
    assert len(played.of(Certificate)) == 2


def test_sslv2_proper():
    answer = b"\x80\x20\x04\x00\x01\x00\x02" + bytes(27)
    played = replay((UP, samples.sslv2_hello(0x0002)), (DOWN, answer))

    assert (handshake_of(played).version, handshake_of(played).negotiated_version) == ("SSLv2", "SSLv2")
    assert played.code == DONE
    assert played.counted == []


def test_gap_ends_its_direction_only():
    played = replay((UP, HELLO), (DOWN, SERVER_12[:200]))
    played.gap(DOWN, 1_000)

    assert played.code == DONE_DIRECTION
    assert played.counted == ["tls_handshake_gap"]
    assert handshake_of(played).sni == "www.example.org"


def test_malformed_hello_is_counted_and_the_session_stays_calm():
    played = replay((UP, samples.record(22, samples.handshake(1, b"\x03\x03short"))), (DOWN, SERVER_13))

    assert played.counted == ["malformed_tls_client_hello"]
    assert played.of(TlsHandshake) == []


def test_malformed_extension_is_counted_and_the_hello_stands():
    hello = samples.client_hello(extensions=((10, b"\x00\x09\x00"), samples.server_name(b"a.example")))
    played = replay((UP, samples.record(22, samples.handshake(1, hello))))

    assert played.counted == ["malformed_tls_extension_10"]
    assert handshake_of(played).sni == "a.example"


def test_malformed_certificate_is_counted_and_its_hash_kept():
    chain = samples.handshake(11, samples.certificate_message(b"no certificate", ROOT))
    played = replay((UP, HELLO), (DOWN, samples.record(22, samples.handshake(2, samples.server_hello()) + chain)))

    assert played.counted == ["malformed_certificate"]
    assert [c.position for c in played.of(Certificate)] == [1]
    assert handshake_of(played).certificate_sha256 == sha256(b"no certificate").hexdigest()


def test_direction_joined_in_the_middle_of_a_record_is_not_called_malformed():
    played = replay((UP, HELLO), (DOWN, b"rest of some record"))

    assert played.counted == ["tls_started_mid_record"]


def test_garbage_after_good_records_is_malformed():
    played = replay((UP, HELLO + b"GET / HTTP/1.1\r\n"))

    assert played.counted == ["malformed_tls_record"]
    assert handshake_of(played).sni == "www.example.org"


def test_message_longer_than_the_bound_is_refused():
    head = b"\x0b" + (MAX_HANDSHAKE_BYTES + 1).to_bytes(3, "big") + bytes(100)
    played = replay((UP, HELLO), (DOWN, samples.record(22, head)))

    assert played.counted == ["tls_handshake_too_long"]
    assert played.code == DONE_DIRECTION


def test_chain_as_long_as_the_bound_is_read():
    filler = bytes(MAX_HANDSHAKE_BYTES - 6 - len(LEAF) - 3 - 10)
    message = samples.handshake(11, samples.certificate_message(LEAF, filler))
    played = replay((UP, HELLO), (DOWN, samples.records(22, message, 16_000)))

    assert played.of(Certificate)[0].sha256 == sha256(LEAF).hexdigest()


def test_endless_empty_records_end():
    played = replay((UP, HELLO), (DOWN, samples.record(22, b"") * (MAX_UNITS + 1)))

    assert played.code == DONE


def test_endless_empty_messages_end():
    played = replay((UP, HELLO), (DOWN, samples.records(22, bytes(4) * (MAX_UNITS + 1), 16_000)))

    assert played.code == DONE


def test_records_are_emitted_once_per_change():
    played = replay((UP, HELLO), (DOWN, SERVER_12))

    emitted = Counter(type(record).__name__ for record in played.records)
    assert emitted == {"TlsHandshake": 2, "Certificate": 2}


def facts(played) -> list:
    def plain(record):
        return {field.name: getattr(record, field.name) for field in fields(record) if field.name != "flow"}

    return [
        [plain(record) for record in played.of(TlsHandshake)],
        [plain(record) for record in played.of(Certificate)],
        sorted(set(played.counted)),
        (played.flow.server_name, played.flow.tls_version, played.flow.ja3, played.flow.alpn, played.flow.app_protocol),
    ]


CONVERSATIONS = {
    "tls 1.3": [(UP, HELLO), (DOWN, SERVER_13), (UP, samples.CHANGE_CIPHER_SPEC + samples.APPLICATION_DATA)],
    "tls 1.2": [(UP, HELLO), (DOWN, SERVER_12), (UP, CLIENT_REST_12), (DOWN, samples.CHANGE_CIPHER_SPEC)],
    "small records": [
        (UP, samples.records(22, samples.handshake(1, samples.chrome_hello()), 7)),
        (DOWN, samples.records(22, samples.handshake(2, samples.server_hello()), 3)),
    ],
    "sslv2": [(UP, samples.sslv2_hello() + CLIENT_REST_12), (DOWN, SERVER_12)],
    "retry": [
        (UP, HELLO),
        (DOWN, samples.record(22, samples.handshake(2, samples.hello_retry_request())) + samples.CHANGE_CIPHER_SPEC),
        (UP, samples.CHANGE_CIPHER_SPEC + HELLO),
        (DOWN, SERVER_13),
    ],
    "alert": [(UP, HELLO), (DOWN, samples.record(21, b"\x02\x28"))],
    "broken": [(UP, HELLO + b"\x99" * 40), (DOWN, SERVER_12)],
}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_every_piece_size_gives_the_same_records(name):
    whole = replay(*CONVERSATIONS[name])
    for size in (1, 2, 3, 5, 11, 64, 500):
        pieces = [(way, data[at : at + size]) for way, data in CONVERSATIONS[name] for at in range(0, len(data), size)]
        assert facts(replay(*pieces)) == facts(whole)


@settings(max_examples=200)
@given(st.sampled_from(sorted(CONVERSATIONS)), st.data())
def test_mutated_streams_never_raise_and_stay_within_bounds(name, data):
    played = StreamReplay(TlsSession)
    for way, stream in CONVERSATIONS[name]:
        position = data.draw(st.integers(0, len(stream)))
        noise = data.draw(st.binary(max_size=12))
        mutated = stream[:position] + noise + stream[position + data.draw(st.integers(0, 12)) :]
        size = data.draw(st.sampled_from((13, 400, 5_000)))
        for at in range(0, len(mutated), size):
            played.feed(way, mutated[at : at + size])
    played.close()

    assert played.code in (WANT, DONE_DIRECTION, DONE)
    assert all("malformed" in slug or slug.startswith("tls_") for slug in played.counted)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from((UP, DOWN)), st.binary(max_size=80)), max_size=8))
def test_any_stream_is_survived(parts):
    played = replay(*parts)
    played.gap(UP, 10)
    played.close()

    assert played.flow.server_name is None


def _differences(found: Counter, expected: Counter) -> dict:
    return {**{key: -n for key, n in (expected - found).items()}, **dict(found - expected)}


@pytest.mark.parametrize(
    "name",
    [
        "arkime__openssl-ssl3.pcap",
        "foxio__tls-non-ascii-alpn.pcapng",
        "ndpi__tls_2_reasms.pcapng",
        "ndpi__tls_alert.pcap",
        "ndpi__tls_esni_sni_both.pcap",
        "ndpi__tls_port_80.pcapng",
        "zeek__tls__chrome-1250-tls-x25519-kyber.pcap",
        "zeek__tls__client-certificate.pcap",
        "zeek__tls__ecdsa-cert.pcap",
        "zeek__tls__hrr.pcap",
        "zeek__tls__tls-fragmented-handshake.pcap",
        "ndpi__reddit.pcap",
    ],
)
def test_real_capture_reads_as_in_tshark(name, captures_dir, truth_dir):
    import json

    truth = json.loads((truth_dir / "tshark" / f"{name}.json").read_text())
    sessions: dict[tuple, StreamReplay] = {}
    for event in events(captures_dir / name):
        if event.kind == "data" and event.key not in sessions and looks_like_tls(event.data):
            sessions[event.key] = StreamReplay(TlsSession)
        played = sessions.get(event.key)
        if played is not None and event.kind == "data":
            played.feed(event.direction, event.data, event.timestamp_ns)
        elif played is not None and event.kind == "gap":
            played.gap(event.direction, event.missing_bytes)

    hellos = [h for played in sessions.values() for h in played.of(TlsHandshake)]
    expected = truth.get("client_hello", []) + truth.get("client_hello_found_by_content_only", [])
    assert expected
    assert (
        _differences(
            Counter((h.sni, h.ja3, h.ja3_hash, h.ech) for h in hellos),
            Counter((h["sni"], h["ja3_string"], h["ja3"], h["ech"]) for h in expected),
        )
        == {}
    )
    certificates = Counter((c.sha256, c.subject, c.serial) for p in sessions.values() for c in p.of(Certificate))
    assert (
        _differences(
            certificates, Counter((c["sha256"], c["subject"], c["serial"]) for c in truth.get("certificates", []))
        )
        == {}
    )
