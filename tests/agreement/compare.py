"""How far two readings of a capture agree: per kind of fact a score, and the differences in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.agreement.facts import MESSAGE_KINDS, Facts, FlowCounts, FlowKey

KINDS = ("packets", "bytes", "conversations", *MESSAGE_KINDS)
CONVERSATIONS = ("tcp", "udp")


@dataclass
class Score:
    """How many facts there are, how many both found, and what differs."""

    expected: int = 0
    found: int = 0
    agreed: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def agreement(self) -> float:
        """Share of the longer of both lists that the two have in common; 1 when both are empty."""
        return self.agreed / max(self.expected, self.found) if self.expected or self.found else 1.0

    def add(self, other: Score) -> None:
        self.expected += other.expected
        self.found += other.found
        self.agreed += other.agreed
        self.differences += other.differences


def compare(truth: Facts, ours: Facts) -> dict[str, Score]:
    scores = {
        "packets": _total("packets", truth.packets, ours.packets),
        "bytes": _total("bytes", truth.bytes, ours.bytes),
        "conversations": _conversations(truth, ours),
    }
    for kind in MESSAGE_KINDS:
        scores[kind] = _multiset(truth.messages[kind], ours.messages[kind], truth.optional[kind])
    return scores


def _total(name: str, expected: int, found: int) -> Score:
    differences = [] if expected == found else [f"{name}: expected {expected}, found {found}"]
    return Score(expected, found, min(expected, found), differences)


def _multiset(truth: Counter[Any], ours: Counter[Any], optional: Counter[Any]) -> Score:
    missing = truth - ours
    extra = ours - truth - optional
    # "" in the optional ones: that many more, whatever they are.
    forgiven = min(optional[""], extra.total())
    agreed = (truth & ours).total()
    differences = [f"missing {count} x {fact}" for fact, count in missing.items()]
    differences += [f"extra   {count} x {fact}" for fact, count in extra.items()]
    return Score(truth.total(), agreed + extra.total() - forgiven, agreed, differences)


def _conversations(truth: Facts, ours: Facts) -> Score:
    expected = {key for key in truth.flows if key.protocol in CONVERSATIONS}
    found = {key for key in ours.flows if key.protocol in CONVERSATIONS and key.hosts not in truth.fragmented_hosts}
    found |= expected & ours.flows.keys()
    score = Score(len(expected), len(found))
    pools_agree = _fragment_pools(truth, ours)
    for key in sorted(expected | found):
        theirs, mine = truth.flows.get(key), ours.flows.get(key)
        if theirs is None or mine is None:
            score.differences.append(f"{'missing' if mine is None else 'extra  '} {_words(key)}: {theirs or mine}")
        elif key.hosts in truth.fragmented_hosts:
            score.agreed += pools_agree[key.hosts]
            if not pools_agree[key.hosts]:
                score.differences.append(f"differs {_words(key)}, counted with the fragments between these hosts")
        elif _same_counts(theirs, mine, check_bytes=key not in truth.bytes_unknown):
            score.agreed += 1
        else:
            score.differences.append(f"differs {_words(key)}: expected {theirs}, found {mine}")
    return score


def _same_counts(theirs: FlowCounts, mine: FlowCounts, *, check_bytes: bool) -> bool:
    same_packets = (theirs.packets_ab, theirs.packets_ba) == (mine.packets_ab, mine.packets_ba)
    same_bytes = (theirs.ip_bytes_ab, theirs.ip_bytes_ba) == (mine.ip_bytes_ab, mine.ip_bytes_ba)
    return same_packets and (same_bytes or not check_bytes)


def _fragment_pools(truth: Facts, ours: Facts) -> dict[tuple[str, str, str], bool]:
    """Whether all packets between two hosts add up; of fragments nobody says the same which ports they had."""
    theirs, mine = _pooled(truth.flows.items()), _pooled(ours.flows.items())
    return {hosts: _same_counts(theirs[hosts], mine[hosts], check_bytes=True) for hosts in truth.fragmented_hosts}


def _pooled(flows: Iterable[tuple[FlowKey, FlowCounts]]) -> dict[tuple[str, str, str], FlowCounts]:
    pools: dict[tuple[str, str, str], FlowCounts] = defaultdict(FlowCounts)
    for key, counts in flows:
        pools[key.hosts].add(counts)
    return pools


def _words(key: FlowKey) -> str:
    vlan = f"vlan {key.vlan} " if key.vlan else ""
    return f"{vlan}{key.protocol} {key.a.address}:{key.a.port} - {key.b.address}:{key.b.port}"
