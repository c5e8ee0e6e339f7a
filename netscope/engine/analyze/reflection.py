"""Is a host buried under answers it never asked for? Distinct servers whose answers came without a question.

An attacker asks many open servers in the victim's name, and each answers the victim with more than it was asked:
DNS, NTP, SSDP, memcached and others over UDP, SYN-ACKs over TCP. What the host did ask shows as a flow with a
question, whichever way its packets took first. Wrong where the recording sees one direction only: there a resolver's
own look-ups come to this many servers, and the alert says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, Explanation, QuietDetector, limit
from netscope.engine.analyze.fresh_packets import FreshPackets
from netscope.engine.analyze.neighbours import Neighbours, is_group
from netscope.engine.analyze.tables import bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert

MAX_VICTIMS: Final = 256
"""Hosts counted in one window; further ones are not, and that is told."""
MAX_REFLECTORS: Final = 512
"""Told apart of one victim; about 15 MB if all victims had their fill."""
MAX_FLOWS: Final = 10_000
"""Of more than a few packets, whose packets are told apart from those counted before."""
MAX_SHOWN: Final = 16
AMPLIFIERS: Final = {
    17: "QOTD", 19: "Chargen", 53: "DNS", 69: "TFTP", 111: "portmapper", 123: "NTP", 137: "NetBIOS", 161: "SNMP",
    389: "CLDAP", 427: "SLP", 500: "IKE", 520: "RIP", 623: "IPMI", 1194: "OpenVPN", 1434: "SQL Server", 1900: "SSDP",
    3283: "Apple Remote Desktop", 3478: "STUN", 3702: "WS-Discovery", 5060: "SIP", 5093: "Sentinel", 5353: "mDNS",
    5683: "CoAP", 10001: "Ubiquiti discovery", 11211: "memcached", 27015: "Steam", 32414: "Plex", 37810: "DVR",
}  # fmt: skip
"""UDP services whose answers are larger than what they are asked (CISA alert TA14-017A and later reports)."""
SYN_ACK: Final = "h"


@dataclass(frozen=True, slots=True)
class Limits:
    reflectors: int = limit(25, "servers", "late answers come from the few resolvers that a host asks")
    packets: int = limit(300, "packets", "30 a second; late answers come one by one")
    syn_acks: int = limit(200, "servers", "a recording that begins late sees the second half of some handshakes")
    window_s: float = limit(10.0, "s", "as for other floods")


class Victim:
    __slots__ = ("packets", "reflectors", "services", "since_ns", "syn_ackers", "told")

    def __init__(self, since_ns: int) -> None:
        self.packets = 0
        """Of UDP."""
        self.reflectors: set[str] = set()
        """By UDP; ``syn_ackers`` by TCP."""
        self.syn_ackers: set[str] = set()
        self.services: dict[str, int] = {}
        """Service -> its flows at all looks."""
        self.since_ns = since_ns
        self.told = False


class Reflection(QuietDetector):
    name: ClassVar[str] = "reflection"
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="Very many servers answer a host that asked them nothing. Somebody sends them questions in its name, so "
        "that their answers fill its line (a reflection or amplification attack).",
        usual="A recording that sees only what comes in, in front of a resolver that does ask this many.",
        check="Does the line still work? The answers can only be stopped before they reach it: ask your provider, with "
        "the service and the time. A new address from the provider often ends it.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._victims: dict[str, Victim] = {}
        self._fresh = FreshPackets(MAX_FLOWS)
        self._since_ns = 0
        self._refused = 0

    def second(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        for flow in changed:
            if not flow.packets_up:
                self._unasked(flow, flow.client_ip, flow.server_ip, flow.server_port, flow.packets_down)
            elif not flow.packets_down and flow.client_port in AMPLIFIERS:
                self._unasked(flow, flow.server_ip, flow.client_ip, flow.client_port, flow.packets_up)
        if not self._victims:
            return NOTHING
        alerts = [
            self._alert(address, victim, now_ns)
            for address, victim in self._victims.items()
            if not victim.told and self._is_reflection(victim)
        ]
        if not 0 <= now_ns - self._since_ns < self.limits.window_s * SECOND_NS:
            self._since_ns = now_ns
            self._victims.clear()
            self._fresh.make_room()
        return alerts

    def _unasked(self, flow: Flow, host: str, sender: str, port: int, packets: int) -> None:
        is_udp = flow.protocol == "udp"
        service = AMPLIFIERS.get(port) if is_udp else "TCP"
        if service is None or is_group(host) or (not is_udp and not _is_lone_syn_ack(flow)):
            return
        victim = self._victims.get(host)
        if victim is None:
            if len(self._victims) >= bounded(MAX_VICTIMS):
                self._refused += 1
                return
            victim = self._victims[host] = Victim(flow.first_seen_ns)
        senders = victim.reflectors if is_udp else victim.syn_ackers
        if len(senders) < bounded(MAX_REFLECTORS):
            senders.add(sender)
        if is_udp:
            victim.packets += self._fresh.of(flow.id, packets)
            victim.services[service] = victim.services.get(service, 0) + 1

    def _is_reflection(self, victim: Victim) -> bool:
        limits = self.limits
        by_udp = len(victim.reflectors) >= limits.reflectors and victim.packets >= limits.packets
        return by_udp or len(victim.syn_ackers) >= limits.syn_acks

    def _alert(self, address: str, victim: Victim, now_ns: int) -> Alert:
        victim.told = True
        is_udp = len(victim.reflectors) >= self.limits.reflectors
        senders = sorted(victim.reflectors if is_udp else victim.syn_ackers)
        services = sorted(victim.services, key=lambda service: -victim.services[service]) if is_udp else ["TCP"]
        device = self._neighbours.of_address(address)
        title = f"{services[0]} reflection on {self._neighbours.word(address)}: {len(senders)} servers"
        return self.alert(
            address, "high", title, now_ns,
            because="nobody asked so many servers within seconds",
            observed={"reflectors": len(senders), "packets": victim.packets if is_udp else len(senders)},
            threshold={"reflectors": self.limits.reflectors if is_udp else self.limits.syn_acks,
                       "packets": self.limits.packets if is_udp else self.limits.syn_acks},
            window_s=self.limits.window_s,
            data={"target": address, "services": services[:8], "sources": senders[:MAX_SHOWN]},
            since_ns=victim.since_ns, device_id=device.id if device else None,
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        counted = {"reflection_victims": len(self._victims)}
        if self._refused:
            counted["reflection_refused"] = self._refused
        return counted


def _is_lone_syn_ack(flow: Flow) -> bool:
    """A SYN-ACK to nobody's SYN, and no data behind it: half of a connection has data."""
    history = flow.tcp_history or ""
    return history.startswith(SYN_ACK) and "d" not in history
