"""TLS, DTLS and QUIC handshake messages as parsed (RFC 8446, 5246, 9147, 9001)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class ClientHello:
    legacy_version: int
    """The version field of the hello (0x0303 in TLS 1.3)."""
    cipher_suites: tuple[int, ...]
    """In the order sent, GREASE included."""
    extensions: tuple[tuple[int, bytes], ...]
    """(type, body) in the order sent, GREASE included."""
    sni: str | None
    """host_name of server_name (RFC 6066, section 3), as sent; the outer one under ECH."""
    alpn: tuple[bytes, ...]
    supported_versions: tuple[int, ...]
    supported_groups: tuple[int, ...]
    ec_point_formats: tuple[int, ...]
    signature_algorithms: tuple[int, ...]
    ech: bool
    """encrypted_client_hello (RFC 9849) of type outer is there: the inner name is hidden or GREASE."""
    esni: bool
    is_sslv2: bool = False
    problems: tuple[str, ...] = ()
    """Slugs of extensions that were malformed; the rest of the hello stands."""


@dataclass(slots=True)
class ServerHello:
    legacy_version: int
    negotiated_version: int
    """From supported_versions when there, else the legacy version."""
    cipher_suite: int
    extensions: tuple[tuple[int, bytes], ...]
    alpn: bytes | None
    is_hello_retry_request: bool
