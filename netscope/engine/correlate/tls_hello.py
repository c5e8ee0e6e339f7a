"""What a hello means for its flow and for the record of the handshake, alike over TCP, QUIC and DTLS."""

from __future__ import annotations

from netscope.engine.correlate.session import Count, Emit
from netscope.engine.parse.ja3 import ja3, ja3s
from netscope.engine.parse.ja4 import ja4
from netscope.engine.parse.tls import offered_version
from netscope.engine.parse.tls_names import GREASE, cipher_suite_name, version_label, version_name
from netscope.engine.parse.x509 import parse_certificate
from netscope.model.errors import ParseError
from netscope.model.flow import Flow
from netscope.model.records import TlsHandshake
from netscope.model.tls import ClientHello, ServerHello

TLS_1_3 = 0x0304


def is_tls13(version: int) -> bool:
    """TLS 1.3, its drafts, and DTLS 1.3: everything after the ServerHello is encrypted."""
    return version in (TLS_1_3, 0xFEFC) or version >> 8 == 0x7F


def begin_handshake(flow: Flow, hello: ClientHello, transport: str, timestamp_ns: int) -> TlsHandshake:
    """The record of a ClientHello; the flow learns name, fingerprints, ALPN and the version offered.

    A second hello of a flow (HelloRetryRequest) gets its own record and changes nothing of the flow.
    """
    version = offered_version(hello)
    handshake = TlsHandshake(
        flow=flow,
        timestamp_ns=timestamp_ns,
        transport=transport,
        sni=hello.sni,
        ech=hello.ech,
        version=version_name(version),
        alpn=tuple([_protocol_text(name) for name in hello.alpn]),
        ja3=None,
        ja3_hash=None,
        ja4=None,
    )
    if not hello.is_sslv2:
        handshake.ja3, handshake.ja3_hash = ja3(hello)
        handshake.ja4 = ja4(hello, transport)
    if flow.ja3 is None:
        _describe_flow(flow, hello, handshake, version)
    return handshake


def _protocol_text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")


def _describe_flow(flow: Flow, hello: ClientHello, handshake: TlsHandshake, version: int) -> None:
    flow.ja3, flow.ja4 = handshake.ja3_hash, handshake.ja4
    flow.tls_version = version_label(version)
    flow.alpn = ",".join(text for text, name in zip(handshake.alpn, hello.alpn, strict=True) if not _is_grease(name))
    flow.alpn = flow.alpn or None
    if hello.sni is not None:
        flow.server_name = hello.sni
        flow.name_source = "quic" if handshake.transport == "quic" else "sni"
        flow.name_missing_reason = None
    elif hello.ech or hello.esni:
        flow.name_missing_reason = "ech"


def _is_grease(protocol: bytes) -> bool:
    return len(protocol) == 2 and int.from_bytes(protocol, "big") in GREASE


def describe_server_hello(flow: Flow, hello: ServerHello) -> None:
    """The flow learns the version and protocol the server chose."""
    flow.tls_version = version_label(hello.negotiated_version)
    if hello.alpn is not None:
        flow.alpn = _protocol_text(hello.alpn)


def answer_handshake(handshake: TlsHandshake, hello: ServerHello) -> None:
    """What the server said to this ClientHello, be it a HelloRetryRequest."""
    handshake.negotiated_version = version_name(hello.negotiated_version)
    handshake.cipher = cipher_suite_name(hello.cipher_suite)
    handshake.ja3s_hash = ja3s(hello)[1]
    if hello.alpn is not None:
        handshake.chosen_alpn = _protocol_text(hello.alpn)


def emit_certificates(chain: list[bytes], flow: Flow, timestamp_ns: int, emit: Emit, count: Count) -> None:
    """Hands on each certificate of a chain, leaf first; one that cannot be read is counted."""
    for position, der in enumerate(chain):
        try:
            certificate = parse_certificate(der)
        except ParseError as problem:
            count(problem.slug)
            continue
        certificate.flow, certificate.position, certificate.timestamp_ns = flow, position, timestamp_ns
        emit(certificate)


def may_start_missing(flow: Flow) -> None:
    """No ClientHello came by on a flow that is under way."""
    if flow.server_name is None and flow.name_missing_reason is None:
        flow.name_missing_reason = "started_before_capture"
