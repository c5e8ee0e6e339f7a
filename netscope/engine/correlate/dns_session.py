"""Questions matched with their answers: DNS over UDP and TCP, mDNS, LLMNR and NBNS.

Every question of a query message is a record of its own, retransmissions too; an answer completes the oldest one
that waits. What a name means for a flow is decided elsewhere.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from netscope.engine.correlate.session import DONE, DONE_DIRECTION, WANT, Count, Emit
from netscope.engine.parse import dns, nbns
from netscope.model.dns import DnsMessage, DnsQuestion, MdnsAnnouncement
from netscope.model.errors import ParseError
from netscope.model.flow import UP, Flow
from netscope.model.records import DnsQuery

MAX_PENDING: Final = 16_384
"""Transactions remembered, answered or not: the oldest is forgotten, and a late answer to it is a row of its own."""
MAX_QUESTIONS: Final = 64
"""Questions of one message, and of one transaction, that become rows: mDNS asks some dozens at once."""
MAX_ANSWER_AGE_NS: Final = 60_000_000_000
"""An answer later than this is not one: stub resolvers give up after 30 s at most, and ids come again."""
MAX_FAILURES: Final = 8
"""Unreadable messages in a row after which a flow is left alone."""

MULTICAST_TRANSPORTS: Final = frozenset(("llmnr", "nbns"))
"""Asked of a group, answered from another address: the answer is known by client and id alone."""
PORT_TRANSPORTS: Final = {53: "dns", 5353: "mdns", 5355: "llmnr", 137: "nbns"}

TransactionKey = tuple[str, str, int, str, int]


class DnsTransactions:
    """Questions that wait for their answer. One may serve all flows, so that LLMNR and NBNS answers find theirs."""

    def __init__(self, emit: Emit, count: Count, max_pending: int = MAX_PENDING) -> None:
        self._emit = emit
        self._count = count
        self._max_pending = max_pending
        self._pending: OrderedDict[TransactionKey, list[DnsQuery]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pending)

    def message(
        self,
        flow: Flow | None,
        message: DnsMessage,
        direction: int,
        timestamp_ns: int,
        *,
        transport: str,
        client_ip: str,
        server_ip: str,
    ) -> None:
        """Take one message; ``client_ip`` is who asks, also in the message that answers.

        ``transport`` is udp, tcp, mdns, llmnr or nbns.
        """
        key = (transport, client_ip, 0, "", message.transaction_id)
        if transport not in MULTICAST_TRANSPORTS:
            # The port of who asks: the sender of a query, the receiver of a response.
            asks_up = (direction == UP) != message.is_response
            port = 0 if flow is None else flow.client_port if asks_up else flow.server_port
            key = (transport, client_ip, port, server_ip, message.transaction_id)
        if not message.is_response:
            self._asked(key, flow, message, timestamp_ns, server_ip)
        elif transport != "mdns":
            self._answered(key, flow, message, timestamp_ns, server_ip)

    def _asked(
        self, key: TransactionKey, flow: Flow | None, message: DnsMessage, timestamp_ns: int, server_ip: str
    ) -> None:
        queries = self._rows(key, flow, message.questions, timestamp_ns, server_ip)
        for query in queries:
            self._emit(query)
        if key[0] == "mdns" or not queries:
            return
        waiting = self._pending.get(key)
        if waiting is None:
            if len(self._pending) >= self._max_pending:
                self._forget_oldest(timestamp_ns)
            self._pending[key] = queries
        else:
            waiting += queries
            del waiting[:-MAX_QUESTIONS]

    def _forget_oldest(self, timestamp_ns: int) -> None:
        """A loss only where an answer could still come."""
        _, queries = self._pending.popitem(last=False)
        if any(query.rcode is None and timestamp_ns - query.timestamp_ns <= MAX_ANSWER_AGE_NS for query in queries):
            self._count("dns_transactions_full")

    def _answered(
        self, key: TransactionKey, flow: Flow | None, message: DnsMessage, timestamp_ns: int, server_ip: str
    ) -> None:
        waiting = self._pending.get(key, [])
        for question in _questions_answered(key, message, waiting):
            query = None
            was_answered = False
            for asked in waiting:
                if _asks(asked, question, timestamp_ns):
                    if asked.rcode is None:
                        query = asked
                        break
                    was_answered = True
            if query is not None:
                query.response_time_us = max(0, timestamp_ns - query.timestamp_ns) // 1000
            elif was_answered and _was_told(waiting, question, message, timestamp_ns):
                self._count("dns_answer_repeated")
                continue
            else:
                query = self._rows(key, flow, (question,), timestamp_ns, server_ip)[0]
            query.rcode = message.rcode
            query.answers = message.answers
            self._emit(query)

    def _rows(
        self,
        key: TransactionKey,
        flow: Flow | None,
        questions: tuple[DnsQuestion, ...],
        timestamp_ns: int,
        server_ip: str,
    ) -> list[DnsQuery]:
        if len(questions) > MAX_QUESTIONS:
            self._count("dns_too_many_questions")
        transport, client_ip, _, _, transaction_id = key
        return [
            DnsQuery(flow, client_ip, server_ip, transport, timestamp_ns, transaction_id, question.name, question.type)
            for question in questions[:MAX_QUESTIONS]
        ]


def _asks(query: DnsQuery, question: DnsQuestion, timestamp_ns: int) -> bool:
    """Some resolvers answer in another case than they were asked in."""
    return (
        query.query_type == question.type
        and (query.query_name == question.name or query.query_name.lower() == question.name.lower())
        and timestamp_ns - query.timestamp_ns <= MAX_ANSWER_AGE_NS
    )


def _was_told(waiting: list[DnsQuery], question: DnsQuestion, message: DnsMessage, timestamp_ns: int) -> bool:
    """A second answer that says something else is a fact of its own: a retry answered anew, or a forgery."""
    said = {(record.name, record.type, record.data) for record in message.answers}
    return any(
        query.rcode == message.rcode and said == {(record.name, record.type, record.data) for record in query.answers}
        for query in waiting
        if query.rcode is not None and _asks(query, question, timestamp_ns)
    )


def _questions_answered(key: TransactionKey, message: DnsMessage, waiting: list[DnsQuery]) -> tuple[DnsQuestion, ...]:
    """The question section; without one (RFC 1002, section 4.2.13; zone transfers) what waits, or what is told."""
    if message.questions:
        return message.questions[:MAX_QUESTIONS]
    for query in waiting:
        if query.rcode is None:
            return (DnsQuestion(query.query_name, query.query_type, 1, False),)
    if key[0] == "nbns" and message.answers:
        first = message.answers[0]
        return (DnsQuestion(first.name, first.type, 1, False),)
    return ()


class DnsDatagramSession:
    """One UDP flow of DNS, mDNS, LLMNR or NBNS."""

    def __init__(self, flow: Flow, emit: Emit, count: Count, transactions: DnsTransactions | None = None) -> None:
        self._flow = flow
        self._emit = emit
        self._count = count
        self._transactions = DnsTransactions(emit, count) if transactions is None else transactions
        protocol = PORT_TRANSPORTS.get(flow.server_port) or PORT_TRANSPORTS.get(flow.client_port) or "dns"
        self._protocol = protocol
        self._transport = "udp" if protocol == "dns" else protocol
        self._parse = nbns.parse_message if protocol == "nbns" else dns.parse_message
        self._failures = 0

    def datagram(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        try:
            message = self._parse(data)
        except ParseError as problem:
            self._count(problem.slug)
            self._failures += 1
            return DONE if self._failures >= MAX_FAILURES else WANT
        self._failures = 0
        flow, transport = self._flow, self._transport
        flow.app_protocol = self._protocol
        flow.app_protocol_source = "content"
        for slug in message.problems:
            self._count(slug)
        if transport != "udp":
            # A unicast DNS server never speaks of itself.
            if _announces(message, transport):
                self._announce(direction, message, timestamp_ns)
            if transport == "nbns" and message.opcode != nbns.OPCODE_QUERY:
                return WANT
        client_ip, server_ip = _asker_first(flow, direction, message)
        self._transactions.message(
            flow, message, direction, timestamp_ns, transport=transport, client_ip=client_ip, server_ip=server_ip
        )
        return WANT

    def _announce(self, direction: int, message: DnsMessage, timestamp_ns: int) -> None:
        flow = self._flow
        if direction == UP:
            sender_ip, sender_mac = flow.client_ip, flow.client_mac
        else:
            sender_ip, sender_mac = flow.server_ip, flow.server_mac
        self._emit(MdnsAnnouncement(flow, sender_ip, sender_mac, timestamp_ns, message, self._transport))

    def close(self, timestamp_ns: int) -> None:
        """Every question was handed on when it was seen."""


def _announces(message: DnsMessage, transport: str) -> bool:
    """Whether the sender speaks of itself."""
    if transport == "nbns" and not message.is_response:
        return message.opcode in nbns.CLAIMS
    if transport == "nbns" and message.opcode != nbns.OPCODE_QUERY:
        return False
    return message.is_response and bool(message.answers or message.additionals)


def _asker_first(flow: Flow, direction: int, message: DnsMessage) -> tuple[str, str]:
    """Who asks and who is asked: what the message is outweighs the flow's roles, which may be guessed."""
    if (direction == UP) != message.is_response:
        return flow.client_ip, flow.server_ip
    return flow.server_ip, flow.client_ip


