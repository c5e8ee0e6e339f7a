"""Does a device call strikingly many strangers? Outside addresses without a name, and mail servers, in an hour.

Worms, proxies for hire and spam programs do; so do peer-to-peer programs, hence low unless it is mail, which a home
device sends through one server.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import HOUR_NS, NOTHING, SHOWN, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours, device_word
from netscope.engine.analyze.tables import Aging, Growth, RecentSet, Table
from netscope.model.flow import Flow
from netscope.model.records import Alert

MAX_DEVICES: Final = 4_096
MAX_STRANGERS: Final = 4_096
MAIL_PORT: Final = 25
CALLS: Final = frozenset(("tcp", "udp"))
"""Not ICMP: the errors with which a flooded host answers forged sources are no calls."""
LATEST: Final = 64
"""Flows of a device looked at again before it is told."""
EACH: Final = 16
"""One call of so many is kept to be looked at: the newest are not measured yet, and a flood opens hundreds a second."""


@dataclass(frozen=True, slots=True)
class Limits:
    strangers: int = limit(1000, "addresses", "an evening of pages and calls meets some hundred without a name")
    mail_servers: int = limit(10, "mail servers", "a mail program has one or two; delivering straight means spam")
    window_s: float = limit(3600.0, "s", "an hour lets a busy minute pass")


class Caller(Aging):
    __slots__ = ("growth", "latest", "mail", "strangers")

    def __init__(self) -> None:
        super().__init__()
        self.strangers = RecentSet(HOUR_NS, MAX_STRANGERS)
        self.mail = RecentSet(HOUR_NS, MAX_STRANGERS)
        self.growth = Growth()
        self.latest: deque[Flow] = deque(maxlen=LATEST)


class FanOut(QuietDetector):
    name: ClassVar[str] = "fan_out"
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="A device called very many addresses for which it asked no name, or many mail servers directly.",
        usual="File sharing, games and calls between peers; a mail server that you run.",
        check="Does such a program run there? If mail goes out directly, the device likely sends spam: disconnect it.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._callers: Table[int, Caller] = Table("fan_out_devices", MAX_DEVICES, HOUR_NS, Caller)

    def flow_opened(self, flow: Flow) -> Sequence[Alert]:
        device_id, port, server = flow.device_id, flow.server_port, flow.server_ip
        if device_id is None or not flow.goes_out or (flow.server_name is not None and port != MAIL_PORT):
            return NOTHING
        if flow.protocol not in CALLS:
            return NOTHING
        caller = self._callers.entry(device_id, flow.first_seen_ns)
        if caller is None:
            return NOTHING
        is_new = caller.strangers.add(server, flow.first_seen_ns)
        if port == MAIL_PORT and flow.protocol == "tcp":
            is_new |= caller.mail.add(server, flow.first_seen_ns)
        if not is_new:
            return NOTHING
        if len(caller.strangers) % EACH == 0:
            caller.latest.append(flow)
        worst = max(len(caller.strangers) / self.limits.strangers, len(caller.mail) / self.limits.mail_servers)
        if worst < 1:
            caller.growth.told = 0
            return NOTHING
        first = not caller.growth.told
        if _is_called(caller) or not caller.growth.worth(int(worst * 100), 100):
            return NOTHING
        return (self._fans(caller, flow, first),)

    def _fans(self, caller: Caller, flow: Flow, first: bool) -> Alert:
        device = self._neighbours.by_id.get(flow.device_id or 0)
        who = device_word(device) if device else flow.client_ip
        is_mail = len(caller.mail) >= self.limits.mail_servers
        what = f"{len(caller.mail)} mail servers" if is_mail else f"{len(caller.strangers)} strangers"
        return self.alert(
            f"{flow.device_id}", "high" if is_mail else "low", f"{who} calls {what}", flow.first_seen_ns,
            because="mail straight to many servers is spam" if is_mail else "peer-to-peer programs do that too",
            observed={"addresses": len(caller.strangers), "mail_servers": len(caller.mail)},
            threshold={"addresses": self.limits.strangers, "mail_servers": self.limits.mail_servers},
            window_s=self.limits.window_s,
            data={"servers": list(caller.mail if is_mail else caller.strangers)[-SHOWN:]},
            since_ns=caller.strangers.first_ns, device_id=flow.device_id, flow=flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._callers.counters()


def _is_called(caller: Caller) -> bool:
    """Whether the strangers call it: answers to forged questions look like its own calls (reflection.py tells them)."""
    measured = [flow for flow in caller.latest if flow.packets_up or flow.packets_down]
    return sum(1 for flow in measured if not flow.packets_up) * 2 > len(measured)
