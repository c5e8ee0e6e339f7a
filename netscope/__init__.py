"""NetScope, a passive network observatory with a terminal interface.

It watches traffic; it sends nothing, decrypts nothing and keeps no payload.

As a library: ``for event in netscope.open("eth0")``, ``netscope.read("file.pcap").flows()`` and
``netscope.recording("home.db").flows()``; see docs/api.md. The engine is loaded when one of them is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netscope.library import (
        Alert,
        Answer,
        Capture,
        Certificate,
        Counter,
        Device,
        DeviceAddress,
        DhcpMessage,
        DnsQuery,
        Event,
        Evidence,
        Flow,
        HttpRequest,
        NetScopeError,
        Recording,
        Rows,
        SameDevice,
        Session,
        TlsHandshake,
        TrackerHit,
        TrafficBucket,
        moment,
        open,  # noqa: A004
        read,
        recording,
    )

__version__ = "0.1.0"

__all__ = [
    "Alert",
    "Answer",
    "Capture",
    "Certificate",
    "Counter",
    "Device",
    "DeviceAddress",
    "DhcpMessage",
    "DnsQuery",
    "Event",
    "Evidence",
    "Flow",
    "HttpRequest",
    "NetScopeError",
    "Recording",
    "Rows",
    "SameDevice",
    "Session",
    "TlsHandshake",
    "TrackerHit",
    "TrafficBucket",
    "__version__",
    "moment",
    "open",
    "read",
    "recording",
]


def __getattr__(name: str) -> Any:
    """PEP 562."""
    if name in __all__:
        return getattr(import_module("netscope.library"), name)
    raise AttributeError(f"module 'netscope' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