class DnsStreamSession:
    """DNS over one TCP flow (RFC 7766). Each direction buffers at most one message, 64 kB."""

    def __init__(self, flow: Flow, emit: Emit, count: Count, transactions: DnsTransactions | None = None) -> None:
        self._flow = flow
        self._count = count
        self._transactions = DnsTransactions(emit, count) if transactions is None else transactions
        self._buffers = (bytearray(), bytearray())
        self._failures = 0

    def feed(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        buffer = self._buffers[direction]
        buffer += data
        if len(buffer) < 2 or len(buffer) < 2 + (buffer[0] << 8 | buffer[1]):
            return WANT
        messages, consumed = dns.parse_tcp_stream(bytes(buffer))
        del buffer[:consumed]
        for message in messages:
            self._take(direction, message, timestamp_ns)
        return DONE if self._failures >= MAX_FAILURES else WANT

    def _take(self, direction: int, data: bytes, timestamp_ns: int) -> None:
        try:
            message = dns.parse_message(data)
        except ParseError as problem:
            self._count(problem.slug)
            self._failures += 1
            return
        self._failures = 0
        self._flow.app_protocol, self._flow.app_protocol_source = "dns", "content"
        for slug in message.problems:
            self._count(slug)
        client_ip, server_ip = _asker_first(self._flow, direction, message)
        self._transactions.message(
            self._flow, message, direction, timestamp_ns, transport="tcp", client_ip=client_ip, server_ip=server_ip
        )

    def gap(self, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        """Message borders are lost with the bytes."""
        self._buffers[direction].clear()
        self._count("dns_stream_gap")
        return DONE_DIRECTION

    def close(self, timestamp_ns: int) -> None:
        if any(self._buffers):
            self._count("truncated_dns_stream")
