"""Which MAC holds which address, by what ARP (RFC 826) and neighbour discovery (RFC 4861) say, and each change of it.

Redundancy protocols' shared MACs are no host's and take no part: routers that take turns are meant to.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from netscope.engine.analyze.detector import MINUTE_NS
from netscope.engine.analyze.neighbours import is_group, is_host_mac, is_virtual_mac
from netscope.engine.analyze.tables import Aging, RecentSet, Table
from netscope.model.records import AddressClaim

MAX_HELD: Final = 32_768
"""(VLAN, address) whose holder is remembered; about 20 MB."""
MAX_MACS: Final = 8
"""MACs remembered of one address; more at a time are taken for one that is new each time."""
DISPUTE_NS: Final = 10 * MINUTE_NS
"""Changes within this time are one dispute. Who holds an address unchallenged for longer owns it."""
ASKED_NS: Final = 3_000_000_000
"""An answer later than this was not asked for. Who poses must answer unasked again and again, or caches heal."""
MANY_UNASKED: Final = 3
"""A host announces an address once or twice when it joins (RFC 5227, section 3)."""
FORGOTTEN_NS: Final = 24 * 60 * MINUTE_NS


class Change(NamedTuple):
    """An address went from one MAC to another."""

    ip: str
    vlan: str | None
    owner: str
    """Who held it before the dispute."""
    suspect: str
    """Of the two MACs the one that posed: the later one, unless the earlier one answered unasked far more often."""
    other: str
    silent_ns: int
    """How long the previous holder had not been heard."""
    changes: int
    """Within DISPUTE_NS, this one included."""


class Holding(Aging):
    __slots__ = ("asked_ns", "changes", "heard", "mac", "owner", "unasked")

    def __init__(self) -> None:
        super().__init__()
        self.mac = ""
        self.owner = ""
        self.heard: dict[str, int] = {}
        self.asked_ns = 0
        self.unasked: dict[str, int] = {}
        """Answers of each MAC that nobody had asked for."""
        self.changes = RecentSet(DISPUTE_NS, 256)


class Ownership:
    def __init__(self, slug: str) -> None:
        self._held: Table[tuple[str | None, str], Holding] = Table(slug, MAX_HELD, FORGOTTEN_NS, Holding)

    def claim(self, claim: AddressClaim) -> Change | None:
        """Take one claim; what it changed, None if nothing."""
        if is_group(claim.ip) or not is_host_mac(claim.mac) or is_virtual_mac(claim.mac):
            return None
        if claim.source == "ndp" and claim.is_reply and not claim.override:
            # A proxy or an anycast address: meant to be answered by several (RFC 4861, sections 7.2.7 and 7.2.8).
            return None
        if not claim.is_reply and claim.target_ip is not None:
            wanted = self._held.get((claim.vlan, claim.target_ip))
            if wanted is not None:
                wanted.asked_ns = claim.timestamp_ns
        held = self._held.entry((claim.vlan, claim.ip), claim.timestamp_ns)
        if held is None:
            return None
        if claim.is_reply and claim.timestamp_ns - held.asked_ns > ASKED_NS:
            held.unasked[claim.mac] = held.unasked.get(claim.mac, 0) + 1
        if held.mac == claim.mac:
            return self._again(held, claim)
        if not held.mac:
            held.mac = held.owner = claim.mac
            held.heard[claim.mac] = claim.timestamp_ns
            return None
        return self._changed(held, claim)

    @staticmethod
    def _again(held: Holding, claim: AddressClaim) -> None:
        held.heard[claim.mac] = claim.timestamp_ns
        if held.owner != held.mac and claim.timestamp_ns - held.heard.get(held.owner, 0) > DISPUTE_NS:
            held.owner = held.mac

    @staticmethod
    def _changed(held: Holding, claim: AddressClaim) -> Change:
        now_ns, previous = claim.timestamp_ns, held.mac
        silent_ns = now_ns - held.heard[previous]
        owner = held.owner
        rival = claim.mac if claim.mac != owner else previous
        held.mac = claim.mac
        if claim.mac not in held.heard and len(held.heard) >= MAX_MACS:
            oldest = next(mac for mac in held.heard if mac != owner)
            del held.heard[oldest]
            held.unasked.pop(oldest, None)
        held.heard[claim.mac] = now_ns
        held.changes.add((now_ns, claim.mac), now_ns)
        if silent_ns > DISPUTE_NS:
            held.owner = claim.mac
        before, after = held.unasked.get(owner, 0), held.unasked.get(rival, 0)
        began_before = before >= MANY_UNASKED and before > 2 * after
        suspect, other = (owner, rival) if began_before else (rival, owner)
        return Change(claim.ip, claim.vlan, owner, suspect, other, silent_ns, len(held.changes))

    def counters(self) -> dict[str, int]:
        return self._held.counters()
