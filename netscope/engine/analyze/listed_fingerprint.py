"""Does a handshake match what the user listed as bad? JA3, JA4 and JA3S of hellos, SHA-256 or SHA-1 of certificates.

Exact matches against lists from the configuration; nothing is built in, since such lists age quickly. JA3 is shared by
all programs of one TLS library: a match is a reason to look, not a proof.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from netscope.engine.analyze.detector import NOTHING, Explanation, QuietDetector
from netscope.model.flow import Flow
from netscope.model.records import Alert, Certificate, TlsHandshake


class ListedFingerprint(QuietDetector):
    name: ClassVar[str] = "listed_fingerprint"
    observes: ClassVar[tuple[type, ...]] = (TlsHandshake, Certificate)
    explanation: ClassVar[Explanation] = Explanation(
        what="A TLS client, server or certificate matches an entry of your list of known-bad fingerprints.",
        usual="A harmless program that uses the same TLS library as the listed one.",
        check="Where does the device connect to, and which program does it? Examine it with a malware scanner.",
    )

    def __init__(self, listed: Mapping[str, str] | None = None) -> None:
        """Fingerprint in lower case -> description. Bound: the list's own size."""
        self._listed = dict(listed or {})

    def observe(self, record: TlsHandshake | Certificate) -> Sequence[Alert]:
        if not self._listed or record.flow is None:
            return NOTHING
        if isinstance(record, Certificate):
            candidates: tuple[tuple[str, str | None], ...] = (
                ("certificate", record.sha256), ("certificate", record.sha1),
            )  # fmt: skip
        elif record.negotiated_version is None:
            candidates = (("ja3", record.ja3_hash), ("ja4", record.ja4))
        else:
            # Told again with what the server said: the client's part has been judged.
            candidates = (("ja3s", record.ja3s_hash),)
        for kind, value in candidates:
            if value is not None and value.lower() in self._listed:
                return (self._match(record.flow, record.timestamp_ns, kind, value),)
        return NOTHING

    def _match(self, flow: Flow, now_ns: int, kind: str, value: str) -> Alert:
        described = self._listed[value.lower()]
        return self.alert(
            f"{flow.client_ip} {kind} {value}", "high", f"Listed {kind}: {described or value}", now_ns,
            because="on your list",
            observed={kind: value},
            threshold={"matches": 1},
            window_s=0,
            data={"description": described, "server": flow.server_ip, "server_name": flow.server_name},
            device_id=flow.device_id, flow=flow,
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return {"listed_fingerprints": len(self._listed)} if self._listed else {}
