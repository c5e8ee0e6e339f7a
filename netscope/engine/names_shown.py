"""The host names front ends see: who used which, where it was seen, what was answered."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from netscope.engine.alerts_shown import NameOf
from netscope.engine.uses import UseCounts
from netscope.model.flow import Flow
from netscope.model.history import AnswerRow
from netscope.model.records import DnsQuery, TrackerHit
from netscope.model.snapshot import NAME_SOURCES, NameRow

MAX_NAMES: Final = 20_000
"""At the bound the one not used for longest goes from view."""
MAX_ADDRESSES: Final = 8
MAX_ANSWERS: Final = 8
"""Of one name and device: different ones, the newest."""
ENCRYPTED_NAME: Final = "(encrypted: ECH)"


class NameSeen:
    """A host name one device used, while it is in view."""

    __slots__ = (
        "_row",
        "addresses",
        "answers",
        "category",
        "device_id",
        "first_ns",
        "hits",
        "last_ns",
        "name",
        "rcode",
        "sources",
        "tracker",
        "uses",
    )

    def __init__(self, name: str, device_id: int | None, first_ns: int) -> None:
        self.name = name
        self.device_id = device_id
        self.first_ns = first_ns
        self.last_ns = first_ns
        self.hits = 0
        self.uses = UseCounts()
        self.sources: tuple[str, ...] = ()
        self.rcode: str | None = None
        self.addresses: tuple[str, ...] = ()
        self.answers: tuple[AnswerRow, ...] = ()
        """The newest last. A tuple: an empty deque takes 600 bytes, and there are tens of thousands of names."""
        self.tracker: str | None = None
        self.category: str | None = None
        self._row: NameRow | None = None

    def see(self, source: str, at_ns: int) -> None:
        """Take note of it; what else is known is set after this call."""
        self._row = None
        self.last_ns = max(self.last_ns, at_ns)
        if source not in self.sources:
            self.sources = tuple([known for known in NAME_SOURCES if known == source or known in self.sources])

    def use(self, at_ns: int) -> None:
        self.hits += 1
        self.uses.add(at_ns)

    def answer(self, query: DnsQuery) -> None:
        addresses = tuple([record.data for record in query.answers if record.type in ("A", "AAAA")])[:MAX_ADDRESSES]
        self.rcode = query.rcode
        self.addresses = addresses or self.addresses
        last = next((row for row in reversed(self.answers) if row.query_type == query.query_type), None)
        if last is None or (last.rcode, set(last.addresses)) != (query.rcode, set(addresses)):
            answer = AnswerRow(
                query.timestamp_ns,
                query.query_type,
                query.rcode or "-",
                addresses,
                query.response_time_us,
                query.server_ip,
                self.device_id,
            )
            self.answers = (*self.answers[1 - MAX_ANSWERS :], answer)

    def list_as(self, hit: TrackerHit) -> None:
        self._row = None
        self.tracker, self.category = hit.owner or hit.rule, hit.category

    def row(self, device_name: str) -> NameRow:
        """As front ends see it: the same object while nothing changed."""
        row = self._row
        if row is None or row.device_name != device_name:
            row = self._row = NameRow(
                self.name,
                self.sources,
                self.device_id,
                device_name,
                self.hits,
                self.first_ns,
                self.last_ns,
                self.rcode,
                self.addresses,
                self.tracker,
                self.category,
            )
        return row


class NamesShown:
    """Fed on the engine's thread; ``of_name`` may be called on any."""

    def __init__(self, max_names: int = MAX_NAMES) -> None:
        self._max_names = max_names
        self._names: OrderedDict[tuple[str, int | None], NameSeen] = OrderedDict()
        self.dropped = 0
        """Names that went because there were too many."""

    def query(self, query: DnsQuery) -> None:
        source = "dns" if query.transport in ("udp", "tcp") else query.transport
        seen = self._see(query.query_name, source, query.device_id, query.timestamp_ns)
        if query.rcode is None or not seen.hits:
            seen.use(query.timestamp_ns)
        if query.rcode is not None:
            seen.answer(query)

    def connection(self, flow: Flow, name: str | None, transport: str, at_ns: int, *, ech: bool) -> None:
        """A handshake or request that named its server, or hid the name."""
        if name is None:
            if ech:
                self._see(ENCRYPTED_NAME, "ech", flow.device_id, at_ns).use(at_ns)
            return
        source = {"tcp": "sni", "dtls": "sni"}.get(transport, transport)
        seen = self._see(name, source, flow.device_id, at_ns)
        seen.use(at_ns)
        if flow.server_ip not in seen.addresses and len(seen.addresses) < MAX_ADDRESSES:
            seen.addresses = (*seen.addresses, flow.server_ip)

    def hit(self, hit: TrackerHit) -> None:
        seen = self._names.get((hit.name.lower(), hit.device_id))
        if seen is not None:
            seen.list_as(hit)

    def _see(self, name: str, source: str, device_id: int | None, at_ns: int) -> NameSeen:
        # Resolvers mix capitals into queries against forgery (draft-vixie-dnsext-dns0x20): case tells no names apart.
        key = (name.lower(), device_id)
        seen = self._names.get(key)
        if seen is None:
            seen = self._names[key] = NameSeen(name, device_id, at_ns)
            if len(self._names) > self._max_names:
                self._names.popitem(last=False)
                self.dropped += 1
        else:
            self._names.move_to_end(key)
        seen.see(source, at_ns)
        return seen

    def rows(self, names: NameOf) -> tuple[NameRow, ...]:
        return tuple([seen.row(names(seen.device_id, "-")) for seen in self._names.values()])

    def of_name(self, name: str) -> list[NameSeen]:
        """What each device saw of it."""
        wanted = name.lower()
        return [seen for (known, _), seen in list(self._names.items()) if known == wanted]
