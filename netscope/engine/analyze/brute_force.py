"""Does someone guess passwords? Many short log-ins to one service, refused ones in clear, or log-in forms in a row.

SSH, RDP and VNC do not tell whether a log-in failed, but a failed one ends early with little said. What goes in clear
tells: FTP, Telnet, POP3, IMAP, SMTP, SMB, MySQL, PostgreSQL and HTTP say no, several times in one connection. Web forms
do not, and are counted by the minute. Wrong for programs that log in anew for each small task.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import MINUTE_NS, NOTHING, SECOND_NS, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import Aging, Growth, RecentSet, Table
from netscope.model.flow import Flow
from netscope.model.records import Alert, HttpRequest
from netscope.model.service import ClearCredential, LoginRefused

MAX_TRIES: Final = 10_000
"""(client, server, port) triples held."""
MAX_HELD: Final = 4_096
LOGIN_PORTS: Final = {22: "SSH", 2222: "SSH", 3389: "RDP", 5900: "VNC", 5901: "VNC"}
"""Services a person logs in to, and whose refusals do not show. Mail and data bases are left out: programs ask those
every minute with little to say, which looks the same."""
NAMES: Final = {"telnet": "Telnet", "mysql": "MySQL", "postgresql": "PostgreSQL"}
"""Protocol -> how it is written; others in capitals."""
REFUSED: Final = frozenset((401, 407))
"""RFC 9110, sections 15.5.2 and 15.5.8; 403 is no question of a password."""


@dataclass(frozen=True, slots=True)
class Limits:
    attempts: int = limit(20, "attempts", "Zeek takes 20 for FTP and 30 for SSH; a person gives up after five")
    down_bytes: int = limit(6000, "bytes", "an SSH log-in that succeeds moves more than 4,290 (Slips) plus headers")
    forms: int = limit(30, "forms a minute", "nobody types a password every two seconds")
    up_bytes: int = limit(8000, "bytes", "keys, tries of passwords and the headers of some twenty packets")
    window_s: float = limit(900.0, "s", "guessing programs pause to stay below lock-outs; Zeek watches 15 to 30 min")


class Tries(Aging):
    __slots__ = ("attempts", "forms", "growth", "refused", "successes")

    def __init__(self, window_ns: int) -> None:
        super().__init__()
        self.attempts = RecentSet(window_ns, MAX_HELD)
        self.refused: set[int] = set()
        """Open flows at LOGIN_PORTS whose refusals are counted: their end is no further attempt. At most MAX_HELD."""
        self.forms = RecentSet(MINUTE_NS, MAX_HELD)
        self.successes = 0
        self.growth = Growth()


class BruteForce(QuietDetector):
    name: ClassVar[str] = "brute_force"
    answered_only: ClassVar[bool] = True
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (HttpRequest, LoginRefused, ClearCredential)
    explanation: ClassVar[Explanation] = Explanation(
        what="Many log-in attempts at one service that fail or end early: someone or something guesses passwords.",
        usual="A program with an old password that tries again and again; monitoring; many short backup jobs.",
        check="Does the source belong to you? Change the stored password there. Otherwise close the port to the "
        "outside and look whether a longer session followed: then a guess may have worked.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        window_ns = int(limits.window_s * SECOND_NS)
        self._tries: Table[tuple[str, str, int], Tries] = Table(
            "brute_force_pairs", MAX_TRIES, window_ns, lambda: Tries(window_ns)
        )

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        if flow.server_port not in LOGIN_PORTS or flow.protocol != "tcp" or "D" not in (flow.tcp_history or ""):
            return NOTHING
        key = (flow.client_ip, flow.server_ip, flow.server_port)
        known = self._tries.get(key)
        if known is not None and flow.id in known.refused:
            known.refused.discard(flow.id)
            return NOTHING
        if flow.bytes_down > self.limits.down_bytes or flow.bytes_up > self.limits.up_bytes:
            if known is not None:
                known.successes += 1
            return NOTHING
        return self._attempt(key, flow, flow.id, flow.last_seen_ns, LOGIN_PORTS[flow.server_port])

    def observe(self, record: HttpRequest | LoginRefused | ClearCredential) -> Sequence[Alert]:
        if isinstance(record, HttpRequest):
            return self._answered(record)
        if isinstance(record, LoginRefused):
            return self._refused(record)
        return self._posted(record) if record.field.startswith("form:") else NOTHING

    def _refused(self, record: LoginRefused) -> Sequence[Alert]:
        flow = record.flow
        key = (flow.client_ip, flow.server_ip, flow.server_port)
        tries = self._tries.entry(key, record.timestamp_ns)
        if tries is not None and key[2] in LOGIN_PORTS and len(tries.refused) < MAX_HELD:
            tries.refused.add(flow.id)
        service = NAMES.get(record.protocol, record.protocol.upper())
        return self._attempt(key, flow, (flow.id, record.timestamp_ns), record.timestamp_ns, service)

    def _posted(self, record: ClearCredential) -> Sequence[Alert]:
        """A form with a password. Whether the answer is yes or no is in the page; only the number tells."""
        flow = record.flow
        key = (flow.client_ip, flow.server_ip, flow.server_port)
        tries = self._tries.entry(key, record.timestamp_ns)
        if tries is None or not tries.forms.add(flow.id, record.timestamp_ns):
            return NOTHING
        if len(tries.forms) < self.limits.forms:
            return NOTHING
        first = not tries.growth.told
        if not tries.growth.worth(len(tries.forms), self.limits.forms):
            return NOTHING
        return (self._guessing(tries, tries.forms, flow, record.timestamp_ns, "HTTP form", first),)

    def _answered(self, record: HttpRequest) -> Sequence[Alert]:
        if record.status not in REFUSED or record.authorization_scheme is None:
            return NOTHING
        flow = record.flow
        key = (flow.client_ip, flow.server_ip, flow.server_port)
        return self._attempt(key, flow, ("http", record.timestamp_ns), record.timestamp_ns, "HTTP")

    def _attempt(
        self, key: tuple[str, str, int], flow: Flow, attempt: Hashable, now_ns: int, service: str
    ) -> Sequence[Alert]:
        tries = self._tries.entry(key, now_ns)
        if tries is None:
            return NOTHING
        tries.attempts.add(attempt, now_ns)
        count = len(tries.attempts)
        if count < self.limits.attempts:
            tries.growth.told = 0
            return NOTHING
        first = not tries.growth.told
        if not tries.growth.worth(count, self.limits.attempts):
            return NOTHING
        return (self._guessing(tries, tries.attempts, flow, now_ns, service, first),)

    def _guessing(self, tries: Tries, attempts: RecentSet, flow: Flow, now_ns: int, service: str, first: bool) -> Alert:
        is_inside, is_form = self._neighbours.is_local(flow.client_ip), attempts is tries.forms
        count = len(attempts)
        return self.alert(
            f"{flow.client_ip} {flow.server_ip} {flow.server_port}",
            "high" if is_inside or tries.successes else "medium",
            f"{count} {service} log-ins at {self._neighbours.word(flow.server_ip)}", now_ns,
            because="a longer session was among them" if tries.successes else "from inside this network"
            if is_inside else "from outside: the internet guesses everywhere",
            observed={"attempts": count, "longer_sessions": tries.successes},
            threshold={"attempts": self.limits.forms if is_form else self.limits.attempts},
            window_s=60.0 if is_form else self.limits.window_s,
            data={"source": flow.client_ip, "target": flow.server_ip, "port": flow.server_port, "service": service},
            since_ns=attempts.first_ns, device_id=flow.device_id, flow=flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._tries.counters()
