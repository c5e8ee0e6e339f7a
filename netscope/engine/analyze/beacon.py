"""Does a device call the same place at even intervals? Per device and name, or address where nothing told a name.

Two steps: a cheap look at each new connection, and RITA's score (rita.py) only where that looks even. Malware calls its
server so, and so do mail programs, weather widgets and smart plugs: a name makes it low, a bare address medium, a bare
address that only one device calls, at an odd port or with a TLS fingerprint used nowhere else, high. Time and name
service are even by nature and left out.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Final

from netscope.engine.analyze.detector import DAY_NS, HOUR_NS, NOTHING, SECOND_NS, Explanation, QuietDetector, limit
from netscope.engine.analyze.names import is_under
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.rita import BeaconScore, beacon_score, category_score
from netscope.engine.analyze.tables import Aging, Table, bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert

MAX_PAIRS: Final = 20_000
"""(device, destination) pairs."""
KEPT: Final = 1_024
"""Connections of a pair, 16 kB."""
KEPT_OF_ALL: Final = 1_000_000
"""Connections of all pairs together, 16 MB, looked at once a minute; beyond it each pair keeps the last KEPT_FEW."""
KEPT_FEW: Final = 32
MAX_FINGERPRINTS: Final = 8_192
RECENT: Final = 16
"""Gaps that the cheap look considers."""
LOOK_AGAIN: Final = 4
"""Connections after which what looked uneven is looked at again."""
SAME_BURST_S: Final = 1.0
"""Connections closer than this are one call: browsers open several at once."""
EVEN_PORTS: Final = frozenset((53, 67, 68, 123, 137, 138, 546, 547, 853, 1900, 3478, 5353, 5355))
"""Name, time and address service, NAT keep-alive: even by nature."""
MAIL_PORTS: Final = frozenset((110, 143, 465, 587, 993, 995))
USUAL_PORTS: Final = frozenset((80, 443, 465, 587, 993, 995, 1883, 5222, 5223, 5228, 8080, 8443, 8883))

DYNAMIC_ZONES: Final = frozenset((
    "ddns.net", "no-ip.org", "no-ip.biz", "no-ip.info", "hopto.org", "zapto.org", "sytes.net", "myftp.org",
    "servebeer.com", "duckdns.org", "dyndns.org", "dynu.net", "freeddns.org", "chickenkiller.com", "mooo.com",
    "3utilities.com",
    "bounceme.net", "redirectme.net", "servehttp.com", "serveftp.com", "myvnc.com", "gotdns.ch", "linkpc.net",
    "ngrok.io", "ngrok-free.app", "trycloudflare.com", "portmap.host", "publicvm.com", "kozow.com", "giize.com",
))  # fmt: skip
"""Names that anybody gets for a machine at home, without giving one's own."""


@dataclass(frozen=True, slots=True)
class Limits:
    connections: int = limit(10, "connections", "RITA begins at four; fewer than ten are even by chance")
    lifetime_s: float = limit(180.0, "s", "a page that reloads something for a minute is no beacon")
    variation: float = limit(0.4, "of the mean gap", "the cheap look: Cobalt Strike's usual jitter is up to 0.3")
    score: float = limit(0.8, "of 1", "between RITA's medium (0.7) and high (0.9)")
    time_score: float = limit(0.82, "of 1", "6 of 4,800 runs of random clicks pass; 51 of 60 beacons with 30 % jitter")
    few_time_score: float = limit(0.9, "of 1", "what few connections must reach instead of time_score")
    many: float = limit(24.0, "connections", "below two dozen, chance still looks even now and then")
    recheck: float = limit(1.25, "times as many", "the score is computed again when there are a quarter more")


