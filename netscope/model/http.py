"""HTTP/1.x heads as parsed (RFC 9110, 9112). No cookies, no credentials, no bodies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(init=False, slots=True)
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

    def __init__(
        self,
        method: str,
        target: str,
        version: str,
        host: str | None,
        user_agent: str | None,
        content_type: str | None,
        content_length: int | None,
        chunked: bool,
        upgrade: str | None,
        authorization_scheme: str | None,
        has_cookie: bool,
        x_forwarded_for: str | None,
        head_bytes: int,
    ) -> None:
        self.method = method
        self.target = target
        self.version = version
        self.host = host
        self.user_agent = user_agent
        self.content_type = content_type
        self.content_length = content_length
        self.chunked = chunked
        self.upgrade = upgrade
        self.authorization_scheme = authorization_scheme
        self.has_cookie = has_cookie
        self.x_forwarded_for = x_forwarded_for
        self.head_bytes = head_bytes


@dataclass(init=False, slots=True)
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

    def __init__(
        self,
        version: str,
        status: int,
        reason: str,
        server: str | None,
        content_type: str | None,
        content_length: int | None,
        chunked: bool,
        upgrade: str | None,
        location: str | None,
        head_bytes: int,
    ) -> None:
        self.version = version
        self.status = status
        self.reason = reason
        self.server = server
        self.content_type = content_type
        self.content_length = content_length
        self.chunked = chunked
        self.upgrade = upgrade
        self.location = location
        self.head_bytes = head_bytes
