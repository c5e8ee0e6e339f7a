"""NetBIOS names and messages (RFC 1001, 1002)."""

from __future__ import annotations

import pytest

from netscope.engine.parse import dns, nbns
from netscope.model.dns import DnsQuestion
from tests.engine.parse import naming_samples as samples
from tests.engine.parse.naming_samples import message, record


def test_name_of_rfc_1001() -> None:
    """RFC 1001, section 14.1: "FRED" with its scope; the suffix there is a blank."""
    encoded = "EGFCEFEECACACACACACACACACACACACA.NETBIOS.COM"
    assert nbns.decode_name(encoded) == "FRED<20>.NETBIOS.COM"


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        ("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "*<00>"),
        ("ABACFPFPENFDECFCEPFHFDEFFPFPACAB", "<01><02>__MSBROWSE__<02><01>"),
        ("FHEPFCELEHFCEPFFFACACACACACACABN", "WORKGROUP<1d>"),
        ("www.example.com", "www.example.com"),
        ("fhepfcelehfcepfffacacacacacacabn", "fhepfcelehfcepfffacacacacacacabn"),
        (".", "."),
    ],
)
def test_names(encoded: str, text: str) -> None:
    assert nbns.decode_name(encoded) == text


def test_query() -> None:
    parsed = nbns.parse_message(samples.NBNS_QUERY)
    assert parsed.questions == (DnsQuestion("FILESERVER<20>", "NB", 1, False),)
    assert (parsed.opcode, parsed.is_response) == (nbns.OPCODE_QUERY, False)


def test_response_without_question() -> None:
    parsed = nbns.parse_message(samples.NBNS_RESPONSE)
    assert (parsed.questions, parsed.is_response) == ((), True)
    assert [(one.name, one.type, one.data) for one in parsed.answers] == [("FILESERVER<20>", "NB", "192.0.2.7 unique")]


def test_registration_names_its_owner() -> None:
    parsed = nbns.parse_message(samples.NBNS_REGISTRATION)
    assert parsed.opcode in nbns.CLAIMS
    assert [(one.name, one.data) for one in parsed.additionals] == [("WORKGROUP<00>", "192.0.2.7 group")]


def test_node_status() -> None:
    (answer,) = nbns.parse_message(samples.NBNS_STATUS).answers
    assert (answer.name, answer.type) == ("*<00>", "NBSTAT")
    assert answer.data == f'"ALICE-PC<00>" unique "HOME<00>" group {samples.MAC_TEXT}'


@pytest.mark.parametrize(
    ("kind", "data"), [(32, bytes(5)), (32, bytes(6 * 65)), (33, b"\2" + bytes(20)), (33, b"\xff")]
)
def test_broken_rdata_keeps_the_message(kind: int, data: bytes) -> None:
    parsed = nbns.parse_message(message(answers=[record(samples.netbios_name("A", 0), kind, data)]))
    assert parsed.problems == ("malformed_dns_rdata",)
    assert parsed.answers[0].data == f"\\# {len(data)} {data.hex()}"


def test_plausible() -> None:
    ours = (samples.NBNS_QUERY, samples.NBNS_RESPONSE, samples.NBNS_REGISTRATION, samples.NBNS_STATUS)
    assert all(nbns.is_plausible(sample) for sample in ours)
    assert not any(
        nbns.is_plausible(sample) for sample in (b"", samples.QUERY, samples.RESPONSE, bytes(64), b"\xff" * 64)
    )


def test_dns_reads_the_same_bytes_under_other_names() -> None:
    assert dns.parse_message(samples.NBNS_QUERY).questions[0].type == "NIMLOC"
