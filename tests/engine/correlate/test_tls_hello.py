"""What a hello makes of its flow and of the record of the handshake."""

from __future__ import annotations

import pytest

from netscope.engine.correlate.tls_hello import (
    answer_handshake,
    begin_handshake,
    describe_server_hello,
    emit_certificates,
    is_tls13,
    may_start_missing,
)
from netscope.engine.parse.tls import parse_client_hello, parse_server_hello
from tests.engine.correlate.session_replay import make_flow
from tests.engine.parse import tls_samples as samples


def hello(*extensions):
    return parse_client_hello(samples.client_hello(extensions=extensions))


@pytest.mark.parametrize(("transport", "source"), [("tcp", "sni"), ("quic", "quic"), ("dtls", "sni")])
def test_flow_learns_name_and_its_source(transport, source):
    flow = make_flow(name_missing_reason="started_before_capture")

    handshake = begin_handshake(flow, hello(samples.server_name(b"a.example")), transport, 9)

    assert (flow.server_name, flow.name_source, flow.name_missing_reason) == ("a.example", source, None)
    assert (handshake.transport, handshake.timestamp_ns, handshake.flow) == (transport, 9, flow)


def test_second_hello_changes_nothing_of_the_flow():
    flow = make_flow()
    first = begin_handshake(flow, hello(samples.server_name(b"a.example")), "tcp", 1)
    second = begin_handshake(flow, hello(samples.server_name(b"b.example"), samples.alpn(b"h2")), "tcp", 2)

    assert (flow.server_name, flow.ja3, flow.alpn) == ("a.example", first.ja3_hash, None)
    assert second.sni == "b.example"


def test_grease_protocols_are_no_protocols_of_the_flow():
    flow = make_flow()
    handshake = begin_handshake(flow, hello(samples.alpn(b"\x0a\x0a", b"h2", b"caf\xe9")), "tcp", 1)

    assert flow.alpn == "h2,caf\\xe9"
    assert handshake.alpn == ("\n\n", "h2", "caf\\xe9")


def test_server_hello_decides_version_and_protocol():
    flow = make_flow()
    handshake = begin_handshake(flow, hello(samples.alpn(b"h2", b"http/1.1")), "tcp", 1)
    server = parse_server_hello(samples.server_hello(0xC030, (samples.alpn(b"http/1.1"),)))
    describe_server_hello(flow, server)
    answer_handshake(handshake, server)

    assert (flow.tls_version, flow.alpn, handshake.chosen_alpn) == ("TLS1.2", "http/1.1", "http/1.1")
    assert handshake.cipher == "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"


def test_certificates_carry_flow_and_position_and_bad_ones_are_counted():
    flow, records, counted = make_flow(), [], []
    chain = [samples.certificate("ec"), b"bad", samples.certificate("rsa")]

    emit_certificates(chain, flow, 4, records.append, counted.append)

    assert [(c.key_type, c.position, c.flow, c.timestamp_ns) for c in records] == [
        ("ec", 0, flow, 4),
        ("rsa", 2, flow, 4),
    ]
    assert counted == ["malformed_certificate"]


def test_reason_is_given_only_where_there_is_no_name():
    unnamed, named, known = make_flow(), make_flow(server_name="x"), make_flow(name_missing_reason="ech")
    for flow in (unnamed, named, known):
        may_start_missing(flow)

    assert [flow.name_missing_reason for flow in (unnamed, named, known)] == ["started_before_capture", None, "ech"]


def test_versions_after_which_all_is_encrypted():
    assert [is_tls13(version) for version in (0x0304, 0x7F12, 0xFEFC, 0x0303, 0xFEFD)] == [
        True,
        True,
        True,
        False,
        False,
    ]
