"""Group membership (RFC 1112, 2236, 3376, 2710, 3810)."""

from __future__ import annotations

import pytest

from netscope.engine.parse import igmp
from netscope.model.errors import Incomplete, ParseError
from netscope.model.link import GroupReport
from tests.engine.parse import naming_samples as samples

SSDP = bytes((239, 255, 255, 250))


@pytest.mark.parametrize(
    ("kind", "group", "report"),
    [
        (0x11, bytes(4), GroupReport("query", ())),
        (0x11, SSDP, GroupReport("query", ("239.255.255.250",))),
        (0x12, SSDP, GroupReport("report", ("239.255.255.250",))),
        (0x16, SSDP, GroupReport("report", ("239.255.255.250",))),
        (0x17, SSDP, GroupReport("leave", ("239.255.255.250",))),
    ],
)
def test_versions_1_and_2(kind: int, group: bytes, report: GroupReport) -> None:
    assert igmp.parse(bytes((kind, 0, 0, 0)) + group) == (report,)


def test_version_3_query_is_longer() -> None:
    assert igmp.parse(b"\x11\x64\0\0" + bytes(4) + b"\2\x7d\0\0") == (GroupReport("query", ()),)


def test_version_3_report_joins_and_leaves() -> None:
    """The last record includes one source: a membership, behind which auxiliary data is left out."""
    assert igmp.parse(samples.IGMP_V3_REPORT) == (
        GroupReport("report", ("224.0.0.251", "232.1.1.1")),
        GroupReport("leave", ("239.1.1.1",)),
    )


def test_empty_report() -> None:
    assert igmp.parse(b"\x22" + bytes(7)) == ()


@pytest.mark.parametrize("length", [0, 1, 7, 12, len(samples.IGMP_V3_REPORT) - 5])
def test_cut_is_incomplete(length: int) -> None:
    with pytest.raises(Incomplete):
        igmp.parse(samples.IGMP_V3_REPORT[:length])


@pytest.mark.parametrize("count", [igmp.MAX_GROUP_RECORDS + 1, 65535])
def test_too_many_records_are_refused(count: int) -> None:
    with pytest.raises(ParseError) as caught:
        igmp.parse(b"\x22" + bytes(5) + count.to_bytes(2, "big") + bytes(65535))
    assert caught.value.slug == "malformed_igmp"


def test_mld() -> None:
    group = bytes.fromhex("ff0200000000000000000000000000fb")
    assert igmp.parse_mld(b"\x82" + bytes(23)) == (GroupReport("query", ()),)
    assert igmp.parse_mld(b"\x83" + bytes(7) + group) == (GroupReport("report", ("ff02::fb",)),)
    assert igmp.parse_mld(samples.MLD_V1_DONE) == (GroupReport("leave", ("ff02::fb",)),)
    assert igmp.parse_mld(samples.MLD_V2_REPORT) == (GroupReport("report", ("ff02::fb",)),)


@pytest.mark.parametrize(("parse", "slug"), [(igmp.parse, "unknown_igmp"), (igmp.parse_mld, "unknown_mld")])
def test_other_types_are_named_so(parse, slug: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ParseError) as caught:
        parse(b"\x99" + bytes(40))
    assert caught.value.slug == slug
