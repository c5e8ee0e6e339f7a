"""Does a program report to a web server that nobody visits? Only POSTs to a host, to scripts or values made up.

Malware reports so: no page of the host is read first, and file or parameter are random letters. Programs that report
honestly use paths with a meaning. One post to a bare address at an odd port, whose whole path is random letters, is
told too: trojans reach their first server like that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import HOUR_NS, NOTHING, Explanation, QuietDetector, limit
from netscope.engine.analyze.names import looks_generated
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import Aging, Growth, Table
from netscope.model.records import Alert, HttpRequest

MAX_HOSTS: Final = 16_384
"""(client, host) pairs held."""
EXAMPLES: Final = 8
SCRIPT: Final = re.compile(
    r"^/(?:[^/?]{0,64}/){0,4}(?P<file>[A-Za-z0-9]{4,16})\.(?:php|asp|aspx|jsp|cgi)(?:\?(?P<query>.{0,256}))?$"
)
WEB_PORTS: Final = frozenset((80, 443, 8080))
MIN_RANDOM_CHARS: Final = 12
VALUE: Final = re.compile(r"^(?:[A-Za-z0-9]{1,8}=)?(?P<value>[A-Za-z0-9]{8,64})$")


@dataclass(frozen=True, slots=True)
class Limits:
    posts: int = limit(3, "requests", "malware reports its start, its key and its end; one alone may be a form")


class Host(Aging):
    __slots__ = ("bare", "examples", "growth", "others", "posts")

    def __init__(self) -> None:
        super().__init__()
        self.posts = 0
        self.others = 0
        self.bare = False
        """Posted to an address at an odd port, under a random path."""
        self.examples: list[str] = []
        self.growth = Growth()


class HttpCallback(QuietDetector):
    name: ClassVar[str] = "http_callback"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (HttpRequest,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A device posts to a web server without ever reading a page of it, to a script or with a value of "
        "random letters. Malware reports to its operators like that, often through hacked sites.",
        usual="A licence check or statistics of a small program.",
        check="Does a program you know use this host? If not, disconnect the device and scan it.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._hosts: Table[tuple[str, str], Host] = Table("http_callback_hosts", MAX_HOSTS, 24 * HOUR_NS, Host)

    def observe(self, record: HttpRequest) -> Sequence[Alert]:
        if record.status is not None and record.method != "POST":
            return NOTHING
        flow = record.flow
        if self._neighbours.is_local(flow.server_ip):
            return NOTHING
        name = record.host or flow.server_ip
        host = self._hosts.entry((flow.client_ip, name), record.timestamp_ns)
        if host is None:
            return NOTHING
        if record.method != "POST":
            host.others += 1
            return NOTHING
        if record.status is not None:
            return NOTHING
        bare = _is_bare_post(record)
        if not bare and not _is_made_up(record.uri):
            return NOTHING
        host.bare = host.bare or bare
        host.posts += 1
        if len(host.examples) < EXAMPLES:
            host.examples.append(record.uri[:120])
        if host.others or (host.posts < self.limits.posts and not host.bare):
            return NOTHING
        first = not host.growth.told
        return (self._callback(host, record, name, first),) if host.growth.worth(host.posts, 1) else NOTHING

    def _callback(self, host: Host, record: HttpRequest, name: str, first: bool) -> Alert:
        flow = record.flow
        return self.alert(
            f"{flow.client_ip} {name}", "high" if host.posts >= self.limits.posts else "medium",
            f"Random posts to {name}", record.timestamp_ns,
            because="a bare address at an odd port, under random letters" if host.bare
            else "only posts, to made-up names, and no page read",
            observed={"posts": host.posts, "pages_read": host.others},
            threshold={"posts": self.limits.posts, "pages_read": 0},
            window_s=24 * 3600,
            data={
                "host": name,
                "server": flow.server_ip,
                "user_agent": record.user_agent,
                "requests": host.examples[:],
            },
            device_id=flow.device_id, flow=flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._hosts.counters()


def _is_bare_post(record: HttpRequest) -> bool:
    host = (record.host or record.flow.server_ip).partition(":")[0]
    if host != record.flow.server_ip or record.flow.server_port in WEB_PORTS:
        return False
    parts = [part for part in record.uri.partition("?")[0].split("/") if part]
    longest = max(map(len, parts), default=0)
    return longest >= MIN_RANDOM_CHARS and all(part.isalnum() for part in parts) and any(map(looks_generated, parts))


def _is_made_up(uri: str) -> bool:
    script = SCRIPT.match(uri[:512])
    if script is None:
        return False
    value = VALUE.match(script["query"] or "")
    return looks_generated(script["file"]) or (value is not None and looks_generated(value["value"]))
