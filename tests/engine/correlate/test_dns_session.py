"""Questions matched with answers over UDP, TCP, mDNS, LLMNR and NBNS."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netscope.engine.correlate import dns_session
from netscope.engine.correlate.dns_session import DnsDatagramSession, DnsStreamSession, DnsTransactions
from netscope.engine.correlate.session import DONE, DONE_DIRECTION, WANT
from netscope.model.dns import MdnsAnnouncement
from netscope.model.flow import DOWN, UP, Flow
from netscope.model.records import DnsQuery
from tests.engine.parse import naming_samples as samples
from tests.engine.parse.naming_samples import message, pointer, question, record

MS = 1_000_000
A_QUERY = message([question("WWW.example.com")], flags=0x0100, transaction_id=7)
A_ANSWER = message([question("www.example.com")], [record(pointer(12), 1, samples.IP)], transaction_id=7)
NXDOMAIN = message([question("www.example.com")], flags=0x8183, transaction_id=7)


class Heard:
    """What sessions emit and count; each record once, as a database would keep it."""

    def __init__(self) -> None:
        self.records: list[object] = []
        self.counts: Counter[str] = Counter()
        self.emissions = 0

    def emit(self, record: object) -> None:
        self.emissions += 1
        if not any(record is known for known in self.records):
            self.records.append(record)

    def count(self, slug: str) -> None:
        self.counts[slug] += 1

    @property
    def queries(self) -> list[DnsQuery]:
        return [record for record in self.records if isinstance(record, DnsQuery)]

    @property
    def announcements(self) -> list[MdnsAnnouncement]:
        return [record for record in self.records if isinstance(record, MdnsAnnouncement)]


@pytest.fixture
def heard() -> Heard:
    return Heard()


def flow(server_port: int = 53, client_port: int = 40000, client: str = "192.0.2.7", server: str = "192.0.2.1") -> Flow:
    protocol = "udp"
    return Flow(1, client, client_port, server, server_port, protocol, None, samples.MAC_TEXT, "02:00:00:00:00:01", 0)


def udp(heard: Heard, of: Flow | None = None) -> DnsDatagramSession:
    return DnsDatagramSession(of or flow(), heard.emit, heard.count)


def test_question_is_a_row_at_once(heard: Heard) -> None:
    session = udp(heard)
    assert session.datagram(UP, A_QUERY, 5 * MS) == WANT
    (query,) = heard.queries
    assert (query.client_ip, query.server_ip, query.transport) == ("192.0.2.7", "192.0.2.1", "udp")
    assert (query.timestamp_ns, query.transaction_id) == (5 * MS, 7)
    assert (query.query_name, query.query_type) == ("WWW.example.com", "A")
    assert (query.rcode, query.answers, query.response_time_us) == (None, (), None)


def test_answer_completes_the_same_row(heard: Heard) -> None:
    session = udp(heard)
    session.datagram(UP, A_QUERY, 5 * MS)
    session.datagram(DOWN, A_ANSWER, 17 * MS)
    (query,) = heard.queries
    assert (query.rcode, query.response_time_us) == ("NOERROR", 12_000)
    assert [answer.data for answer in query.answers] == ["192.0.2.7"]
    assert heard.emissions == 2


def test_flow_is_named_by_what_it_holds(heard: Heard) -> None:
    of = flow()
    session = udp(heard, of)
    session.datagram(UP, b"not dns", 0)
    assert of.app_protocol is None
    session.datagram(UP, A_QUERY, 0)
    assert (of.app_protocol, of.app_protocol_source) == ("dns", "content")


def test_each_question_of_a_message_is_a_row(heard: Heard) -> None:
    session = udp(heard)
    both = [question("a.example"), question("a.example", samples.AAAA)]
    session.datagram(UP, message(both, flags=0x0100), 0)
    session.datagram(DOWN, message(both, [record(pointer(12), 1, samples.IP)]), MS)
    assert [(query.query_type, query.rcode, len(query.answers)) for query in heard.queries] == [
        ("A", "NOERROR", 1),
        ("AAAA", "NOERROR", 1),
    ]


def test_retransmission_is_a_row_of_its_own_and_the_first_is_answered_first(heard: Heard) -> None:
    session = udp(heard)
    session.datagram(UP, A_QUERY, 0)
    session.datagram(UP, A_QUERY, 1000 * MS)
    session.datagram(DOWN, A_ANSWER, 1010 * MS)
    assert [query.rcode for query in heard.queries] == ["NOERROR", None]
    session.datagram(DOWN, NXDOMAIN, 1020 * MS)
    assert [query.rcode for query in heard.queries] == ["NOERROR", "NXDOMAIN"]
    assert [query.response_time_us for query in heard.queries] == [1_010_000, 20_000]


def test_repeated_answer_is_counted_not_kept(heard: Heard) -> None:
    session = udp(heard)
    for direction, data in ((UP, A_QUERY), (DOWN, A_ANSWER), (DOWN, A_ANSWER)):
        session.datagram(direction, data, 0)
    assert [query.rcode for query in heard.queries] == ["NOERROR"]
    assert heard.counts == {"dns_answer_repeated": 1}


def test_second_answer_that_says_something_else_is_a_row(heard: Heard) -> None:
    session = udp(heard)
    for direction, data in ((UP, A_QUERY), (DOWN, A_ANSWER), (DOWN, NXDOMAIN)):
        session.datagram(direction, data, 0)
    assert [query.rcode for query in heard.queries] == ["NOERROR", "NXDOMAIN"]
    assert heard.counts == {}


def test_answer_without_a_question_seen_is_a_row(heard: Heard) -> None:
    udp(heard).datagram(DOWN, A_ANSWER, 3 * MS)
    (query,) = heard.queries
    assert (query.client_ip, query.server_ip, query.query_name) == ("192.0.2.7", "192.0.2.1", "www.example.com")
    assert (query.rcode, len(query.answers), query.response_time_us) == ("NOERROR", 1, None)


def test_roles_follow_the_message_where_the_flow_began_with_the_answer(heard: Heard) -> None:
    turned = flow(server_port=40000, client_port=53, client="192.0.2.1", server="192.0.2.7")
    session = udp(heard, turned)
    session.datagram(UP, A_ANSWER, 0)
    session.datagram(DOWN, message([question("b.example")], flags=0x0100, transaction_id=8), MS)
    session.datagram(UP, message([question("b.example")], flags=0x8183, transaction_id=8), 2 * MS)
    assert [(query.client_ip, query.server_ip) for query in heard.queries] == [("192.0.2.7", "192.0.2.1")] * 2
    assert [query.rcode for query in heard.queries] == ["NOERROR", "NXDOMAIN"]


@pytest.mark.parametrize(
    "other",
    [
        message([question("www.example.com")], transaction_id=8),
        message([question("other.example.com")], transaction_id=7),
        message([question("www.example.com", samples.AAAA)], transaction_id=7),
    ],
)
def test_answer_to_something_else_is_not_mixed_in(other: bytes, heard: Heard) -> None:
    session = udp(heard)
    session.datagram(UP, A_QUERY, 0)
    session.datagram(DOWN, other, MS)
    assert [query.rcode for query in heard.queries] == [None, "NOERROR"]


def test_late_answer_is_not_one(heard: Heard) -> None:
    session = udp(heard)
    session.datagram(UP, A_QUERY, 0)
    session.datagram(DOWN, A_ANSWER, dns_session.MAX_ANSWER_AGE_NS + 1)
    assert [query.rcode for query in heard.queries] == [None, "NOERROR"]


def test_shared_transactions_keep_servers_and_ports_apart(heard: Heard) -> None:
    shared = DnsTransactions(heard.emit, heard.count)
    flows = [flow(), flow(client_port=40001), flow(server="198.51.100.1"), flow(client="192.0.2.8")]
    sessions = [DnsDatagramSession(of, heard.emit, heard.count, shared) for of in flows]
    for session in sessions:
        session.datagram(UP, A_QUERY, 0)
    sessions[2].datagram(DOWN, A_ANSWER, MS)
    assert [query.rcode for query in heard.queries] == [None, None, "NOERROR", None]


def test_pending_table_is_bounded(heard: Heard) -> None:
    shared = DnsTransactions(heard.emit, heard.count, max_pending=3)
    session = DnsDatagramSession(flow(), heard.emit, heard.count, shared)
    for transaction_id in range(5):
        session.datagram(UP, message([question("a.example")], flags=0x0100, transaction_id=transaction_id), 0)
    assert (len(shared), heard.counts["dns_transactions_full"]) == (3, 2)
    session.datagram(DOWN, message([question("a.example")], transaction_id=0), MS)
    session.datagram(DOWN, message([question("a.example")], transaction_id=4), MS)
    assert [query.response_time_us for query in heard.queries] == [None, None, None, None, 1000, None]


def test_retransmissions_kept_for_one_id_are_bounded(heard: Heard) -> None:
    session = udp(heard)
    for _ in range(dns_session.MAX_QUESTIONS * 3):
        session.datagram(UP, A_QUERY, 0)
    assert len(heard.queries) == dns_session.MAX_QUESTIONS * 3
    session.datagram(DOWN, A_ANSWER, MS)
    assert heard.queries[dns_session.MAX_QUESTIONS * 2].rcode == "NOERROR"


def test_message_of_very_many_questions(heard: Heard) -> None:
    udp(heard).datagram(UP, message([question("a.b")] * 200, flags=0x0100), 0)
    assert len(heard.queries) == dns_session.MAX_QUESTIONS
    assert heard.counts == {"dns_too_many_questions": 1}


def test_unreadable_messages_are_counted_and_end_a_flow(heard: Heard) -> None:
    session = udp(heard)
    codes = [session.datagram(UP, b"\0" * 5, 0) for _ in range(dns_session.MAX_FAILURES)]
    assert codes == [WANT] * (dns_session.MAX_FAILURES - 1) + [DONE]
    assert heard.counts == {"truncated_dns": dns_session.MAX_FAILURES}


def test_problems_of_a_message_are_counted(heard: Heard) -> None:
    udp(heard).datagram(DOWN, samples.RESPONSE[:-20], 0)
    assert heard.counts == {"truncated_dns_record": 1}


def test_mdns_question_waits_for_no_answer(heard: Heard) -> None:
    of = flow(5353, 5353, server="224.0.0.251")
    session = udp(heard, of)
    session.datagram(UP, message([question("_ipp._tcp.local", samples.PTR)], flags=0, transaction_id=0), 0)
    session.datagram(UP, samples.MDNS_RESPONSE, MS)
    (query,) = heard.queries
    assert (query.transport, query.server_ip, query.rcode) == ("mdns", "224.0.0.251", None)
    assert of.app_protocol == "mdns"


def test_mdns_response_is_handed_on_with_its_sender(heard: Heard) -> None:
    session = udp(heard, flow(5353, 5353, server="224.0.0.251"))
    session.datagram(UP, samples.MDNS_RESPONSE, MS)
    (announced,) = heard.announcements
    assert (announced.sender_ip, announced.sender_mac) == ("192.0.2.7", samples.MAC_TEXT)
    assert (announced.transport, announced.timestamp_ns) == ("mdns", MS)
    assert len(announced.message.answers) == 3
    assert heard.queries == []


def test_unicast_server_announces_nothing(heard: Heard) -> None:
    udp(heard).datagram(DOWN, A_ANSWER, 0)
    assert heard.announcements == []


def test_llmnr_answer_from_another_address_finds_its_question(heard: Heard) -> None:
    shared = DnsTransactions(heard.emit, heard.count)
    asked = flow(5355, 50000, server="224.0.0.252")
    answered = flow(50000, 5355, client="192.0.2.9", server="192.0.2.7")
    DnsDatagramSession(asked, heard.emit, heard.count, shared).datagram(
        UP, message([question("nas")], flags=0, transaction_id=9), 0
    )
    DnsDatagramSession(answered, heard.emit, heard.count, shared).datagram(
        UP, message([question("nas")], [record(pointer(12), 1, samples.IP)], flags=0x8000, transaction_id=9), MS
    )
    (query,) = heard.queries
    assert (query.transport, query.rcode, query.client_ip) == ("llmnr", "NOERROR", "192.0.2.7")
    assert [(one.sender_ip, one.transport) for one in heard.announcements] == [("192.0.2.9", "llmnr")]


def test_nbns_answer_without_question_section(heard: Heard) -> None:
    shared = DnsTransactions(heard.emit, heard.count)
    asked = flow(137, 137, server="192.0.2.255")
    answered = flow(137, 137, client="192.0.2.9", server="192.0.2.7")
    DnsDatagramSession(asked, heard.emit, heard.count, shared).datagram(UP, samples.NBNS_QUERY, 0)
    DnsDatagramSession(answered, heard.emit, heard.count, shared).datagram(UP, samples.NBNS_RESPONSE, 2 * MS)
    (query,) = heard.queries
    assert (query.query_name, query.query_type, query.rcode) == ("FILESERVER<20>", "NB", "NOERROR")
    assert (query.response_time_us, query.answers[0].data) == (2000, "192.0.2.7 unique")
    assert asked.app_protocol == "nbns"


def test_nbns_answer_alone_takes_its_name_from_the_answer(heard: Heard) -> None:
    udp(heard, flow(137, 137)).datagram(DOWN, samples.NBNS_STATUS, 0)
    assert [(query.query_name, query.query_type) for query in heard.queries] == [("*<00>", "NBSTAT")]


def test_nbns_registration_is_an_announcement(heard: Heard) -> None:
    udp(heard, flow(137, 137, server="192.0.2.255")).datagram(UP, samples.NBNS_REGISTRATION, 0)
    assert heard.queries == []
    assert heard.announcements[0].message.additionals[0].data == "192.0.2.7 group"


def framed(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


STREAM_UP = framed(A_QUERY) + framed(message([question("b.example")], flags=0x0100, transaction_id=8))
STREAM_DOWN = framed(message([question("b.example")], flags=0x8182, transaction_id=8)) + framed(A_ANSWER)


def stream(heard: Heard) -> DnsStreamSession:
    return DnsStreamSession(flow(), heard.emit, heard.count)


def test_stream_with_answers_out_of_order(heard: Heard) -> None:
    """RFC 7766, section 7."""
    session = stream(heard)
    session.feed(UP, STREAM_UP, 0)
    session.feed(DOWN, STREAM_DOWN, MS)
    session.close(2 * MS)
    assert [(query.transport, query.rcode) for query in heard.queries] == [("tcp", "NOERROR"), ("tcp", "SERVFAIL")]
    assert heard.counts == {}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1))
def test_stream_in_pieces_gives_the_same(sizes: list[int]) -> None:
    heard = Heard()
    session = stream(heard)
    for direction, data in ((UP, STREAM_UP), (DOWN, STREAM_DOWN)):
        position = 0
        while position < len(data):
            size = sizes[position % len(sizes)]
            assert session.feed(direction, data[position : position + size], 0) == WANT
            position += size
    assert [query.rcode for query in heard.queries] == ["NOERROR", "SERVFAIL"]


def test_zone_transfer_goes_on_without_questions(heard: Heard) -> None:
    """RFC 5936, section 2.2.1: later messages need no question."""
    session = stream(heard)
    session.feed(UP, framed(message([question("example.com", 252)], flags=0)), 0)
    first = message([question("example.com", 252)], [record(pointer(12), 1, samples.IP)])
    later = message(answers=[record(samples.name("a.example.com"), 1, samples.IP)] * 5)
    session.feed(DOWN, framed(first) + framed(later), MS)
    (query,) = heard.queries
    assert (query.query_type, len(query.answers)) == ("AXFR", 1)


def test_gap_ends_a_direction(heard: Heard) -> None:
    session = stream(heard)
    session.feed(UP, STREAM_UP[:5], 0)
    assert session.gap(UP, 100, 0) == DONE_DIRECTION
    assert session.feed(DOWN, STREAM_DOWN, MS) == WANT
    session.close(MS)
    assert heard.counts == {"dns_stream_gap": 1}


def test_stream_that_is_cut_says_so(heard: Heard) -> None:
    session = stream(heard)
    session.feed(UP, STREAM_UP[:-1], 0)
    session.close(0)
    assert heard.counts == {"truncated_dns_stream": 1}


def test_stream_of_something_else_is_left_alone(heard: Heard) -> None:
    session = stream(heard)
    assert session.feed(UP, framed(b"junk") * dns_session.MAX_FAILURES, 0) == DONE
    assert heard.counts == {"truncated_dns": dns_session.MAX_FAILURES}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from((UP, DOWN)), st.binary(max_size=80)), max_size=20),
    st.sampled_from((53, 5353, 137)),
)
def test_sessions_never_raise_on_wire_bytes(pieces: list[tuple[int, bytes]], port: int) -> None:
    heard = Heard()
    sessions = udp(heard, flow(port)), stream(heard)
    for direction, data in pieces:
        assert sessions[0].datagram(direction, data, 0) in (WANT, DONE)
        assert sessions[1].feed(direction, data, 0) in (WANT, DONE)
    for session in sessions:
        session.close(0)
