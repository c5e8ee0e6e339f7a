"""Does a device open a door at the router by itself? Port mappings asked for by UPnP, NAT-PMP and PCP.

Consoles, calls and file sharing do so, and hardly anybody knows; malware does it to be reachable. Each door is told
once: low, medium where it leads to remote control or files, or to another device than the one that asks. Whether the
router obeyed is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, Explanation, QuietDetector
from netscope.engine.analyze.inbound import REMOTE_PORTS
from netscope.engine.analyze.neighbours import Neighbours, device_word
from netscope.engine.analyze.tables import bounded
from netscope.model.records import Alert
from netscope.model.service import PortMappingSeen

MAX_DOORS: Final = 4_096
"""(asker, client, protocol, internal port) told; further ones are counted only."""
MAX_PORTS: Final = 16


class PortMapping(QuietDetector):
    name: ClassVar[str] = "port_mapping"
    observes: ClassVar[tuple[type, ...]] = (PortMappingSeen,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A device asked the router to let the internet in to one of its ports (UPnP, NAT-PMP or PCP). Nobody is "
        "asked before a router does so.",
        usual="Game consoles, calls, file sharing, cameras with access from outside.",
        check="Should this device be reachable from the internet? If not, turn UPnP off at the router and remove the "
        "mapping there.",
    )

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._doors: set[tuple[str, str, str, int]] = set()
        self._ports: dict[tuple[str, str], list[int]] = {}
        """(asker, client) -> internal ports asked for, at most MAX_PORTS; bounded by the doors."""
        self._refused = 0

    def observe(self, record: PortMappingSeen) -> Sequence[Alert]:
        asker = record.flow.client_ip
        client = record.client or asker
        door = (asker, client, record.protocol, record.internal_port)
        if door in self._doors:
            return NOTHING
        if len(self._doors) >= bounded(MAX_DOORS):
            self._refused += 1
            return NOTHING
        self._doors.add(door)
        ports = self._ports.setdefault((asker, client), [])
        if len(ports) < MAX_PORTS:
            ports.append(record.internal_port)
        return (self._alert(record, asker, client, ports),)

    def _alert(self, record: PortMappingSeen, asker: str, client: str, ports: list[int]) -> Alert:
        services = [REMOTE_PORTS[port] for port in ports if port in REMOTE_PORTS]
        device = self._neighbours.of_address(asker)
        who = device_word(device) if device else asker
        whose = "its" if client == asker else f"{self._neighbours.word(client)}'s"
        numbers = ", ".join(map(str, ports[:4])) + (" …" if len(ports) > 4 else "")
        because = f"{services[0]} is what worms look for" if services else "it opens a door of another device"
        is_worse = bool(services) or client != asker
        return self.alert(
            f"{asker} {client}", "medium" if is_worse else "low",
            f"{who} opens {whose} port{'s' if len(ports) > 1 else ''} {numbers} to the internet", record.timestamp_ns,
            because=because if is_worse else "games, calls and file sharing do so",
            observed={"ports": len(ports)},
            threshold={"ports": 1},
            window_s=0,
            data={
                "asked_by": asker, "client": client, "router": record.flow.server_ip, "ports": ports[:],
                "protocol": record.protocol, "port": record.external_port, "description": record.description,
            },
            device_id=record.flow.device_id, flow=record.flow, count=int(len(ports) == 1),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        counted = {"port_mapping_doors": len(self._doors)}
        if self._refused:
            counted["port_mapping_refused"] = self._refused
        return counted
