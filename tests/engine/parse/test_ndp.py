"""Neighbour discovery (RFC 4861, 8106)."""

from __future__ import annotations

import pytest

from netscope.engine.parse import ndp
from netscope.model.errors import Incomplete, ParseError
from netscope.model.link import NdpMessage, RaPrefix
from tests.engine.parse import naming_samples as samples


def expected(kind: str, **fields: object) -> NdpMessage:
    message = NdpMessage(kind, None, samples.MAC_TEXT, False, False, False, None, (), (), None)
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def test_neighbor_solicitation() -> None:
    assert ndp.parse(samples.NDP_SOLICITATION) == expected("neighbor_solicitation", target_ip="2001:db8::7")


def test_neighbor_advertisement_with_all_flags() -> None:
    assert ndp.parse(samples.NDP_ADVERTISEMENT) == expected(
        "neighbor_advertisement", target_ip="2001:db8::7", router=True, solicited=True, override=True
    )


@pytest.mark.parametrize(("flags", "field"), [(0x80, "router"), (0x40, "solicited"), (0x20, "override")])
def test_each_flag_is_its_own(flags: int, field: str) -> None:
    data = samples.NDP_ADVERTISEMENT[:4] + bytes((flags,)) + samples.NDP_ADVERTISEMENT[5:]
    fields = {field: True, "target_ip": "2001:db8::7"}
    assert ndp.parse(data) == expected("neighbor_advertisement", **fields)


def test_router_solicitation() -> None:
    assert ndp.parse(samples.NDP_ROUTER_SOLICITATION) == expected("router_solicitation")


def test_router_advertisement() -> None:
    assert ndp.parse(samples.NDP_ROUTER_ADVERTISEMENT) == expected(
        "router_advertisement",
        router=True,
        router_lifetime_seconds=1800,
        prefixes=(RaPrefix("2001:db8::/64", True, True, 86400, 14400),),
        dns_servers=("2001:db8::7",),
    )


def test_redirect() -> None:
    assert ndp.parse(samples.NDP_REDIRECT) == expected(
        "redirect", target_ip="fe80::c0ff:feee:1", destination_ip="2001:db8::7"
    )


def test_message_without_options() -> None:
    assert ndp.parse(samples.NDP_SOLICITATION[:24]).link_layer_mac is None


@pytest.mark.parametrize(
    ("options", "slug"),
    [
        (b"\1\0" + bytes(6), "malformed_ndp"),  # RFC 4861, section 4.6: length zero
        (b"\x01\x02" + bytes(6), "truncated_ndp"),
        (b"\x0e", "truncated_ndp"),
        (b"\3\1" + bytes(6), "truncated_ndp_prefix"),
        (b"\3\4\x81" + bytes(29), "malformed_ndp_prefix"),
        (b"\x0e\1" + bytes(6), None),
    ],
)
def test_options(options: bytes, slug: str | None) -> None:
    data = samples.NDP_SOLICITATION[:24] + options
    if slug is None:
        assert ndp.parse(data).target_ip == "2001:db8::7"
        return
    with pytest.raises(ParseError) as caught:
        ndp.parse(data)
    assert caught.value.slug == slug


def test_endless_options_are_refused() -> None:
    with pytest.raises(ParseError):
        ndp.parse(samples.NDP_SOLICITATION[:24] + (b"\x0e\1" + bytes(6)) * (ndp.MAX_OPTIONS + 1))


def test_cut_and_other_types() -> None:
    with pytest.raises(Incomplete):
        ndp.parse(samples.NDP_SOLICITATION[:23])
    with pytest.raises(ParseError) as caught:
        ndp.parse(b"\x80" + bytes(40))
    assert caught.value.slug == "not_ndp"
