"""SSDP: searches, notifications, responses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse.ssdp import looks_like_ssdp, parse_ssdp
from netscope.model.errors import ParseError
from netscope.model.service import SsdpMessage
from tests.engine.parse.plaintext_samples import outcome, ssdp

NOTIFY = ssdp(
    "NOTIFY * HTTP/1.1",
    HOST="239.255.255.250:1900",
    CACHE_CONTROL="max-age = 1800",
    LOCATION="http://192.0.2.9:8060/dial/dd.xml",
    NT="upnp:rootdevice",
    NTS="ssdp:alive",
    SERVER="Roku/12.5 UPnP/1.0 Roku/12.5",
    USN="uuid:29600009-5406::upnp:rootdevice",
)


def test_notify() -> None:
    assert parse_ssdp(NOTIFY) == SsdpMessage(
        kind="NOTIFY",
        target="upnp:rootdevice",
        usn="uuid:29600009-5406::upnp:rootdevice",
        server="Roku/12.5 UPnP/1.0 Roku/12.5",
        user_agent=None,
        location="http://192.0.2.9:8060/dial/dd.xml",
        notification_type="ssdp:alive",
        max_age_s=1800,
    )


def test_search_and_response() -> None:
    search = parse_ssdp(ssdp("M-SEARCH * HTTP/1.1", ST="ssdp:all", MAN='"ssdp:discover"', USER_AGENT="Chrome/120"))
    assert (search.kind, search.target, search.user_agent) == ("M-SEARCH", "ssdp:all", "Chrome/120")
    answer = parse_ssdp(ssdp("HTTP/1.1 200 OK", ST="roku:ecp", Server="Roku", EXT=""))
    assert (answer.kind, answer.target, answer.server, answer.max_age_s) == ("response", "roku:ecp", "Roku", None)


def test_recognised() -> None:
    assert looks_like_ssdp(NOTIFY)
    assert looks_like_ssdp(ssdp("HTTP/1.1 200 OK", ST="x"))
    assert not looks_like_ssdp(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    assert not looks_like_ssdp(b"NOTIFY /event HTTP/1.1\r\n\r\n")


@pytest.mark.parametrize("value", ["max-age=x", "max-age=", "no-cache", "max-age=99999999999"])
def test_max_age_that_is_none(value: str) -> None:
    assert parse_ssdp(ssdp("NOTIFY * HTTP/1.1", CACHE_CONTROL=value)).max_age_s is None


def test_every_truncation() -> None:
    first_line = NOTIFY.index(b"\n") + 1
    for size in range(len(NOTIFY)):
        if size < first_line:
            with pytest.raises(ParseError):
                parse_ssdp(NOTIFY[:size])
        else:
            assert parse_ssdp(NOTIFY[:size]).kind == "NOTIFY"


@given(st.binary(max_size=300))
def test_any_bytes(raw: bytes) -> None:
    for data in (raw, b"NOTIFY * HTTP/1.1\r\n" + raw):
        message, slug = outcome(parse_ssdp, data)
        if message is None:
            assert slug in ("malformed_ssdp", "truncated_ssdp")
        else:
            assert message.kind in ("NOTIFY", "M-SEARCH", "response")
