"""Does someone read a TLS server's memory? Heartbeats that ask for more than they sent (Heartbleed, CVE-2014-0160).

A heartbeat's payload comes back as it was sent (RFC 6520, section 4), so one that says it is longer than its record has
no honest reason. Seen before encryption begins, where the exploits send it; under encryption nothing shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, Explanation, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import bounded
from netscope.model.records import Alert
from netscope.model.service import HeartbeatSeen

MAX_PAIRS: Final = 4_096
"""(client, server) with such a heartbeat; further ones are not told, and counted."""


class Heartbleed(QuietDetector):
    name: ClassVar[str] = "heartbleed"
    observes: ClassVar[tuple[type, ...]] = (HeartbeatSeen,)
    explanation: ClassVar[Explanation] = Explanation(
        what="Someone asked a TLS server for more of a heartbeat than was sent. Servers with the Heartbleed bug of "
        "2014 answer with pieces of their memory: keys, passwords, pages of others.",
        usual="A security test of your own; nothing else does so.",
        check="Update the server's TLS library. If it answered, also change its key and certificate and all passwords.",
    )

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._leaked: dict[tuple[str, str], int] = {}
        self._refused = 0

    def observe(self, record: HeartbeatSeen) -> Sequence[Alert]:
        flow = record.flow
        asker, asked = (flow.client_ip, flow.server_ip) if record.from_client else (flow.server_ip, flow.client_ip)
        pair = (asker, asked)
        leaked = self._leaked.get(pair)
        if leaked is None:
            if len(self._leaked) >= bounded(MAX_PAIRS):
                self._refused += 1
                return NOTHING
            leaked = 0
        first = pair not in self._leaked
        self._leaked[pair] = leaked + record.leaked_bytes
        return (self._alert(record, asker, asked, first),)

    def _alert(self, record: HeartbeatSeen, asker: str, asked: str, first: bool) -> Alert:
        leaked = self._leaked[asker, asked]
        did = f"gave {leaked:,} bytes of its memory" if leaked else "was asked for its memory (Heartbleed)"
        return self.alert(
            f"{asker} {asked}", "high" if leaked or self._neighbours.is_local(asker) else "medium",
            f"{self._neighbours.word(asked)} {did}", record.timestamp_ns,
            because="it answered with more than it was sent" if leaked else "no answer was seen: it may be safe",
            observed={"asked_bytes": record.asked_bytes, "sent_bytes": record.sent_bytes, "leaked_bytes": leaked},
            threshold={"asked_bytes": record.sent_bytes},
            window_s=0,
            data={"source": asker, "target": asked, "port": record.flow.server_port},
            device_id=record.flow.device_id, flow=record.flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        counted = {"heartbleed_pairs": len(self._leaked)} if self._leaked else {}
        return counted | {"heartbleed_refused": self._refused} if self._refused else counted
