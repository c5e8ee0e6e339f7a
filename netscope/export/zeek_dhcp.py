"""Zeek's dhcp.log: one record for the messages of a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from netscope.export.rows import Lookups, Row
from netscope.export.zeek_lines import NS, Values

SILENCE_NS: Final = 5 * NS
LONGEST_NS: Final = 30 * NS
"""As Zeek's ``max_txid_watch_time``: a client that keeps its number longer begins a new record."""
MAX_WAITING: Final = 4_096
"""Transactions held; the oldest is written when one more begins."""

_V4: Final = frozenset(("DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM", "FORCERENEW"))
"""Zeek's dhcp.log is of DHCPv4."""


class _Lease:
    """What a transaction's messages said so far."""

    def __init__(self, first_ns: int) -> None:
        self.first_ns = self.last_ns = first_ns
        self.uids: dict[str, None] = {}
        self.types: list[str] = []
        self.said: dict[str, Any] = {}

    def add(self, row: Row, uid: str | None) -> None:
        self.last_ns = max(self.last_ns, row["timestamp_ns"])
        self.types.append(row["message_type"])
        if uid is not None:
            self.uids[uid] = None
        self.said.update((name, value) for name, value in _said(row) if value is not None)

    def values(self) -> Values:
        said = self.said.get
        return (
            self.first_ns, tuple(self.uids), said("client") or said("assigned"), said("server"), said("mac"),
            said("hostname"), said("fqdn"), said("domain"), said("requested"), said("assigned"), said("lease_ns"),
            None, None, tuple(self.types), self.last_ns - self.first_ns,
        )  # fmt: skip


def _said(row: Row) -> Iterable[tuple[str, Any]]:
    yield "mac", row["mac"]
    if row["from_client"]:
        sender = row["sender_ip"]
        yield "client", sender if sender not in ("0.0.0.0", "255.255.255.255") else None  # noqa: S104
        yield "hostname", row["hostname"]
        yield "fqdn", row["fqdn"]
        yield "requested", row["requested_ip"]
        return
    if row["assigned_ip"] is not None:
        yield "server", row["sender_ip"]
        yield "assigned", row["assigned_ip"]
    lease_s = row.get("lease_s")
    yield "lease_ns", None if lease_s is None else lease_s * NS
    yield "domain", row.get("domain")


class Leases:
    """A ``Maker``. Bound: MAX_WAITING transactions."""

    def __init__(self, recorded: Lookups) -> None:
        self._recorded = recorded
        self._waiting: dict[tuple[Any, Any], _Lease] = {}
        self._looked_ns = 0
        """When leases were last looked through for those that are over."""

    def records(self, rows: Sequence[Row]) -> Iterable[Values]:
        done: list[Values] = []
        for row in rows:
            if row["message_type"] in _V4:
                if abs(row["timestamp_ns"] - self._looked_ns) > SILENCE_NS:
                    done += self.overdue(row["timestamp_ns"])
                self._lease(row, done).add(row, self._recorded.uid(row.get("flow_id")))
        return done

    def _lease(self, row: Row, done: list[Values]) -> _Lease:
        key = (row.get("transaction_id"), row["mac"])
        lease = self._waiting.get(key)
        if lease is not None and row["timestamp_ns"] - lease.last_ns > SILENCE_NS:
            done.append(self._waiting.pop(key).values())
            lease = None
        if lease is None:
            if len(self._waiting) >= MAX_WAITING:
                done.append(self._waiting.pop(next(iter(self._waiting))).values())
            lease = self._waiting[key] = _Lease(row["timestamp_ns"])
        return lease

    def overdue(self, now_ns: int) -> list[Values]:
        """Those silent for SILENCE_NS, or LONGEST_NS old, at a moment."""
        self._looked_ns = now_ns
        over = [
            key
            for key, lease in self._waiting.items()
            if now_ns - lease.last_ns > SILENCE_NS or now_ns - lease.first_ns > LONGEST_NS
        ]
        return [self._waiting.pop(key).values() for key in over]

    def rest(self) -> Iterable[Values]:
        waiting, self._waiting = self._waiting, {}
        return [lease.values() for lease in waiting.values()]
