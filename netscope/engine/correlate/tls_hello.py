"""What a hello means for its flow and for the record of the handshake, alike over TCP, QUIC and DTLS."""

from __future__ import annotations

from typing import Final, NamedTuple

from netscope.engine.correlate.session import Count, Emit
from netscope.engine.parse.ja3 import ja3, ja3s
from netscope.engine.parse.ja4 import ja4
from netscope.engine.parse.tls import (
    ALPN,
    EC_POINT_FORMATS,
    SIGNATURE_ALGORITHMS,
    SUPPORTED_GROUPS,
    SUPPORTED_VERSIONS,
    offered_version,
)
from netscope.engine.parse.tls_names import GREASE, cipher_suite_name, version_label, version_name
from netscope.engine.parse.x509 import parse_certificate
from netscope.model.errors import ParseError
from netscope.model.flow import Flow
from netscope.model.records import TlsHandshake
from netscope.model.tls import ClientHello, ServerHello

TLS_1_3 = 0x0304

MAX_OFFERS: Final = 2_048
MAX_OFFER_BYTES: Final = 1_024
"""Browsers fill 100 to 200 bytes; longer hellos are read anew each time. About 4 MB of long ones when full."""

_FINGERPRINTED: Final = frozenset((SUPPORTED_GROUPS, EC_POINT_FORMATS, SIGNATURE_ALGORITHMS, ALPN, SUPPORTED_VERSIONS))
"""Extensions whose content is in a fingerprint or in an `_Offer`; of the others only that they are there."""


def is_tls13(version: int) -> bool:
    """TLS 1.3, its drafts, and DTLS 1.3: everything after the ServerHello is encrypted."""
    return version in (TLS_1_3, 0xFEFC) or version >> 8 == 0x7F


class _Offer(NamedTuple):
    """What a ClientHello says beside its name: the same for every connection of a program that does not shuffle."""

    version: str
    label: str
    alpn: tuple[str, ...]
    alpn_text: str | None
    """Without GREASE."""
    ja3: str | None
    ja3_hash: str | None
    ja4: str | None


_offers: dict[tuple[object, ...], _Offer] = {}
"""By all that `_offer` reads; bounded by MAX_OFFERS, then begun anew, and each key by MAX_OFFER_BYTES."""


def _known_offer(hello: ClientHello, transport: str) -> _Offer:
    if hello.is_sslv2:
        return _offer(hello, transport)
    kinds = tuple([kind for kind, _ in hello.extensions])
    bodies = tuple([body for kind, body in hello.extensions if kind in _FINGERPRINTED])
    key = (transport, hello.legacy_version, hello.cipher_suites, kinds, bodies)
    offer = _offers.get(key)
    if offer is None:
        offer = _offer(hello, transport)
        if 2 * len(hello.cipher_suites) + 2 * len(kinds) + sum(map(len, bodies)) <= MAX_OFFER_BYTES:
            if len(_offers) >= MAX_OFFERS:
                _offers.clear()
            _offers[key] = offer
    return offer


def _offer(hello: ClientHello, transport: str) -> _Offer:
    version = offered_version(hello)
    alpn = tuple([_protocol_text(name) for name in hello.alpn])
    spoken = ",".join([text for text, name in zip(alpn, hello.alpn, strict=True) if not _is_grease(name)])
    text, digest = (None, None) if hello.is_sslv2 else ja3(hello)
    return _Offer(
        version_name(version),
        version_label(version),
        alpn,
        spoken or None,
        text,
        digest,
        None if hello.is_sslv2 else ja4(hello, transport),
    )


def begin_handshake(flow: Flow, hello: ClientHello, transport: str, timestamp_ns: int) -> TlsHandshake:
    """The record of a ClientHello; the flow learns name, fingerprints, ALPN and the version offered.

    A second hello of a flow (HelloRetryRequest) gets its own record and changes nothing of the flow.
    """
    offer = _known_offer(hello, transport)
    if flow.ja3 is None:
        _describe_flow(flow, hello, offer, transport)
    return TlsHandshake(
        flow, timestamp_ns, transport, hello.sni, hello.ech, offer.version, offer.alpn,
        offer.ja3, offer.ja3_hash, offer.ja4,
    )  # fmt: skip


def _protocol_text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")


def _describe_flow(flow: Flow, hello: ClientHello, offer: _Offer, transport: str) -> None:
    flow.ja3, flow.ja4 = offer.ja3_hash, offer.ja4
    flow.tls_version = offer.label
    flow.alpn = offer.alpn_text
    if hello.sni is not None:
        flow.server_name = hello.sni
        flow.name_source = "quic" if transport == "quic" else "sni"
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
