"""Does a public name point into this network? First to a public address, then to a private one: DNS rebinding.

A page from the first address may then talk to a device at the second as if it were its own site. A name that only ever
gives a private address is told as low: companies and makers of network storage do that for convenience. Loopback and
unspecified addresses are how blocking resolvers say no, and do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, Explanation, QuietDetector, limit
from netscope.engine.analyze.names import is_local_name, is_under
from netscope.engine.analyze.neighbours import is_private
from netscope.engine.analyze.tables import Aging, Table
from netscope.model.records import Alert, DnsQuery

MAX_NAMES: Final = 16_384
"""(client, name) that gave a public address; some 5 MB."""
HOME_ZONES: Final = frozenset((
    "plex.direct", "myfritz.net", "fritz.box", "synology.me", "quickconnect.to", "myqnapcloud.com", "wdmycloud.com",
    "tplinkwifi.net", "tplinklogin.net", "routerlogin.net", "routerlogin.com", "router.asus.com", "asusrouter.com",
    "mywifiext.net", "orbilogin.com", "orbilogin.net", "amplifi.lan", "unifi.ui.com", "ui.direct", "nip.io", "sslip.io",
    "xip.io", "localtest.me", "home-assistant.io", "ui.nabu.casa", "mikrotik.com", "speedport.ip", "mobile.hotspot",
    "hitronhub.home", "modem.tools", "sonos.com", "msftncsi.com", "msftconnecttest.com",
))  # fmt: skip
"""Names by which makers let people reach their own devices, and Windows finds out whether it is online."""
IGNORED_PREFIXES: Final = ("127.", "0.", "169.254.", "::1")


@dataclass(frozen=True, slots=True)
class Limits:
    window_s: float = limit(3600.0, "s", "browsers pin an address for minutes; who waits longer loses the page")
    ttl_s: float = limit(3600.0, "s", "an attack needs short-lived answers; a day is an administrator's")


class PublicName(Aging):
    __slots__ = ("address",)

    def __init__(self) -> None:
        super().__init__()
        self.address = ""


class DnsRebinding(QuietDetector):
    name: ClassVar[str] = "dns_rebinding"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (DnsQuery,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A name from the internet resolves to an address inside this network. A web page can use that to "
        "reach devices behind the router through a browser (DNS rebinding).",
        usual="A company or a maker of network storage publishes its internal addresses; split DNS of a VPN.",
        check="Do you know the name as your own? If not, close the page, and turn on rebind protection at the router.",
    )

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._public: Table[tuple[str, str, str], PublicName] = Table(
            "dns_rebinding_names", MAX_NAMES, int(limits.window_s * SECOND_NS), PublicName
        )

    def observe(self, record: DnsQuery) -> Sequence[Alert]:
        kind = record.query_type
        if record.rcode != "NOERROR" or kind not in ("A", "AAAA") or record.transport not in ("udp", "tcp"):
            return NOTHING
        addresses = [answer.data for answer in record.answers if answer.type == kind]
        private = [address for address in addresses if is_private(address) and not address.startswith(IGNORED_PREFIXES)]
        name = record.query_name.lower()
        if private:
            return self._inside(record, name, private, len(private) < len(addresses))
        if addresses and not addresses[0].startswith(IGNORED_PREFIXES):
            seen = self._public.entry((record.client_ip, kind, name), record.timestamp_ns)
            if seen is not None:
                seen.address = addresses[0]
        return NOTHING

    def _inside(self, record: DnsQuery, name: str, private: list[str], is_mixed: bool) -> Sequence[Alert]:
        if is_local_name(name) or is_under(name, HOME_ZONES):
            return NOTHING
        before = self._public.get((record.client_ip, record.query_type, name))
        fresh = before is not None and record.timestamp_ns - before.last_ns <= self.limits.window_s * SECOND_NS
        rebinds = is_mixed or fresh
        if not rebinds and min(answer.ttl for answer in record.answers) >= self.limits.ttl_s:
            return NOTHING
        return (
            self.alert(
                f"{record.client_ip} {name if rebinds else private[0]}", "high" if rebinds else "low",
                f"{name} points into this network", record.timestamp_ns,
                because="it gave a public address before or beside" if rebinds else "it only gives private addresses",
                observed={"private_addresses": len(private), "public_before": bool(rebinds)},
                threshold={"private_addresses": 1},
                window_s=self.limits.window_s,
                data={
                    "query_name": name,
                    "private": private[:8],
                    "public": before.address if before is not None else None,
                    "resolver": record.server_ip,
                },
                device_id=record.device_id, flow=record.flow,
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._public.counters()
