"""Is a connection encrypted with what can be broken? The version and cipher that the server chose.

TLS below 1.2 (RFC 8996), SSL, and suites without encryption, without authentication, or with export, DES, RC4 or 3DES.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, Explanation, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours
from netscope.model.records import Alert, TlsHandshake

MAX_SEEN: Final = 16_384
"""(client, server, version, cipher) judged; starts over when full."""
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
        self._seen: set[tuple[str, str, str, str | None]] = set()

    def observe(self, record: TlsHandshake) -> Iterable[Alert]:
        version = record.negotiated_version
        if version is None:
            return NOTHING
        cipher = record.cipher or ""
        severity = OLD.get(version)
        reason = f"{version}" if severity else ""
        if any(mark in cipher for mark in BROKEN):
            severity, reason = "medium", cipher
        elif severity is None and any(mark in cipher for mark in WEAK):
            severity, reason = "low", cipher
        if severity is None:
            return NOTHING
        flow = record.flow
        key = (flow.client_ip, flow.server_name or flow.server_ip, version, record.cipher)
        if key in self._seen:
            return NOTHING
        if len(self._seen) >= MAX_SEEN:
            self._seen.clear()
        self._seen.add(key)
        if self._neighbours.is_local(flow.server_ip):
            severity = "low"
        return (
            self.alert(
                f"{flow.client_ip} {flow.server_name or flow.server_ip}", severity,
                f"Weak encryption with {flow.server_name or flow.server_ip}: {reason}", record.timestamp_ns,
                because="can be read or forged by who listens" if severity == "medium" else "weak, but not open",
                observed={"version": version, "cipher": record.cipher},
                threshold={"version": "TLSv1.2", "cipher": "none of NULL, EXPORT, anon, DES, RC4, 3DES"},
                window_s=0,
                data={"server": flow.server_ip, "port": flow.server_port, "offered": record.version},
                device_id=flow.device_id, flow=flow,
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return {"weak_tls_pairs": len(self._seen)}
