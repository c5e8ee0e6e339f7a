"""Does a device of this network answer the internet? Connections from outside that a device accepted.

Each open door is told once, then only counted; doors to remote control and files are more severe. Wrong where the
recording sits outside the router, and sees what the router's own filter would drop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SHOWN, Explanation, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours, device_word
from netscope.engine.analyze.tables import Aging, Growth, Table
from netscope.model.flow import Flow
from netscope.model.records import Alert

MAX_DOORS: Final = 8_192
"""(server, protocol, port) held."""
REMOTE_PORTS: Final = {
    21: "FTP", 22: "SSH", 23: "Telnet", 135: "RPC", 139: "NetBIOS", 445: "SMB", 1433: "SQL Server", 2323: "Telnet",
    3306: "MySQL", 3389: "RDP", 5432: "PostgreSQL", 5555: "ADB", 5900: "VNC", 6379: "Redis", 7547: "TR-069",
    9200: "Elasticsearch", 11211: "memcached", 27017: "MongoDB",
}  # fmt: skip
"""Remote control, files and data bases: what worms look for."""


class Door(Aging):
    __slots__ = ("clients", "count", "growth")

    def __init__(self) -> None:
        super().__init__()
        self.clients: dict[str, None] = {}
        self.count = 0
        self.growth = Growth()


class Inbound(QuietDetector):
    name: ClassVar[str] = "inbound"
    answered_only: ClassVar[bool] = True
    explanation: ClassVar[Explanation] = Explanation(
        what="A device of this network accepted a connection that came from the internet: a door is open at "
        "the router.",
        usual="A server, game or file sharing that you opened on purpose; a device that opened it by itself with UPnP.",
        check="Did you want this door? If not, remove the port forwarding at the router and turn off UPnP.",
    )

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._doors: Table[tuple[str, str, int], Door] = Table("inbound_doors", MAX_DOORS, 10**18, Door)

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        history = flow.tcp_history
        if history is None or "S" not in history or "d" not in history:
            return NOTHING
        server = flow.server_ip
        if self._neighbours.is_local(flow.client_ip) or not self._neighbours.is_local(server):
            return NOTHING
        door = self._doors.entry((server, flow.protocol, flow.server_port), flow.last_seen_ns)
        if door is None:
            return NOTHING
        door.count += 1
        if len(door.clients) < SHOWN:
            door.clients[flow.client_ip] = None
        first = not door.growth.told
        if not door.growth.worth(door.count, 1):
            return NOTHING
        service = REMOTE_PORTS.get(flow.server_port)
        device = self._neighbours.of_address(server)
        return (
            self.alert(
                f"{server} {flow.protocol}/{flow.server_port}", "medium" if service else "low",
                f"{device_word(device) if device else server} answers the internet on port {flow.server_port}",
                flow.last_seen_ns,
                because=f"{service} is what worms look for" if service else "no port that is attacked by habit",
                observed={"connections": door.count, "clients": len(door.clients)},
                threshold={"connections": 1},
                window_s=0,
                data={"server": server, "port": flow.server_port, "service": service, "sources": list(door.clients)},
                device_id=flow.server_device_id, flow=flow, count=int(first),
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._doors.counters()
