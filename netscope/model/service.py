"""What plaintext protocols tell of a service or device: banners, SSDP, and credentials sent in clear.

Never a credential's value: only that one was sent in clear, and in which field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from netscope.model.flow import Flow

Side = Literal["client", "server"]


@dataclass(slots=True)
class SsdpMessage:
    """One SSDP message (UPnP Device Architecture 2.0, section 1). Header values only; no description is fetched."""

    kind: str
    """``M-SEARCH``, ``NOTIFY`` or ``response``."""
    target: str | None
    """ST of a search or response, NT of a notification."""
    usn: str | None
    """Unique service name: ``uuid:…`` and what it is."""
    server: str | None
    """OS/version UPnP/version product/version, as the device says."""
    user_agent: str | None
    location: str | None
    """URL of the device description."""
    notification_type: str | None
    """NTS: ``ssdp:alive``, ``ssdp:byebye``, ``ssdp:update``."""
    max_age_s: int | None


@dataclass(slots=True, eq=False)
class SsdpSeen:
    """An SSDP message and who sent it."""

    flow: Flow
    timestamp_ns: int
    message: SsdpMessage
    sender_ip: str
    sender_mac: str | None


@dataclass(slots=True, eq=False)
class ServiceSeen:
    """One thing a client or server said of itself in clear, as ('ssh', 'server_version', 'SSH-2.0-OpenSSH_9.6')."""

    flow: Flow
    timestamp_ns: int
    protocol: str
    attribute: str
    value: str
    """As sent, cut at 256 characters."""
    side: Side


@dataclass(slots=True, eq=False)
class ClearCredential:
    """A credential crossed the network unencrypted. The value is never kept."""

    flow: Flow
    timestamp_ns: int
    protocol: str
    field: str
    """Which one: ``pass``, ``auth_plain``, ``community``, ``authorization_basic``, ``query:password`` …"""


@dataclass(slots=True, eq=False)
class HeartbeatSeen:
    """A TLS heartbeat in clear that asks for more than it sent, or what came back of one. Not stored."""

    flow: Flow
    timestamp_ns: int
    from_client: bool
    """Who asked."""
    asked_bytes: int
    sent_bytes: int
    leaked_bytes: int
    """Sent back beyond what was sent; 0 of the request itself."""


@dataclass(slots=True, eq=False)
class LoginRefused:
    """A server said no to a log-in in clear. Not stored; detectors use it."""

    flow: Flow
    timestamp_ns: int
    protocol: str


@dataclass(slots=True, eq=False)
class PortMappingSeen:
    """A device asks the router to open a port to the internet. Not stored; detectors use it."""

    flow: Flow
    timestamp_ns: int
    protocol: str
    external_port: int
    """0: any."""
    internal_port: int
    client: str | None
    """For whom, where the request names it."""
    description: str | None


@dataclass(slots=True, eq=False)
class WebAttackSeen:
    """A web request that carries code where a name or a value should be. Not stored; detectors use it."""

    flow: Flow
    timestamp_ns: int
    host: str | None
    kind: str
    """``SQL injection``, ``Log4Shell`` …"""
    text: str
    """The decoded address or User-Agent that shows it; where it is elsewhere, the place (``in the header Referer``)."""


class Plaintext(NamedTuple):
    """What one message of a plaintext protocol says."""

    facts: tuple[tuple[str, str], ...] = ()
    """(attribute, value) pairs, as ('client_id', 'kitchen-lamp')."""
    credential: str | None = None
    """The field in which a credential went in clear."""
    tls_follows: bool = False
    """What comes after this message is TLS."""
    size_bytes: int = 0
    """Of the message, where TLS follows."""
