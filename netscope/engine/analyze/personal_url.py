"""Does a URL carry personal data in clear? Patterns in unencrypted requests: the kind is kept, never the value.

E-mail addresses, coordinates, telephone and device numbers, passwords and tokens as parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SHOWN, Explanation, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import Aging, Table
from netscope.model.records import Alert, HttpRequest

MAX_CLIENTS: Final = 8_192
"""(client, host) pairs held."""
MAX_URI: Final = 2_048
"""Characters looked at; longer addresses carry their parameters early."""
PARAMETER: Final = re.compile(
    r"[?&;](?:(?P<location>lat|latitude|lon|lng|longitude|geo|gps)|(?P<device_number>imei|imsi|idfa|gaid|android_?id"
    r"|udid|device_?id|serial(?:no)?|mac(?:addr)?)|(?P<secret>pass(?:word|wd)?|pwd|secret|api_?key|access_?token)"
    r"|(?P<email>e-?mail)|(?P<phone>phone|msisdn|tel))=[^&;]{4}",
    re.IGNORECASE,
)
EMAIL: Final = re.compile(r"=[A-Za-z0-9._+-]{1,64}(?:@|%40)[A-Za-z0-9-]{1,63}\.[A-Za-z]{2}")


class PersonalUrl(QuietDetector):
    name: ClassVar[str] = "personal_url"
    observes: ClassVar[tuple[type, ...]] = (HttpRequest,)
    explanation: ClassVar[Explanation] = Explanation(
        what="An unencrypted request carries personal data in its address: anyone on the way, and logs, can read it.",
        usual="Old apps and devices that report in clear; weather and map services.",
        check="Which app or device does this? Update it, or block the host.",
    )

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._told: Table[tuple[str, str], Kinds] = Table("personal_url_pairs", MAX_CLIENTS, 10**18, Kinds)

    def observe(self, record: HttpRequest) -> Iterable[Alert]:
        uri = record.uri
        if record.status is not None or "=" not in uri:
            # Seen when it was sent; the response adds nothing.
            return NOTHING
        uri = uri[:MAX_URI]
        kinds = {match.lastgroup for match in PARAMETER.finditer(uri)}
        if EMAIL.search(uri):
            kinds.add("email")
        flow = record.flow
        if not kinds or self._neighbours.is_local(flow.server_ip):
            return NOTHING
        host = record.host or flow.server_ip
        told = self._told.entry((flow.client_ip, host), record.timestamp_ns)
        if told is None or not (kinds - told.kinds.keys()):
            return NOTHING
        told.kinds.update(dict.fromkeys(sorted(kind for kind in kinds if kind)))
        return (
            self.alert(
                f"{flow.client_ip} {host}", "low", f"Personal data in clear to {host}", record.timestamp_ns,
                because="not encrypted; the value itself is not kept",
                observed={"kinds": list(told.kinds)},
                threshold={"kinds": 1},
                window_s=0,
                data={"host": host, "method": record.method, "path": uri.partition("?")[0][:SHOWN]},
                device_id=flow.device_id, flow=flow,
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._told.counters()


class Kinds(Aging):
    __slots__ = ("kinds",)

    def __init__(self) -> None:
        super().__init__()
        self.kinds: dict[str, None] = {}
