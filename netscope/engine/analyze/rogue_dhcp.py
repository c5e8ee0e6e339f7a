"""Does a second DHCP server answer? Whoever hands out addresses also hands out the router and the DNS server to use.

The first server heard, or those on record, are taken for the network's own; but a first DHCPv6 server that is neither
the router nor the IPv4 server is told. Servers are told apart by their identifier
(RFC 2132, section 9.7), since a relay puts its own address on others' messages. Wrong for a failover pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, Explanation, History, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours, device_word
from netscope.model.records import Alert, DhcpExchange

MAX_SERVERS: Final = 64
"""Servers remembered. Past it each answer of another one is told, but not learned."""
OFFERS: Final = frozenset(("OFFER", "ACK", "ADVERTISE", "REPLY"))
"""Of DHCP (RFC 2131, section 3.1) and DHCPv6 (RFC 8415, section 7.3); a refusal hands out nothing."""


class RogueDhcp(QuietDetector):
    name: ClassVar[str] = "rogue_dhcp"
    observes: ClassVar[tuple[type, ...]] = (DhcpExchange,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A second DHCP server answers devices that ask for an address. It can name itself as router and "
        "DNS server and so send their traffic through itself.",
        usual="A second router plugged in with its own DHCP server on; a virtual machine host that bridges; a "
        "failover pair of servers.",
        check="Is the server a device of yours? Turn its DHCP server off. If you do not know it, disconnect it "
        "and renew the addresses of devices that joined since.",
    )

    def __init__(self, neighbours: Neighbours, history: History | None = None) -> None:
        self._neighbours = neighbours
        self._history = history
        known = history.baselines(self.name) if history is not None else {}
        self._servers: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
            server: (tuple(value[0]), tuple(value[1])) for server, value in known.items()
        }
        """Server -> (routers, DNS servers) it hands out."""
        self._rogue: set[str] = set()

    def observe(self, record: DhcpExchange) -> Sequence[Alert]:
        if record.from_client or record.message_type not in OFFERS:
            return NOTHING
        server = record.server_ip or record.sender_ip
        if server is None or server in self._servers:
            return NOTHING
        version6 = ":" in server
        own = {known: hands for known, hands in self._servers.items() if (":" in known) == version6}
        if not own:
            is_odd = version6 and self._is_odd_server(record)
            self._learn(server, record)
            return (self._rogue_alert(server, record, own, True),) if is_odd else NOTHING
        is_first = server not in self._rogue
        if is_first and len(self._rogue) < MAX_SERVERS:
            self._rogue.add(server)
        return (self._rogue_alert(server, record, own, is_first),)

    def _is_odd_server(self, record: DhcpExchange) -> bool:
        """Names DNS servers by DHCPv6, where the network had none, and is neither the router nor the IPv4 server.

        Such a one takes over the names of a network that never used DHCPv6 (mitm6).
        """
        if not record.dns_servers:
            return False
        device = self._neighbours.of_mac(record.sender_mac)
        if device is None or device.is_gateway:
            return False
        if any(self._neighbours.of_address(known) is device for known in self._servers):
            return False
        return any(known.is_gateway for known in self._neighbours.by_id.values())

    def _learn(self, server: str, record: DhcpExchange) -> None:
        self._servers[server] = (record.routers, record.dns_servers)
        if self._history is not None:
            self._history.set_baseline(self.name, server, [list(record.routers), list(record.dns_servers)])

    def _rogue_alert(
        self, server: str, record: DhcpExchange, own: dict[str, tuple[tuple[str, ...], tuple[str, ...]]], is_first: bool
    ) -> Alert:
        routers = {router for hands in own.values() for router in hands[0]}
        resolvers = {resolver for hands in own.values() for resolver in hands[1]}
        is_other = bool(set(record.routers) - routers or set(record.dns_servers) - resolvers)
        device = self._neighbours.of_mac(record.sender_mac)
        title = f"A {'second DHCP' if own else 'DHCPv6'} server answers: {server}"
        return self.alert(
            server, "high" if is_other else "medium", title, record.timestamp_ns,
            because="it is neither the router nor the DHCP server, and names its own DNS server" if not own
            else "it names another router or DNS server" if is_other else "it hands out the same router and DNS",
            observed={"servers": len(own) + 1},
            threshold={"servers": len(own)},
            window_s=0,
            data={
                "server": server,
                "server_mac": record.sender_mac,
                "device": device_word(device) if device else None,
                "known_servers": list(own),
                "routers": list(record.routers),
                "dns_servers": list(record.dns_servers),
                "asked_by": record.mac,
                "assigned": record.assigned_ip,
            },
            device_id=device.id if device else None, count=1 if is_first or record.message_type != "OFFER" else 0,
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return {"rogue_dhcp_servers": len(self._servers) + len(self._rogue)}
