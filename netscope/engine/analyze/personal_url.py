"""Does a URL carry personal data in clear? Patterns in unencrypted requests: the kind is kept, never the value.

E-mail addresses, coordinates, telephone and device numbers, passwords and tokens as parameters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SHOWN, Explanation, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import Aging, Table
from netscope.model.records import Alert, HttpRequest

MAX_CLIENTS: Final = 8_192
"""(client, host) pairs held."""
MAX_URI: Final = 2_048
"""Characters looked at; longer addresses carry their parameters early."""
NAMES: Final[dict[str, str]] = {
    name: kind
    for kind, names in {
        "location": "lat latitude lon lng longitude geo gps",
        "device_number": "imei imsi idfa gaid androidid android_id udid deviceid device_id serial serialno mac macaddr",
        "secret": "pass passwd password pwd secret apikey api_key accesstoken access_token",
        "email": "email e-mail",
        "phone": "phone msisdn tel",
    }.items()
    for name in names.split()
}
"""What a parameter of this name carries."""
MIN_VALUE_CHARS: Final = 4
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

    def observe(self, record: HttpRequest) -> Sequence[Alert]:
        uri = record.uri
        if record.status is not None or "=" not in uri:
            # Seen when it was sent; the response adds nothing.
            return NOTHING
        uri = uri[:MAX_URI]
        kinds = kinds_in(uri)
        flow = record.flow
        if not kinds or self._neighbours.is_local(flow.server_ip):
            return NOTHING
        host = record.host or flow.server_ip
        told = self._told.entry((flow.client_ip, host), record.timestamp_ns)
        if told is None or not (kinds - told.kinds.keys()):
            return NOTHING
        told.kinds.update(dict.fromkeys(sorted(kinds)))
        return (
            self.alert(
                f"{flow.client_ip} {host}", "low", f"Personal data in clear to {host}", record.timestamp_ns,
                because="not encrypted; the value itself is not kept",
                observed={"kinds": len(told.kinds)},
                threshold={"kinds": 1},
                window_s=0,
                data={
                    "kinds": list(told.kinds), "host": host, "method": record.method,
                    "path": uri.partition("?")[0][:SHOWN],
                },
                device_id=flow.device_id, flow=flow,
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._told.counters()


def kinds_in(uri: str) -> set[str]:
    """Which kinds of personal data the parameters of an address carry."""
    kinds: set[str] = set()
    for parameter in uri.replace("?", "&").replace(";", "&").split("&")[1:]:
        name, _, value = parameter.partition("=")
        kind = NAMES.get(name.lower())
        if kind is not None and len(value) >= MIN_VALUE_CHARS:
            kinds.add(kind)
    if ("@" in uri or "%40" in uri) and EMAIL.search(uri) is not None:
        kinds.add("email")
    return kinds


class Kinds(Aging):
    __slots__ = ("kinds",)

    def __init__(self) -> None:
        super().__init__()
        self.kinds: dict[str, None] = {}
