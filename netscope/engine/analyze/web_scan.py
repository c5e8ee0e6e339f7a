"""Does someone probe a web server? Requests for what is not there, many in a row, or a scanner that says its name.

Wrong for a page with many dead links and for programs that look for an optional file again and again: hence distinct
paths or methods, and that nearly all must fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import Aging, Growth, RecentSet, Table
from netscope.model.records import Alert, HttpRequest

MAX_PAIRS: Final = 8_192
MAX_PROBES: Final = 2_048
MAX_AGENTS: Final = 1_024
"""User-Agents whose program is remembered; a network has a few hundred."""
EXAMPLES: Final = 12
PATH_CHARS: Final = 80
PROBED: Final = frozenset((400, 403, 404, 405, 501))
"""RFC 9110: bad request, forbidden, not found, method not allowed, not implemented."""
SCANNERS: Final = (
    "nmap scripting engine", "sqlmap", "nikto", "masscan", "zgrab", "gobuster", "dirbuster", "wpscan", "nuclei",
    "dirb", "feroxbuster", "ffuf", "acunetix", "nessus", "openvas", "whatweb", "wfuzz", "arachni", "zaproxy",
)  # fmt: skip
"""In the User-Agent of programs that do not hide."""


@dataclass(frozen=True, slots=True)
class Limits:
    probes: int = limit(15, "distinct failed requests", "a broken page misses a few; the shortest list has hundreds")
    failed_share: float = limit(0.7, "of requests", "a browser that follows a page mostly succeeds")
    window_s: float = limit(120.0, "s", "scanners ask several times a second")


class Probing(Aging):
    __slots__ = ("examples", "failed", "growth", "requests", "scanner")

    def __init__(self, window_ns: int) -> None:
        super().__init__()
        self.failed = RecentSet(window_ns, MAX_PROBES)
        self.requests = RecentSet(window_ns, MAX_PROBES)
        self.examples: list[str] = []
        self.scanner: str | None = None
        self.growth = Growth()


class WebScan(QuietDetector):
    name: ClassVar[str] = "web_scan"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (HttpRequest,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A client asks a web server for many things that are not there: it looks for pages with known holes.",
        usual="A security test of your own, a monitoring tool, a search engine that follows old links.",
        check="Is the server up to date? Did any of the requests succeed that should not have? Block the source.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        window_ns = int(limits.window_s * SECOND_NS)
        self._probing: Table[tuple[str, str], Probing] = Table(
            "web_scan_pairs", MAX_PAIRS, window_ns, lambda: Probing(window_ns)
        )

    def observe(self, record: HttpRequest) -> Sequence[Alert]:
        scanner = _scanner(record.user_agent)
        if record.status is None and scanner is None:
            return NOTHING
        flow, now_ns = record.flow, record.timestamp_ns
        key = (flow.client_ip, flow.server_ip)
        probing = self._probing.entry(key, now_ns) if record.status in PROBED or scanner else self._probing.get(key)
        if probing is None:
            return NOTHING
        probing.requests.add(record.id or (now_ns, record.uri), now_ns)
        probing.scanner = probing.scanner or scanner
        if record.status in PROBED:
            self._note(probing, record)
        failed, requests = len(probing.failed), max(len(probing.requests), 1)
        if probing.scanner is None and (failed < self.limits.probes or failed < self.limits.failed_share * requests):
            return NOTHING
        first = not probing.growth.told
        return (self._scan(probing, record, first),) if probing.growth.worth(requests, 1) else NOTHING

    @staticmethod
    def _note(probing: Probing, record: HttpRequest) -> None:
        what = f"{record.method} {record.uri[:PATH_CHARS]}"
        if probing.failed.add(what, record.timestamp_ns) and len(probing.examples) < EXAMPLES:
            probing.examples.append(what)

    def _scan(self, probing: Probing, record: HttpRequest, first: bool) -> Alert:
        flow, limits = record.flow, self.limits
        is_inside = self._neighbours.is_local(flow.client_ip)
        server = record.host or flow.server_ip
        return self.alert(
            f"{flow.client_ip} {flow.server_ip}", "high" if is_inside else "medium",
            f"Web scan of {server}" + (f" with {probing.scanner}" if probing.scanner else ""), record.timestamp_ns,
            because="a device of this network probes" if is_inside else "from outside: every web server is probed",
            observed={"failed_requests": len(probing.failed), "requests": len(probing.requests)},
            threshold={"failed_requests": limits.probes, "failed_share": limits.failed_share},
            window_s=limits.window_s,
            data={"source": flow.client_ip, "server": flow.server_ip, "scanner": probing.scanner,
                  "requests": probing.examples[:]},
            since_ns=probing.requests.first_ns, device_id=flow.device_id, flow=flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._probing.counters()


@lru_cache(maxsize=MAX_AGENTS)
def _scanner(user_agent: str | None) -> str | None:
    if not user_agent:
        return None
    lower = user_agent.lower()
    return next((scanner for scanner in SCANNERS if scanner in lower), None)
