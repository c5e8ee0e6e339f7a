"""DNS messages: RFC vectors, every record type's presentation form, hostile compression, and real captures."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from netscope.engine.parse import dns
from netscope.engine.parse.dns_name import escape_label, plain_name, read_name, split_labels, unescape
from netscope.engine.parse.dns_rdata import unquote
from netscope.model.dns import DnsQuestion, DnsRecord
from netscope.model.errors import Incomplete, ParseError
from tests.engine.parse import naming_samples as samples
from tests.engine.parse.naming_captures import dns_agreement
from tests.engine.parse.naming_samples import message, name, pointer, question, record
from tests.speed import least_s


def rdata(kind: int, data: bytes) -> str:
    parsed = dns.parse_message(message([question("example.com", kind)], [record(pointer(12), kind, data)]))
    assert parsed.problems == ()
    return parsed.answers[0].data


def test_query() -> None:
    parsed = dns.parse_message(samples.QUERY)
    assert parsed.transaction_id == 0x1234
    assert (parsed.is_response, parsed.opcode, parsed.authoritative, parsed.truncated) == (False, 0, False, False)
    assert parsed.questions == (DnsQuestion("www.example.com", "A", 1, False),)
    assert (parsed.answers, parsed.edns_udp_size) == ((), None)


def test_response_with_compression_and_edns() -> None:
    parsed = dns.parse_message(samples.RESPONSE)
    assert (parsed.rcode, parsed.edns_udp_size, parsed.problems) == ("NOERROR", 1232, ())
    assert parsed.answers == (
        DnsRecord("www.example.com", "CNAME", 1, 300, "cdn.example.com", False),
        DnsRecord("cdn.example.com", "A", 1, 300, "192.0.2.7", False),
        DnsRecord("cdn.example.com", "AAAA", 1, 300, "2001:db8::7", False),
    )
    assert parsed.authorities == (DnsRecord("example.com", "NS", 1, 300, "ns.example.com", False),)
    assert parsed.additionals == ()


def test_compression_of_rfc_1035() -> None:
    """RFC 1035, section 4.1.4: F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA and the root."""
    data = bytearray(100)
    data[20:32] = b"\1F\3ISI\4ARPA\0"
    data[40:46] = b"\3FOO" + pointer(20)
    data[64:66] = pointer(26)
    names: dict[int, str] = {}
    read = [read_name(bytes(data), offset, names) for offset in (20, 40, 64, 92)]
    assert read == [("F.ISI.ARPA", 32), ("FOO.F.ISI.ARPA", 46), ("ARPA", 66), (".", 93)]


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        (samples.MX, b"\0\x0a\4mail" + pointer(12), "10 mail.example.com"),
        (
            samples.SOA,
            name("ns.icann.org") + name("noc.dns.icann.org") + struct.pack("!5I", 2022091386, 7200, 3600, 1209600, 60),
            "ns.icann.org noc.dns.icann.org 2022091386 7200 3600 1209600 60",
        ),
        (samples.TXT, b"\x0bv=spf1 -all\0\3\"\\\xc3", r'"v=spf1 -all" "" "\"\\\195"'),
        (samples.SRV, struct.pack("!HHH", 10, 60, 5060) + name("big.example.com"), "10 60 5060 big.example.com"),
        (samples.CAA, b"\x80\5issueca.example.net; policy=ev", '128 issue "ca.example.net; policy=ev"'),
        (samples.HINFO, b"\4ARM6\5LINUX", '"ARM6" "LINUX"'),
        (
            samples.NAPTR,
            struct.pack("!HH", 100, 50) + b"\1s\x10http+N2L+N2C+N2R\0" + name("www.example.com"),
            '100 50 "s" "http+N2L+N2C+N2R" "" www.example.com',
        ),
        (samples.URI, struct.pack("!HH", 10, 1) + b"ftp://ftp1.example.com/public", '10 1 "ftp://ftp1.example.com/public"'),
        (39, name("example.net"), "example.net"),
        (17, name("admin.example.com") + name("."), "admin.example.com ."),
        (108, bytes.fromhex("00005e00532a"), "00-00-5e-00-53-2a"),
        (51, b"\1\0\0\x0c\0", "1 0 12 -"),
        (62, struct.pack("!IH", 66, 3) + bytes.fromhex("000460000008"), "66 3 A NS AAAA"),
        (samples.SSHFP, b"\2\1\x12\x34", "2 1 1234"),
        (samples.TLSA, b"\3\1\1\xd2\xab", "3 1 1 d2ab"),
        (65400, b"\1\2\3", r"\# 3 010203"),
        (10, b"", r"\# 0"),
        (29, bytes(16), r"\# 16 00000000000000000000000000000000"),
    ],
)  # fmt: skip
def test_presentation_form(kind: int, data: bytes, text: str) -> None:
    assert rdata(kind, data) == text


def test_unknown_type_has_its_number() -> None:
    parsed = dns.parse_message(message([question("example.com", 65400)], [record(pointer(12), 65400, b"\1")]))
    assert (parsed.questions[0].type, parsed.answers[0].type) == ("TYPE65400", "TYPE65400")


def test_delegation_signer_of_rfc_4034() -> None:
    """RFC 4034, section 5.4."""
    digest = "2bb183af5f22588179a53b0a98631fad1a292118"
    assert rdata(samples.DS, struct.pack("!HBB", 60485, 5, 1) + bytes.fromhex(digest)) == f"60485 5 1 {digest}"


def test_next_secure_of_rfc_4034() -> None:
    """RFC 4034, section 4.3: alfa.example.com. NSEC host.example.com. ( A MX RRSIG NSEC TYPE1234 )."""
    bitmap = bytes.fromhex("0006400100000003041b") + bytes(26) + b"\x20"
    assert rdata(samples.NSEC, name("host.example.com") + bitmap) == "host.example.com A MX RRSIG NSEC TYPE1234"


def test_signature_of_rfc_4034() -> None:
    """RFC 4034, section 3.3, without its long signature."""
    data = struct.pack("!HBBIIIH", 1, 5, 3, 86400, 1048354263, 1045762263, 2642) + name("example.com") + b"\xa0\x90"
    assert rdata(samples.RRSIG, data) == "A 5 3 86400 20030322173103 20030220173103 2642 example.com oJA="


def test_next_secure3_of_rfc_5155() -> None:
    """RFC 5155, appendix A: 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG."""
    following = bytes.fromhex("174eb2409fe28bcb4887a1836f957f0a8425e27b")
    data = b"\1\1\0\x0c\4\xaa\xbb\xcc\xdd\x14" + following + bytes.fromhex("000722010000000290")
    expected = "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX RRSIG DNSKEY NSEC3PARAM"
    assert rdata(samples.NSEC3, data) == expected


@pytest.mark.parametrize(
    ("hexadecimal", "text"),
    [
        ("000003666f6f076578616d706c6503636f6d00", "0 foo.example.com"),
        ("000100", "1 ."),
        ("001003666f6f076578616d706c6503636f6d00000300020035", "16 foo.example.com port=53"),
        ("000103666f6f076578616d706c6503636f6d00029b000568656c6c6f", '1 foo.example.com key667="hello"'),
        (
            "000103666f6f076578616d706c6503636f6d00029b000968656c6c6fd2716f6f",
            r'1 foo.example.com key667="hello\210qoo"',
        ),
        (
            "000103666f6f076578616d706c6503636f6d0000060020"
            "20010db800000000000000000000000120010db8000000000000000000530001",
            "1 foo.example.com ipv6hint=2001:db8::1,2001:db8::53:1",
        ),
        (
            "001003666f6f076578616d706c65036f7267000000000400010004000100090268320568332d31390004 0004c0000201",
            "16 foo.example.org mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" ipv4hint=192.0.2.1",
        ),
        (
            "001003666f6f076578616d706c65036f726700 0001000c08665c6f6f2c6261720 26832",
            r'16 foo.example.org alpn="f\\\\oo\\,bar,h2"',
        ),
        ("0001000002000000050004fe0d0001", "1 . no-default-alpn ech=/g0AAQ=="),
    ],
)  # fmt: skip
def test_service_bindings_of_rfc_9460(hexadecimal: str, text: str) -> None:
    """RFC 9460, appendix D.2, and two forms browsers see."""
    assert rdata(samples.SVCB, bytes.fromhex(hexadecimal.replace(" ", ""))) == text
    assert rdata(samples.HTTPS, bytes.fromhex(hexadecimal.replace(" ", ""))) == text


def test_all_records_of_one_message_stand() -> None:
    parsed = dns.parse_message(samples.RECORDS)
    assert (len(parsed.answers), parsed.problems) == (17, ())
    assert not [answer for answer in parsed.answers[:-1] if answer.data.startswith("\\#")]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (samples.A, b"\1\2\3"),
        (samples.AAAA, bytes(15)),
        (samples.CNAME, name("x.example") + b"extra"),
        (samples.CNAME, pointer(0x3FF)),
        (samples.MX, b"\0"),
        (samples.SOA, name("ns.example") + name("root.example") + bytes(19)),
        (samples.SRV, bytes(5)),
        (samples.TXT, b"\5four"),
        (samples.CAA, b"\0\x20issue"),
        (samples.HTTPS, b"\0\1\0\0\1\0\x08\2h2"),
        (samples.HTTPS, b"\0\1\5host"),
        (samples.NAPTR, bytes(7) + b"\5host"),
        (samples.NSEC, name("a.example") + b"\0\x21" + bytes(33)),
        (samples.NSEC, name("a.example") + b"\0\x20" + b"\xff" * 32),
        (samples.DS, bytes(4)),
        (samples.RRSIG, bytes(17)),
        (samples.NSEC3, b"\1\1\0\x0c\xff"),
    ],
)
def test_broken_rdata_costs_only_its_form(kind: int, data: bytes) -> None:
    parsed = dns.parse_message(
        message(
            [question("example.com")], [record(pointer(12), kind, data), record(pointer(12), samples.A, samples.IP)]
        )
    )
    assert parsed.problems == ("malformed_dns_rdata",)
    assert [answer.data for answer in parsed.answers] == [f"\\# {len(data)} {data.hex()}", "192.0.2.7"]


def test_record_with_a_forward_pointer_is_left_out() -> None:
    parsed = dns.parse_message(
        message(
            [question("example.com")],
            [record(pointer(60), samples.A, samples.IP), record(pointer(12), samples.A, samples.IP)],
        )
    )
    assert parsed.problems == ("malformed_dns_name",)
    assert [answer.name for answer in parsed.answers] == ["example.com"]


def test_cut_record_keeps_what_came_before() -> None:
    parsed = dns.parse_message(samples.RESPONSE[:-20])
    assert parsed.problems == ("truncated_dns_record",)
    assert [answer.type for answer in parsed.answers] == ["CNAME", "A", "AAAA"]


@pytest.mark.parametrize("length", range(12))
def test_cut_header_is_incomplete(length: int) -> None:
    with pytest.raises(Incomplete) as caught:
        dns.parse_message(samples.QUERY[:length])
    assert caught.value.slug == "truncated_dns"


@pytest.mark.parametrize(
    "broken",
    [
        pointer(12),  # itself
        pointer(14),  # forward
        b"\1a" + pointer(12),  # a loop
        b"\x40",  # extended label type (RFC 6891, section 5)
        b"\x80",
        b"\1a" * 128 + b"\0",  # 257 bytes
        (b"\x3f" + b"a" * 63) * 4 + b"\0",
    ],
)
def test_question_nobody_can_read_is_malformed(broken: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        dns.parse_message(message([broken + struct.pack("!HH", 1, 1)]) + bytes(16))
    assert caught.value.slug == "malformed_dns_name"


def test_longest_name_is_read() -> None:
    longest = (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\0"
    assert len(longest) == 255
    parsed = dns.parse_message(message([longest + struct.pack("!HH", 1, 1)]))
    assert len(parsed.questions[0].name) == 253


def test_longest_name_of_bytes_to_escape_is_read() -> None:
    longest = (b"\x3f" + b"\xff" * 63) * 3 + b"\x3d" + b"\xff" * 61 + b"\0"
    assert len(dns.parse_message(message([longest + struct.pack("!HH", 1, 1)])).questions[0].name) == 4 * 250 + 3


def test_several_questions_and_a_broken_one() -> None:
    questions = [question("a.example"), question("b.example", samples.AAAA), b"\x40"]
    parsed = dns.parse_message(message(questions, flags=0x0100) + bytes(8))
    assert [(asked.name, asked.type) for asked in parsed.questions] == [("a.example", "A"), ("b.example", "AAAA")]
    assert parsed.problems == ("malformed_dns_name",)


def test_multicast_bits_are_split_off_the_class() -> None:
    parsed = dns.parse_message(message([question("printer.local", 255, 0x8001)], flags=0))
    assert parsed.questions == (DnsQuestion("printer.local", "ANY", 1, True),)
    announced = dns.parse_message(samples.MDNS_RESPONSE).answers
    assert [(answer.dns_class, answer.cache_flush) for answer in announced] == [(1, False), (1, True), (1, True)]
    assert announced[0].data == r"Kitchen\032Prin\.r._ipp._tcp.local"
    assert announced[2].data == "printer.local A AAAA"


def test_update_sections() -> None:
    """RFC 2136, section 2: zone, prerequisite, update."""
    parsed = dns.parse_message(samples.UPDATE)
    assert (parsed.opcode, parsed.questions[0].type, parsed.problems) == (5, "SOA", ())
    assert [(one.type, one.dns_class, one.data) for one in parsed.answers] == [("CNAME", 254, r"\# 0")]
    assert [(one.dns_class, one.data) for one in parsed.authorities] == [(255, r"\# 0"), (1, "192.0.2.7")]


@pytest.mark.parametrize(
    ("flags", "ttl", "rcode"),
    [
        (0x8180, 0x01000000, "BADVERS"),
        (0x8183, 0, "NXDOMAIN"),
        (0x8187, 0x01000000, "BADCOOKIE"),
        (0x818C, 0, "RCODE12"),
    ],
)
def test_extended_rcode(flags: int, ttl: int, rcode: str) -> None:
    """RFC 6891, section 6.1.3."""
    opt = record(b"\0", samples.OPT, b"", ttl=ttl, dns_class=4096)
    parsed = dns.parse_message(message([question("example.com")], additionals=[opt], flags=flags))
    assert (parsed.rcode, parsed.edns_udp_size) == (rcode, 4096)


def test_chain_of_pointers_is_bounded() -> None:
    """Each pointer goes strictly backwards, so no loop rule stops a chain: the count of steps does."""
    chain = b"\1a\0" + b"".join(pointer(max(0, 2 * index + 1) if index else 0) for index in range(1000))
    assert read_name(chain, 3 + 2 * 125, {}) == ("a", 3 + 2 * 126)
    for length in (127, 999):
        with pytest.raises(ParseError):
            read_name(chain, 3 + 2 * length, {})


@pytest.mark.parametrize(
    ("first", "step", "problem"), [(120, 7, "dns_too_many_records"), (7900, -7, "malformed_dns_name")]
)
def test_hostile_message_of_64_kilobytes_ends_within_its_law(first: int, step: int, problem: str) -> None:
    """Every record's name starts down a long chain of pointers; 10 ms is the law, thrice that the noise allowed."""
    links = b"".join(pointer(max(23, 24 + 2 * (index - 1))) for index in range(8000))
    chain = record(b"\0", 10, b"\0" + links)
    hostile = [record(pointer(24 + 2 * (first + step * index)), samples.A, samples.IP) for index in range(1100)]
    data = message(answers=[chain, *hostile])
    assert problem in dns.parse_message(data).problems
    assert least_s(lambda: dns.parse_message(data)) < 0.03


