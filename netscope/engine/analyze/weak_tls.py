"""Is a connection encrypted with what can be broken? The version and cipher that the server chose.

TLS below 1.2 (RFC 8996), SSL, and suites without encryption, without authentication, or with export, DES, RC4 or 3DES.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SHOWN, Explanation, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import Aging, Table
from netscope.model.records import Alert, TlsHandshake

MAX_CLIENTS: Final = 8_192
"""(client, weakness) pairs held."""
BROKEN: Final = ("_NULL_", "_EXPORT", "_anon_", "_DES_", "_DES40_", "_RC2_")
"""No protection: no encryption, no authentication, or keys that a laptop finds."""
WEAK: Final = ("_RC4_", "_3DES_")
"""RFC 7465 and CVE-2016-2183."""
OLD: Final = {"SSLv2": "medium", "SSLv3": "medium", "TLSv1.0": "low", "TLSv1.1": "low", "DTLSv1.0": "low"}


class WeakTls(QuietDetector):
    name: ClassVar[str] = "weak_tls"
    observes: ClassVar[tuple[type, ...]] = (TlsHandshake,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A connection uses an encryption version or cipher that is known to be weak or broken.",
        usual="Old devices without updates: printers, cameras, televisions, tablets.",
        check="Update the device or the server. What stays old should not carry anything private.",
    )

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._clients: Table[tuple[str, str], Servers] = Table("weak_tls_clients", MAX_CLIENTS, 10**18, Servers)

    def observe(self, record: TlsHandshake) -> Sequence[Alert]:
        version = record.negotiated_version
        if version is None:
            return NOTHING
        severity, reason = _weakness(version, record.cipher or "")
        if severity is None:
            return NOTHING
        flow = record.flow
        client = self._clients.entry((flow.client_ip, reason), record.timestamp_ns)
        server = flow.server_name or flow.server_ip
        if client is None or server in client.servers or len(client.servers) >= SHOWN:
            return NOTHING
        client.servers[server] = None
        is_local = self._neighbours.is_local(flow.server_ip)
        others = f" and {len(client.servers) - 1} more" if len(client.servers) > 1 else ""
        return (
            self.alert(
                f"{flow.client_ip} {reason}", "low" if is_local else severity,
                f"Weak encryption ({reason}) with {server}{others}", record.timestamp_ns,
                because="inside this network" if is_local else "can be read or forged by who listens"
                if severity == "medium" else "weak, but not open",
                observed={"version": version, "cipher": record.cipher, "servers": len(client.servers)},
                threshold={"version": "TLSv1.2", "cipher": "none of NULL, EXPORT, anon, DES, RC4, 3DES"},
                window_s=0,
                data={"port": flow.server_port, "offered": record.version, "servers": list(client.servers)},
                device_id=flow.device_id, flow=flow,
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._clients.counters()


class Servers(Aging):
    __slots__ = ("servers",)

    def __init__(self) -> None:
        super().__init__()
        self.servers: dict[str, None] = {}


def _weakness(version: str, cipher: str) -> tuple[str | None, str]:
    """(severity, what is weak); None: nothing is."""
    if any(mark in cipher for mark in BROKEN):
        return "medium", cipher
    if version in OLD:
        return OLD[version], version
    return ("low", cipher) if any(mark in cipher for mark in WEAK) else (None, "")
