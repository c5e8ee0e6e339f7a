"""Does one device pretend to be many? Distinct names that were answered with one address by LLMNR and NetBIOS.

Windows asks everybody for a name that DNS does not know, and believes whoever answers first; Responder and its like
answer everything and collect the log-ins that follow. A host has a name or two and a workgroup. WPAD, the name of the
proxy a browser obeys, is nobody's name by these protocols. Multicast DNS is left out: there a host may publish many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SHOWN, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours, device_word
from netscope.engine.analyze.tables import Aging, Growth, RecentSet, Table
from netscope.model.dns import DnsRecord
from netscope.model.records import Alert, DnsQuery

MAX_ADDRESSES: Final = 4_096
MAX_NAMES: Final = 256
TRANSPORTS: Final = frozenset(("llmnr", "nbns"))
WPAD: Final = "wpad"


@dataclass(frozen=True, slots=True)
class Limits:
    names: int = limit(4, "names", "a host answers for its name, an alias and its workgroup")
    window_s: float = limit(3600.0, "s", "names that do not exist are asked for now and then")


class Answerer(Aging):
    __slots__ = ("growth", "names")

    def __init__(self, window_ns: int) -> None:
        super().__init__()
        self.names = RecentSet(window_ns, MAX_NAMES)
        self.growth = Growth()


class NameSpoof(QuietDetector):
    name: ClassVar[str] = "name_spoof"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (DnsQuery,)
    explanation: ClassVar[Explanation] = Explanation(
        what="One device answers for the names of many, or for the proxy's: others then log in at it, and it collects "
        "their passwords (LLMNR or NetBIOS poisoning).",
        usual="A security test; a server that really has many names, or an old WINS server that moved.",
        check="Is the device a server of yours? If not, disconnect it and change the passwords of who logged in since. "
        "Turn LLMNR and NetBIOS over TCP/IP off: hardly anything needs them.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        window_ns = int(limits.window_s * 1e9)
        self._answerers: Table[str, Answerer] = Table(
            "name_spoof_addresses", MAX_ADDRESSES, window_ns, lambda: Answerer(window_ns)
        )

    def observe(self, record: DnsQuery) -> Sequence[Alert]:
        if record.rcode != "NOERROR" or record.transport not in TRANSPORTS:
            return NOTHING
        name = record.query_name.partition("<")[0].partition(".")[0].strip().lower()
        if not name or name == "*":
            return NOTHING
        addresses = {_address(answer) for answer in record.answers} - {""}
        return [alert for address in sorted(addresses) for alert in self._answered(record, name, address)]

    def _answered(self, record: DnsQuery, name: str, address: str) -> Sequence[Alert]:
        answerer = self._answerers.entry(address, record.timestamp_ns)
        if answerer is None or not answerer.names.add(name, record.timestamp_ns):
            return NOTHING
        is_proxy = WPAD in answerer.names
        first = not answerer.growth.told
        if not answerer.growth.worth(len(answerer.names), 1 if is_proxy else self.limits.names):
            return NOTHING
        return (self._alert(record, answerer, address, is_proxy=is_proxy, first=first),)

    def _alert(self, record: DnsQuery, answerer: Answerer, address: str, *, is_proxy: bool, first: bool) -> Alert:
        device = self._neighbours.of_address(address)
        count = len(answerer.names)
        # Its name may come from what it answered.
        is_named = device is not None and device_word(device).lower() not in answerer.names
        who = device_word(device) if device is not None and is_named else address
        what = "for the proxy (WPAD)" if is_proxy and count == 1 else f"for {count} names"
        return self.alert(
            address, "high", f"{who} answers {what}", record.timestamp_ns,
            because="browsers take their proxy from whoever answers for WPAD" if is_proxy
            else "no device has so many names",
            observed={"names": count},
            threshold={"names": 1 if is_proxy else self.limits.names},
            window_s=self.limits.window_s,
            data={
                "address": address, "names": list(answerer.names)[:SHOWN], "asked_by": record.client_ip,
                "transport": record.transport,
            },
            since_ns=answerer.names.first_ns, device_id=device.id if device else None, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._answerers.counters()


def _address(answer: DnsRecord) -> str:
    """Whose the name is said to be. A NetBIOS answer tells a group (RFC 1002, section 4.2.13), which is no host."""
    if answer.type not in ("A", "AAAA", "NB"):
        return ""
    address, _, kind = answer.data.partition(" ")
    return "" if kind.startswith("group") else address