def test_more_records_than_are_read() -> None:
    parsed = dns.parse_message(message([question("example.com")], [record(pointer(12), 1, samples.IP)] * 2000))
    assert (len(parsed.answers), parsed.problems) == (dns.MAX_RECORDS - 1, ("dns_too_many_records",))


def test_stream_framing() -> None:
    """RFC 1035, section 4.2.2."""
    framed = b"".join(len(one).to_bytes(2, "big") + one for one in (samples.QUERY, samples.RESPONSE))
    assert dns.parse_tcp_stream(framed) == ([samples.QUERY, samples.RESPONSE], len(framed))
    assert dns.parse_tcp_stream(framed[:-1]) == ([samples.QUERY], 2 + len(samples.QUERY))
    assert dns.parse_tcp_stream(b"\0") == ([], 0)


@pytest.mark.parametrize("sample", [samples.QUERY, samples.RESPONSE, samples.MDNS_RESPONSE, samples.UPDATE])
def test_messages_are_plausible(sample: bytes) -> None:
    assert dns.is_plausible(sample)
    assert dns.is_plausible_stream(len(sample).to_bytes(2, "big") + sample)


@pytest.mark.parametrize(
    "other",
    [
        b"",
        bytes(64),
        b"\xff" * 64,
        b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
        samples.DHCP_DISCOVER,
        b"\x16\3\1" + bytes(60),
    ],
)
def test_other_protocols_are_not_plausible(other: bytes) -> None:
    assert not dns.is_plausible(other)
    assert not dns.is_plausible_stream(other)


