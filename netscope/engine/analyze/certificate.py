"""Is a server's certificate what it should be? Of the leaf, seen in clear (TLS 1.2 and older hide nothing of it).

Expired, not yet valid, self-signed, for another name, a weak key or signature. One alert a certificate with all that is
wrong. Judged against packet time. Wrong where the capture's clock is. A device of this network that signs for itself
is ordinary and low.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import DAY_NS, NOTHING, RANK, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert, Certificate

MAX_SEEN: Final = 16_384
"""(certificate, server name) pairs judged; the set starts over when full, and the judge merges what is told again."""
WEAK_DIGESTS: Final = ("md5", "md2", "md4")
"""Forged in practice since 2008; SHA-1 since 2017."""
MIN_EC_BITS: Final = 224
TOR: Final = "for another made-up name, as Tor relays show"
TOR_NAME: Final = re.compile(r"CN=www\.[a-z2-7]{4,32}\.(?:com|net|org)")


@dataclass(frozen=True, slots=True)
class Limits:
    rsa_bits: float = limit(2048.0, "bits", "NIST SP 800-131A forbids less since 2014")
    grace_days: float = limit(1.0, "days", "a clock that is off, and a certificate made minutes ago")
    clock_days: float = limit(400.0, "days", "nobody signs more than a year ahead: then the capture's clock is wrong")


class CertificateFault(QuietDetector):
    name: ClassVar[str] = "certificate"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (Certificate,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A server showed a certificate that does not prove who it is: expired, self-signed, for another "
        "name, or with a key or signature that can be forged.",
        usual="Routers, printers and storage in this network sign for themselves; small sites forget to renew.",
        check="For a server on the internet: does a browser on another network show the same certificate? If "
        "not, someone stands between. Malware too signs for itself.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._seen: set[tuple[str, str | None]] = set()

    def observe(self, record: Certificate) -> Sequence[Alert]:
        flow = record.flow
        if record.position or flow is None:
            return NOTHING
        pair = (record.sha256, flow.server_name)
        if pair in self._seen:
            return NOTHING
        if len(self._seen) >= bounded(MAX_SEEN):
            self._seen.clear()
        self._seen.add(pair)
        is_local = self._neighbours.is_local(flow.server_ip)
        faults = self._faults(record, flow, is_local)
        return (self._fault(record, flow, faults, is_local),) if faults else NOTHING

    def _faults(self, record: Certificate, flow: Flow, is_local: bool) -> dict[str, str]:
        """What is wrong -> how severe that is."""
        now_ns, grace_ns = record.timestamp_ns, int(self.limits.grace_days * DAY_NS)
        faults = {}
        if now_ns > record.not_after_ns + grace_ns:
            faults[f"expired {(now_ns - record.not_after_ns) // DAY_NS} days ago"] = "medium"
        if now_ns < record.not_before_ns - grace_ns:
            ahead_days = (record.not_before_ns - now_ns) // DAY_NS
            faults[f"valid only in {ahead_days} days"] = "medium" if ahead_days < self.limits.clock_days else "low"
        if record.self_signed:
            faults["self-signed"] = "medium"
        elif _asked_name(flow) is not None and not _covers(record, flow.server_name or ""):
            faults[TOR if _is_tor_like(record) else f"not for {flow.server_name}"] = "medium"
        if record.key_type == "rsa" and record.key_bits < self.limits.rsa_bits:
            faults[f"RSA key of {record.key_bits} bits"] = "low" if record.key_bits >= 1024 else "medium"
        elif record.key_type in ("ec", "ecdsa") and 0 < record.key_bits < MIN_EC_BITS:
            faults[f"EC key of {record.key_bits} bits"] = "medium"
        signature = record.signature_algorithm.lower()
        if any(digest in signature for digest in WEAK_DIGESTS):
            faults[f"signed with {record.signature_algorithm}"] = "medium"
        elif "sha1" in signature or "sha-1" in signature:
            faults[f"signed with {record.signature_algorithm}"] = "low"
        return dict.fromkeys(faults, "low") if is_local else faults

    def _fault(self, record: Certificate, flow: Flow, faults: dict[str, str], is_local: bool) -> Alert:
        severity = max(faults.values(), key=RANK.__getitem__)
        server = flow.server_name or self._neighbours.word(flow.server_ip)
        # Weak ones of one time come in dozens: a line a client.
        key = f"{flow.client_ip} weak" if severity == "low" and not is_local else f"{flow.client_ip} {server}"
        if TOR in faults:
            key, server = f"{flow.client_ip} {TOR}", "several made-up names"
        return self.alert(
            key, severity, f"Certificate of {server}: {next(iter(faults))}", record.timestamp_ns,
            because="a server of this network" if is_local else "the server's identity is not proven"
            if severity == "medium" else "weak, but from its time",
            observed={"faults": list(faults)},
            threshold={"faults": 0, "rsa_bits": self.limits.rsa_bits},
            window_s=0,
            data={
                "subject": record.subject,
                "issuer": record.issuer,
                "names": list(record.sans)[:16],
                "server": flow.server_ip,
                "port": flow.server_port,
                "sha256": record.sha256,
            },
            device_id=flow.device_id, flow=flow,
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return {"certificate_pairs": len(self._seen)}


def _asked_name(flow: Flow) -> str | None:
    """What the client wanted; an address there says nothing, since none belongs there (RFC 6066, section 3)."""
    name = flow.server_name if flow.name_source in ("sni", "quic") else None
    return None if not name or name.replace(".", "").isdigit() or ":" in name else name


def _is_tor_like(record: Certificate) -> bool:
    """Tor relays show a certificate of one made-up name, issued by another one."""
    names = [TOR_NAME.fullmatch(name) for name in (record.subject, record.issuer)]
    return all(names) and record.subject != record.issuer


def _covers(record: Certificate, name: str) -> bool:
    """RFC 6125, section 6.4: a star stands for one label; the subject's CN only where there are no names."""
    name = name.lower().rstrip(".")
    names = [san.lower().removeprefix("dns:").rstrip(".") for san in record.sans]
    if not names:
        names = [part[3:].lower() for part in record.subject.split(",") if part[:3].upper() == "CN="]
    parent = name.partition(".")[2]
    return any(known == name or (known.startswith("*.") and known[2:] == parent) for known in names)
