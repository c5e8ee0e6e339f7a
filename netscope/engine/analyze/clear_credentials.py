"""Did a password cross the network in clear? The fact and the field, never the value.

HTTP Basic and forms, FTP, Telnet, POP3, IMAP, SMTP AUTH, SNMP communities: whatever the parsers report.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SHOWN, Explanation, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import Aging, Table
from netscope.model.records import Alert
from netscope.model.service import ClearCredential

MAX_CLIENTS: Final = 8_192
"""(client, protocol) pairs held."""
REPEAT_NS: Final = 60_000_000_000
"""Told again at most once a minute."""


class Leak(Aging):
    __slots__ = ("count", "fields", "servers", "told_ns")

    def __init__(self) -> None:
        super().__init__()
        self.servers: dict[str, None] = {}
        self.fields: dict[str, None] = {}
        self.count = 0
        self.told_ns = 0


class ClearCredentials(QuietDetector):
    name: ClassVar[str] = "clear_credentials"
    observes: ClassVar[tuple[type, ...]] = (ClearCredential,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A user name, password or access token was sent without encryption. Whoever is on the way can "
        "read it. NetScope keeps only that it happened.",
        usual="Old devices' web pages and file transfer in this network; default SNMP communities.",
        check="Turn on the encrypted variant (HTTPS, FTPS, SSH, IMAPS), then change the password: it must count "
        "as known.",
    )

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._leaks: Table[tuple[str, str], Leak] = Table("clear_credentials_clients", MAX_CLIENTS, 10**18, Leak)

    def observe(self, record: ClearCredential) -> Sequence[Alert]:
        flow, now_ns = record.flow, record.timestamp_ns
        leak = self._leaks.entry((flow.client_ip, record.protocol), now_ns)
        if leak is None:
            return NOTHING
        server = flow.server_name or flow.server_ip
        is_news = server not in leak.servers or record.field not in leak.fields
        if len(leak.servers) < SHOWN:
            leak.servers[server] = None
        if len(leak.fields) < SHOWN:
            leak.fields[record.field] = None
        leak.count += 1
        if not is_news and now_ns - leak.told_ns < REPEAT_NS:
            return NOTHING
        count, leak.count, leak.told_ns = leak.count, 0, now_ns
        return (self._leak(record, leak, server, count),)

    def _leak(self, record: ClearCredential, leak: Leak, server: str, count: int) -> Alert:
        flow = record.flow
        is_inside = self._neighbours.is_local(flow.server_ip)
        mild = is_inside or record.protocol == "snmp"
        return self.alert(
            f"{flow.client_ip} {record.protocol}", "low" if mild else "medium",
            f"Credentials in clear by {record.protocol.upper()} to {server}", record.timestamp_ns,
            because="it stayed in this network" if is_inside else "it crossed the internet",
            observed={"field": record.field, "times": count},
            threshold={"times": 1},
            window_s=0,
            data={
                "protocol": record.protocol,
                "port": flow.server_port,
                "fields": list(leak.fields),
                "servers": list(leak.servers),
            },
            device_id=flow.device_id, flow=flow, count=count,
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._leaks.counters()