def test_names_for_people() -> None:
    assert plain_name(r"Wohnzimmer\032K\195\188che.local") == "Wohnzimmer Küche.local"
    assert plain_name(r"caf\233.local") == "café.local"
    assert split_labels(r"Kitchen\032Prin\.r._ipp._tcp.local") == ["Kitchen Prin.r", "_ipp", "_tcp", "local"]
    assert (split_labels("."), split_labels("a.b")) == ([], ["a", "b"])


def test_escapes_are_undone() -> None:
    label = bytes(range(256))
    assert unescape(escape_label(label)) == label


@pytest.mark.parametrize(
    "parts", [[b""], [b"model=J1", b"a=b c"], [b'"', b'" "', b"\\", b"\\\\" * 3], [bytes(range(255))]]
)
def test_text_strings_come_back(parts: list[bytes]) -> None:
    assert unquote(rdata(samples.TXT, b"".join(bytes((len(part),)) + part for part in parts))) == parts


def test_agrees_with_tshark_on_real_captures(captures_dir: Path, truth_dir: Path) -> None:
    """Questions and the number of records of each section, over every UDP datagram of ports 53, 5353 and 5355.

    Left out: what tshark calls malformed, and a capture of fuzzed packets.
    """
    agreement = dns_agreement(captures_dir, truth_dir)
    assert agreement.compared > 4000
    assert agreement.share >= 0.995, agreement.differences[:20]


def test_question_with_a_name_too_long_costs_neither_the_others_nor_the_answers() -> None:
    first = b"\x01a\x02xy\x00\x00\x01\x00\x01"
    too_long = (b"\x3f" + b"b" * 63) * 5 + b"\x00\x00\x01\x00\x01"
    answer = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x09\x00\x04\xc0\x00\x02\x01"
    message = dns.parse_message(b"\x00\x01\x81\x80\x00\x02\x00\x01\x00\x00\x00\x00" + first + too_long + answer)
    assert [question.name for question in message.questions] == ["a.xy"]
    assert [(record.name, record.data) for record in message.answers] == [("a.xy", "192.0.2.1")]
    assert message.problems == ("malformed_dns_name",)
