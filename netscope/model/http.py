"""HTTP/1.x heads as parsed (RFC 9110, 9112). No cookies, no credentials, no bodies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class HttpRequestHead:
    method: str
    target: str
    """Request target as sent (origin, absolute, authority or asterisk form)."""
    version: str
    """``1.0`` or ``1.1``."""
    host: str | None
    user_agent: str | None
    content_type: str | None
    content_length: int | None
    chunked: bool
    upgrade: str | None
    authorization_scheme: str | None
    """``Basic``, ``Bearer`` …: the fact, never the value."""
    has_cookie: bool
    x_forwarded_for: str | None
    head_bytes: int


@dataclass(slots=True)
class HttpResponseHead:
    version: str
    status: int
    reason: str
    server: str | None
    content_type: str | None
    content_length: int | None
    chunked: bool
    upgrade: str | None
    location: str | None
    head_bytes: int
