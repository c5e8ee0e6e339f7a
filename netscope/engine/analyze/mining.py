"""Does a device mine crypto-currency? Flows that speak a mining or coin network's protocol, recognised by content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SHOWN, Explanation, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours, device_word
from netscope.engine.analyze.tables import Aging, Table
from netscope.model.flow import Flow
from netscope.model.records import Alert

PROTOCOLS: Final = frozenset(("stratum", "monero", "bitcoin", "ethereum", "mining"))
MAX_MINERS: Final = 4_096


class Miner(Aging):
    __slots__ = ("servers",)

    def __init__(self) -> None:
        super().__init__()
        self.servers: dict[str, None] = {}


class Mining(QuietDetector):
    name: ClassVar[str] = "mining"
    answered_only: ClassVar[bool] = True
    explanation: ClassVar[Explanation] = Explanation(
        what="A device takes part in a crypto-currency network or mining pool: it spends power for someone.",
        usual="A wallet or miner that you run on purpose.",
        check="Did you install it? If not, the device is likely misused: look for a program with high load.",
    )

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._miners: Table[tuple[str, str], Miner] = Table("mining_miners", MAX_MINERS, 10**18, Miner)

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        return self._look(flow) if flow.app_protocol in PROTOCOLS else NOTHING

    def minute(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        """Miners stay connected for days: do not wait for the end."""
        return [alert for flow in changed if flow.app_protocol in PROTOCOLS for alert in self._look(flow)]

    def _look(self, flow: Flow) -> Sequence[Alert]:
        if flow.app_protocol_source != "content" or flow.app_protocol is None:
            return NOTHING
        miner = self._miners.entry((flow.client_ip, flow.app_protocol), flow.last_seen_ns)
        server = flow.server_name or flow.server_ip
        if miner is None or server in miner.servers or len(miner.servers) >= SHOWN:
            return NOTHING
        miner.servers[server] = None
        device = self._neighbours.of_address(flow.client_ip)
        who = device_word(device) if device else flow.client_ip
        return (
            self.alert(
                f"{flow.client_ip} {flow.app_protocol}", "medium", f"{who} speaks {flow.app_protocol}",
                flow.last_seen_ns,
                because="recognised by what was said, not by port",
                observed={"protocol": flow.app_protocol, "servers": len(miner.servers)},
                threshold={"servers": 1},
                window_s=0,
                data={"servers": list(miner.servers), "port": flow.server_port},
                since_ns=flow.first_seen_ns, device_id=flow.device_id, flow=flow,
                count=int(len(miner.servers) == 1),
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._miners.counters()