class Pair(Aging):
    __slots__ = ("connections", "first_ns", "next_check", "sizes", "times_s", "told")

    def __init__(self) -> None:
        super().__init__()
        self.times_s: array[float] = array("d")
        """Of the latest connections, at most KEPT."""
        self.sizes: array[int] = array("q")
        self.connections = 0
        """All there ever were."""
        self.first_ns = 0
        self.next_check = 0.0
        self.told = False

    def add(self, time_s: float, size_bytes: int) -> None:
        self.times_s.append(time_s)
        self.sizes.append(size_bytes)
        self.connections += 1
        if len(self.times_s) > KEPT:
            self.keep(KEPT - KEPT // 4)

    def keep(self, latest: int) -> None:
        del self.times_s[:-latest], self.sizes[:-latest]


class Beacon(QuietDetector):
    name: ClassVar[str] = "beacon"
    answered_only: ClassVar[bool] = True
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="A device calls the same place again and again at even intervals, with messages of even size, as "
        "a program does that reports and waits for orders (beacon).",
        usual="Mail and chat programs, weather and stock widgets, smart-home devices, update checks.",
        check="Does the name belong to the maker of the device or an app you use? For a bare address, look at "
        "who owns the network and whether other devices call it; block it and see what stops working.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._pairs: Table[tuple[str, str, int], Pair] = Table("beacon_pairs", MAX_PAIRS, DAY_NS, Pair)
        self._callers: dict[str, set[str]] = {}
        """Judged destination -> who calls it."""
        self._used_at: dict[str, str | None] = {}
        """TLS fingerprint -> the one destination it is used at; None: at several."""
        self._began_s = 0.0

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        if not flow.goes_out or not flow.packets_down or flow.server_port in EVEN_PORTS:
            return NOTHING
        if flow.protocol not in ("tcp", "udp"):
            return NOTHING
        destination = flow.server_name or flow.server_ip
        if flow.ja4 is not None:
            self._note_fingerprint(flow.ja4, destination)
        pair = self._pairs.entry((flow.client_ip, destination, flow.server_port), flow.last_seen_ns)
        if pair is None:
            return NOTHING
        start_s = flow.first_seen_ns / SECOND_NS
        if not self._began_s:
            self._began_s = start_s
        if not pair.connections:
            pair.first_ns, pair.next_check = flow.first_seen_ns, float(self.limits.connections)
        pair.add(start_s, flow.bytes_up)
        if pair.connections < pair.next_check:
            return NOTHING
        if not self._is_even(pair):
            pair.next_check = float(pair.connections + LOOK_AGAIN)
            return NOTHING
        return self._judge(pair, flow, destination)

    def minute(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        pairs = self._pairs.values()
        if sum([len(pair.times_s) for pair in pairs]) > KEPT_OF_ALL:
            for pair in pairs:
                pair.keep(KEPT_FEW)
        return NOTHING

    def _note_fingerprint(self, fingerprint: str, destination: str) -> None:
        if fingerprint not in self._used_at:
            if len(self._used_at) < bounded(MAX_FINGERPRINTS):
                self._used_at[fingerprint] = destination
        elif self._used_at[fingerprint] != destination:
            self._used_at[fingerprint] = None

    def _is_even(self, pair: Pair) -> bool:
        """The cheap look at the latest gaps."""
        times = sorted(pair.times_s[-RECENT:])
        gaps = [gap for gap in (b - a for a, b in pairwise(times)) if gap >= SAME_BURST_S]
        if len(gaps) < self.limits.connections // 2:
            return False
        gaps = sorted(gaps)[: max(len(gaps) - 2, 3)]
        # The two longest are left out: a device that slept or lost its network goes on evenly after.
        # Not the statistics module: its exact fractions take fifty times as long.
        mean = sum(gaps) / len(gaps)
        variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
        return bool(variance <= (self.limits.variation * mean) ** 2)

    def _judge(self, pair: Pair, flow: Flow, destination: str) -> Sequence[Alert]:
        # Of those kept: a pair that calls for months is judged as often as one that has called for a day.
        pair.next_check = pair.connections + len(pair.times_s) * (self.limits.recheck - 1)
        now_s = flow.last_seen_ns / SECOND_NS
        if now_s - pair.first_ns / SECOND_NS < self.limits.lifetime_s:
            return NOTHING
        score = max(self._score(pair, now_s, window_ns / SECOND_NS) for window_ns in (HOUR_NS, DAY_NS))
        limits = self.limits
        needed = limits.time_score if len(pair.times_s) >= limits.many else limits.few_time_score
        if score.total < limits.score or score.time < needed:
            return NOTHING
        first, pair.told = not pair.told, True
        return (self._calls(pair, flow, destination, score, first),)

    def _score(self, pair: Pair, now_s: float, window_s: float) -> BeaconScore:
        """Over the last hour or day, as far as this run goes back."""
        since_s = max(now_s - window_s, self._began_s)
        kept = [(time, size) for time, size in zip(pair.times_s, pair.sizes, strict=True) if time >= since_s]
        if len(kept) < self.limits.connections:
            return BeaconScore(0, 0, 0, 0, 0)
        return beacon_score([time for time, _ in kept], [size for _, size in kept], (since_s, now_s))

    def _calls(self, pair: Pair, flow: Flow, destination: str, score: BeaconScore, first: bool) -> Alert:
        callers = self._callers.setdefault(destination, set()) if len(self._callers) < bounded(MAX_PAIRS) else set()
        callers.add(flow.client_ip)
        times = sorted(pair.times_s)
        gaps = sorted(b - a for a, b in pairwise(times) if b - a >= SAME_BURST_S)
        severity, because = self._severity(flow, destination, len(callers))
        every = gaps[len(gaps) // 2]
        return self.alert(
            f"{flow.client_ip} {destination} {flow.server_port}", severity,
            f"Beacon every {every:.0f} s to {destination}", flow.last_seen_ns,
            because=because,
            observed={"score": score.total, "connections": len(times)},
            threshold={
                "score": self.limits.score,
                "time_score": self.limits.time_score,
                "connections": self.limits.connections,
            },
            window_s=DAY_NS // SECOND_NS,
            data={
                "destination": destination,
                "address": flow.server_ip,
                "port": flow.server_port,
                "every_s": round(every, 2),
                "parts": {
                    "time": score.time, "size": score.size, "histogram": score.histogram, "duration": score.duration,
                },
                "rita_category": round(category_score(score.total), 2),
                "callers": len(callers),
            },
            since_ns=pair.first_ns, device_id=flow.device_id, flow=flow, count=int(first),
        )  # fmt: skip

    def _severity(self, flow: Flow, destination: str, callers: int) -> tuple[str, str]:
        rare = flow.ja4 is not None and self._used_at.get(flow.ja4) == destination
        odd_port = flow.server_port not in USUAL_PORTS
        if flow.server_name is not None:
            if is_under(flow.server_name.lower(), DYNAMIC_ZONES) and (rare or odd_port):
                return "high", "a dynamic DNS name, as anybody's home computer has, at an odd port or fingerprint"
            if rare and odd_port and callers == 1:
                return "medium", "a TLS fingerprint used nowhere else, at an odd port"
            return "low", "the place has a name; most such calls are harmless"
        if callers == 1 and (rare or odd_port) and flow.server_port not in MAIL_PORTS:
            return "high", "a bare address, one device only, " + ("an odd port" if odd_port else "a rare fingerprint")
        if flow.server_port in MAIL_PORTS:
            return "low", "a mail program looks for mail"
        return "medium", "a bare address: nothing told its name"

    def counters(self) -> dict[str, int]:
        return self._pairs.counters()
