"""HTTP/1.x heads: every form of start line and field that is met, and every cut of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse.http import (
    HTTP2_PREFACE,
    MAX_HEAD_BYTES,
    MAX_URI_CHARS,
    head_end,
    host_name,
    looks_like_http2,
    looks_like_request,
    looks_like_response,
    parse_request_head,
    parse_response_head,
    storable_target,
    target_authority,
)
from netscope.model.errors import Incomplete, ParseError
from netscope.model.http import HttpRequestHead, HttpResponseHead
from tests.engine.parse.plaintext_samples import REQUEST, RESPONSE, outcome, request


def test_request_head() -> None:
    head = parse_request_head(
        b"POST /upload HTTP/1.1\r\nHost: a.example\r\nUser-Agent: Test/1\r\nContent-Type: text/plain\r\n"
        b"Content-Length: 12\r\nAuthorization: Basic dXNlcjpwYXNz\r\nCookie: id=1\r\nX-Forwarded-For: 192.0.2.1\r\n"
        b"Upgrade: websocket\r\n\r\n"
    )
    assert head == HttpRequestHead(
        method="POST",
        target="/upload",
        version="1.1",
        host="a.example",
        user_agent="Test/1",
        content_type="text/plain",
        content_length=12,
        chunked=False,
        upgrade="websocket",
        authorization_scheme="Basic",
        has_cookie=True,
        x_forwarded_for="192.0.2.1",
        head_bytes=205,
    )


def test_response_head() -> None:
    assert parse_response_head(RESPONSE[:-5]) == HttpResponseHead(
        version="1.1",
        status=200,
        reason="OK",
        server="nginx/1.24.0",
        content_type="text/html",
        content_length=5,
        chunked=False,
        upgrade=None,
        location=None,
        head_bytes=len(RESPONSE) - 5,
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"GET / HTTP/1.0\n\n", ("GET", "/", "1.0")),
        (b"GET /a b HTTP/1.1\r\n\r\n", ("GET", "/a b", "1.1")),
        (b"GET  /x  HTTP/1.1 \r\n\r\n", ("GET", "/x", "1.1")),
        (b"OPTIONS * HTTP/1.1\r\n\r\n", ("OPTIONS", "*", "1.1")),
        (b"CONNECT a.example:443 HTTP/1.1\r\n\r\n", ("CONNECT", "a.example:443", "1.1")),
        (b"BREW /pot HTTP/1.1\r\n\r\n", ("BREW", "/pot", "1.1")),
        (b"GET /old\r\n", ("GET", "/old", "0.9")),
        (b"GET /HTTP/1.1\nHost: x\n\n", ("GET", "/HTTP/1.1", "0.9")),
        (b"GET /caf\xc3\xa9 HTTP/1.1\r\n\r\n", ("GET", "/café", "1.1")),
        (b"GET /caf\xe9 HTTP/1.1\r\n\r\n", ("GET", "/café", "1.1")),
    ],
)
def test_request_lines(raw: bytes, expected: tuple[str, str, str]) -> None:
    head = parse_request_head(raw)
    assert (head.method, head.target, head.version) == expected


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"G(T / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/2.0\r\nx\r\n",
        b"BREW /pot\r\n\r\n",
        b"/ HTTP/1.1\r\n\r\n",
    ],
)
def test_malformed_request_lines(raw: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        parse_request_head(raw)
    assert caught.value.slug == "malformed_http_request_line"


@pytest.mark.parametrize(
    "raw", [b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 20 OK\r\n\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n", b"HTTP/2 200\r\n\r\n"]
)
def test_malformed_status_lines(raw: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        parse_response_head(raw)
    assert caught.value.slug == "malformed_http_status_line"


def test_status_without_reason_and_shoutcast() -> None:
    assert parse_response_head(b"HTTP/1.1 304\r\n\r\n").status == 304
    assert parse_response_head(b"ICY 200 OK\r\n\r\n").version == "1.0"


def test_folded_lines_and_blank_before_colon() -> None:
    head = parse_request_head(b"GET / HTTP/1.1\r\nHost : x.example\r\nUser-Agent: one\r\n\ttwo\r\n  three\r\n\r\n")
    assert head.host == "x.example"
    assert head.user_agent == "one two three"


def test_of_a_repeated_field_the_first_counts() -> None:
    assert parse_request_head(b"GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n").host == "a"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("5", 5), ("5, 5", 5), ("+5", None), ("-1", None), ("5_0", None), ("٥", None), ("", None), ("9" * 19, None)],
)
def test_content_length(value: str, expected: int | None) -> None:
    raw = f"HTTP/1.1 200 OK\r\nContent-Length: {value}\r\n\r\n".encode()
    assert parse_response_head(raw).content_length == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Basic dXNlcjpwYXNz", "Basic"),
        ("bearer abc.def", "Bearer"),
        ("NTLM TlRMTVNT", "NTLM"),
        ("hunter2", "other"),
        ("hunter2 and more", "other"),
    ],
)
def test_only_the_scheme_of_a_credential_is_kept(value: str, expected: str) -> None:
    assert parse_request_head(request(Authorization=value)).authorization_scheme == expected
    assert parse_request_head(request(Proxy_Authorization=value)).authorization_scheme == expected


def test_no_cookie_value_is_kept() -> None:
    assert "s3cret" not in repr(parse_request_head(request(Cookie="session=s3cret", Authorization="s3cret")))


def test_a_head_too_long_is_refused() -> None:
    with pytest.raises(ParseError) as caught:
        parse_request_head(b"GET / HTTP/1.1\r\n" + b"a" * MAX_HEAD_BYTES)
    assert caught.value.slug == "http_head_too_long"


@pytest.mark.parametrize(
    ("raw", "end"),
    [
        (b"A\r\n\r\nbody\n\n", 5),
        (b"A\n\nbody\r\n\r\n", 3),
        (b"A\r\n\nbody", 4),
        (b"A\n\r\nbody", 4),
        (b"A\r\nB\r\n", -1),
        (b"", -1),
    ],
)
def test_head_end(raw: bytes, end: int) -> None:
    assert head_end(raw) == end


@pytest.mark.parametrize(
    "raw",
    [
        REQUEST,
        b"GET /",
        b"GET http://example.com/" + b"a" * 2000,
        b"OPTIONS * HTTP/1.1\r\n",
        b"X-OWN /y HTTP/1.0\n",
        b"SUBSCRIBE /event HTTP/1.1\r\n",
    ],
)
def test_looks_like_request(raw: bytes) -> None:
    assert looks_like_request(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"GET",
        RESPONSE,
        HTTP2_PREFACE,
        b"OPTIONS sip:a@b SIP/2.0\r\n",
        b"OPTIONS * RTSP/1.0\r\n",
        b"DESCRIBE rtsp://a/ RTSP/1.0\r\n",
        b"SSH-2.0-x HTTP\r\n",
        b" GET / HTTP/1.1\r\n",
        b"HELO x\r\n",
    ],
)
def test_does_not_look_like_request(raw: bytes) -> None:
    assert not looks_like_request(raw)


def test_looks_like_response() -> None:
    assert looks_like_response(b"HTTP/1.1 200 OK\r\n")
    assert looks_like_response(b"HTTP/1.0")
    assert not looks_like_response(b"HTTP/1.10 200 OK\r\n")
    assert not looks_like_response(b"SIP/2.0 200 OK\r\n")
    assert not looks_like_response(b"HTTP/2 200\r\n")


def test_http2_preface() -> None:
    assert looks_like_http2(HTTP2_PREFACE)
    assert not looks_like_http2(b"PRI * HTTP/1.1\r\n\r\n")


@pytest.mark.parametrize(
    ("target", "stored", "secrets"),
    [
        ("/a?b=c", "/a?b=c", []),
        ("http://u:p@h.example/x", "http://h.example/x", ["uri_userinfo"]),
        ("u:p@h.example:443", "h.example:443", ["uri_userinfo"]),
        ("/mail?to=me@example.com", "/mail?to=me@example.com", []),
        ("/l?user=a&Password=b&x=1", "/l?user=a&Password=***&x=1", ["query:password"]),
        ("/l?a=1;pwd=b;c=2", "/l?a=1;pwd=***;c=2", ["query:pwd"]),
        ("/l?client_secret=s", "/l?client_secret=***", ["query:client_secret"]),
        ("/l?pass=&pw=1286&compass=n", "/l?pass=&pw=1286&compass=n", []),
        ("/" + "a" * 5000, "/" + "a" * (MAX_URI_CHARS - 1), []),
    ],
)
def test_storable_target(target: str, stored: str, secrets: list[str]) -> None:
    assert storable_target(target) == (stored, secrets)


@pytest.mark.parametrize(
    ("method", "target", "authority"),
    [
        ("GET", "http://a.example:81/x", "a.example:81"),
        ("GET", "http://u:p@a.example?x", "a.example"),
        ("CONNECT", "a.example:443", "a.example:443"),
        ("GET", "/x?u=http://b.example/", None),
        ("GET", "http:///x", None),
    ],
)
def test_target_authority(method: str, target: str, authority: str | None) -> None:
    assert target_authority(method, target) == authority


@pytest.mark.parametrize(
    ("host", "name"),
    [("a.example", "a.example"), ("a.example:80", "a.example"), ("192.0.2.1", None), ("192.0.2.1:80", None),
     ("[2001:db8::1]:80", None), ("", None), (":80", None), ("u@a.example", "a.example")],
)  # fmt: skip
def test_host_name(host: str, name: str | None) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize("whole", [REQUEST, request(Authorization="Basic eA==", Transfer_Encoding="chunked")])
def test_every_truncation_of_a_request(whole: bytes) -> None:
    first_line = whole.index(b"\n") + 1
    for size in range(len(whole)):
        if size < first_line:
            with pytest.raises(Incomplete):
                parse_request_head(whole[:size])
        else:
            assert parse_request_head(whole[:size]).target == parse_request_head(whole).target


@given(st.binary(max_size=400))
def test_any_bytes_parse_or_raise_parse_error(raw: bytes) -> None:
    for parse in (parse_request_head, parse_response_head):
        for data in (raw, b"GET " + raw, b"HTTP/1.1 " + raw, b"GET / HTTP/1.1\r\n" + raw):
            head, slug = outcome(parse, data)
            assert (head is None) == slug.startswith(("malformed_http_", "truncated_http_", "http_head_too_long"))
    looks_like_request(raw)
    looks_like_response(raw)


@given(st.integers(0, len(REQUEST) - 1), st.integers(0, 255))
def test_one_changed_byte(position: int, byte: int) -> None:
    changed = REQUEST[:position] + bytes((byte,)) + REQUEST[position + 1 :]
    try:
        head = parse_request_head(changed)
    except ParseError:
        return
    assert head.head_bytes == len(REQUEST)
