"""Records, hellos, certificate lists and alerts of TLS."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse import tls
from netscope.model.errors import ParseError
from tests.engine.parse import tls_samples as samples

CHROME = samples.chrome_hello()
SERVER = samples.server_hello_13()


def test_client_hello_gives_every_field_the_browser_sent():
    hello = tls.parse_client_hello(CHROME)

    assert hello.legacy_version == 0x0303
    assert hello.cipher_suites == samples.CHROME_SUITES
    assert tuple(kind for kind, _ in hello.extensions) == samples.CHROME_EXTENSION_ORDER
    assert hello.sni == "clientservices.googleapis.com"
    assert hello.alpn == (b"h2", b"http/1.1")
    assert hello.supported_versions == (0x9A9A, 0x0304, 0x0303)
    assert hello.supported_groups == (0x2A2A, 29, 23, 24)
    assert hello.ec_point_formats == (0,)
    assert hello.signature_algorithms == samples.CHROME_SIGNATURES
    assert (hello.ech, hello.esni, hello.is_sslv2, hello.problems) == (False, False, False, ())
    assert tls.offered_version(hello) == 0x0304


def test_client_hello_without_extension_block():
    hello = tls.parse_client_hello(samples.client_hello((0x002F,), None, version=0x0300))

    assert (hello.legacy_version, hello.cipher_suites, hello.extensions) == (0x0300, (0x002F,), ())
    assert (hello.sni, tls.offered_version(hello)) == (None, 0x0300)


def test_encrypted_client_hello_keeps_the_outer_name():
    outer = (samples.server_name(b"cloudflare-ech.com"), (0xFE0D, b"\x00" + bytes(20)))
    inner = ((0xFE0D, b"\x01"),)

    hello = tls.parse_client_hello(samples.client_hello(extensions=outer))

    assert (hello.ech, hello.sni) == (True, "cloudflare-ech.com")
    assert tls.parse_client_hello(samples.client_hello(extensions=inner)).ech is False


def test_esni_is_seen():
    assert tls.parse_client_hello(samples.client_hello(extensions=((0xFFCE, b"abc"),))).esni is True


def test_post_quantum_key_share_size():
    body = samples.client_hello(extensions=(samples.key_share((0x0A0A, 1), (0x11EC, 1216), (29, 32)),))

    assert tls.key_shares(tls.parse_client_hello(body)) == ((0x0A0A, 1), (0x11EC, 1216), (29, 32))


@pytest.mark.parametrize(
    ("extension", "slug"),
    [
        ((0, b"\x00\x05\x00\x00\x09abc"), "malformed_tls_extension_0"),
        ((0, b"\x00"), "malformed_tls_extension_0"),
        ((10, b"\x00\x08\x00\x1d"), "malformed_tls_extension_10"),
        ((13, b""), "malformed_tls_extension_13"),
        ((16, b"\x00\x03\x09h2"), "malformed_tls_extension_16"),
        ((43, b"\x06\x03\x04"), "malformed_tls_extension_43"),
        ((0xFE0D, b""), "malformed_tls_extension_65037"),
    ],
)
def test_malformed_extension_costs_only_its_own_field(extension, slug):
    body = samples.client_hello(extensions=(extension, samples.point_formats(0)))

    hello = tls.parse_client_hello(body)

    assert hello.problems == (slug,)
    assert hello.ec_point_formats == (0,)
    assert hello.sni is None


def test_name_longer_than_dns_allows_is_refused():
    hello = tls.parse_client_hello(samples.client_hello(extensions=(samples.server_name(b"a" * 256),)))

    assert (hello.sni, hello.problems) == (None, ("malformed_tls_extension_0",))


def test_name_that_is_not_utf8_stays_visible():
    hello = tls.parse_client_hello(samples.client_hello(extensions=(samples.server_name(b"caf\xe9.example"),)))

    assert hello.sni == "caf\\xe9.example"


def test_dtls_hello_has_a_cookie():
    body = samples.client_hello(version=0xFEFD, cookie=b"c" * 20)

    hello = tls.parse_client_hello(body, is_dtls=True)

    assert (hello.legacy_version, hello.sni) == (0xFEFD, "example.org")


def test_every_truncation_of_a_hello_is_the_one_error():
    for body in (CHROME, samples.client_hello()):
        for size in range(len(body)):
            if size == len(body) - len(samples.extension_block(tls.parse_client_hello(body).extensions)):
                continue  # Ends exactly where an old client's hello without extensions would.
            with pytest.raises(ParseError) as caught:
                tls.parse_client_hello(body[:size])
            assert caught.value.slug == "malformed_tls_client_hello"


def test_hello_of_too_many_extensions_is_refused():
    body = samples.client_hello(extensions=tuple((kind, b"") for kind in range(2000, 2000 + tls.MAX_EXTENSIONS + 1)))

    with pytest.raises(ParseError, match="malformed_tls_client_hello"):
        tls.parse_client_hello(body)


def test_lists_longer_than_any_registry_are_refused():
    values = range(tls.MAX_LIST_LENGTH + 1)
    with pytest.raises(ParseError, match="malformed_tls_client_hello"):
        tls.parse_client_hello(samples.client_hello(values))

    long = (samples.groups(*values), samples.alpn(*[b"h2"] * len(values)), samples.point_formats(1))
    hello = tls.parse_client_hello(samples.client_hello(extensions=long))
    assert (hello.supported_groups, hello.alpn, hello.ec_point_formats) == ((), (), (1,))
    assert hello.problems == ("malformed_tls_extension_10", "malformed_tls_extension_16")


def test_server_hello_names_the_negotiated_version():
    hello = tls.parse_server_hello(SERVER)

    assert (hello.legacy_version, hello.negotiated_version, hello.cipher_suite) == (0x0303, 0x0304, 0x1301)
    assert hello.is_hello_retry_request is False


def test_server_hello_of_tls12_with_alpn():
    hello = tls.parse_server_hello(samples.server_hello(0xC02F, (samples.alpn(b"h2"), (0xFF01, b"\x00"))))

    assert (hello.negotiated_version, hello.alpn) == (0x0303, b"h2")
    assert [kind for kind, _ in hello.extensions] == [16, 0xFF01]


def test_hello_retry_request_is_known_by_its_random():
    assert tls.parse_server_hello(samples.hello_retry_request()).is_hello_retry_request is True


def test_server_hello_of_an_early_draft_has_no_session_id():
    body = b"\x7f\x12" + samples.RANDOM + b"\x13\x02" + samples.extension_block(((51, b"ab"),))

    hello = tls.parse_server_hello(body)

    assert (hello.negotiated_version, hello.cipher_suite, hello.extensions) == (0x7F12, 0x1302, ((51, b"ab"),))


def test_server_hello_truncations_are_the_one_error():
    for size in range(len(SERVER)):
        if size != 38:  # 38 bytes are a whole hello without extensions.
            with pytest.raises(ParseError, match="malformed_tls_server_hello"):
                tls.parse_server_hello(SERVER[:size])


def test_records_come_until_one_is_cut():
    data = samples.record(22, b"abc") + samples.record(23, b"defg", 0x0303)

    assert [(r.content_type, r.version, r.fragment, r.end) for r in tls.pull_records(data + data[:7])] == [
        (22, 0x0301, b"abc", 8),
        (23, 0x0303, b"defg", 17),
    ]


def test_good_records_are_given_before_the_bad_one():
    pulled = tls.pull_records(samples.record(22, b"abc") + b"GET / HTTP/1.1")

    assert next(pulled).fragment == b"abc"
    with pytest.raises(ParseError, match="malformed_tls_record"):
        next(pulled)


def test_record_longer_than_the_protocol_allows_is_malformed():
    with pytest.raises(ParseError):
        list(tls.pull_records(b"\x17\x03\x03\x48\x01"))


def test_certificate_chain_is_split():
    assert tls.parse_certificate_chain(samples.certificate_message(b"leaf", b"root")) == [b"leaf", b"root"]
    assert tls.parse_certificate_chain(samples.certificate_message()) == []


@pytest.mark.parametrize("body", [b"", b"\x00\x00", b"\x00\x00\x05abc", b"\x00\x00\x04\x00\x00\x02a"])
def test_malformed_certificate_message(body):
    with pytest.raises(ParseError, match="malformed_tls_certificate"):
        tls.parse_certificate_chain(body)


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        (b"\x02\x28", "fatal handshake_failure"),
        (b"\x01\x00", "warning close_notify"),
        (b"\x02\xf0", "fatal 240"),
        (b"\x07\x28", None),
        (bytes(26), None),
        (b"\x02", None),
    ],
)
def test_alert(fragment, text):
    assert tls.parse_alert(fragment) == text


def test_sslv2_hello():
    parsed = tls.parse_sslv2_client_hello(samples.sslv2_hello() + b"more")

    assert parsed is not None
    hello, end = parsed
    assert (hello.is_sslv2, hello.legacy_version, hello.cipher_suites) == (True, 0x0301, (0x00002F, 0x0700C0))
    assert end == len(samples.sslv2_hello())


def test_sslv2_hello_waits_for_its_end_and_refuses_others():
    assert tls.parse_sslv2_client_hello(samples.sslv2_hello()[:-1]) is None
    with pytest.raises(ParseError, match="malformed_sslv2_hello"):
        tls.parse_sslv2_client_hello(b"\x80" + bytes(40))


LOOKS = {
    "client hello": samples.record(22, samples.handshake(1, CHROME)),
    "server hello": samples.record(22, samples.handshake(2, SERVER)),
    "hello in tiny records": samples.records(22, samples.handshake(1, CHROME), 2),
    "application data": samples.APPLICATION_DATA,
    "change cipher spec": samples.CHANGE_CIPHER_SPEC + samples.FINISHED,
    "encrypted finished": samples.FINISHED,
    "alert": samples.record(21, b"\x02\x46"),
    "sslv2 hello": samples.sslv2_hello(),
    "sslv2 proper": samples.sslv2_hello(0x0002),
}


@pytest.mark.parametrize("name", LOOKS)
def test_tls_is_recognised(name):
    assert tls.looks_like_tls(LOOKS[name])


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\x00",
        b"\x16\x03\x01\x00\x00\x01\x00\x00",
        b"\x16\x03\x09\x00\x40\x01\x00\x00\x3c\x03\x03",
        b"\x16\x03\x01\x00\x40\x01\x00\x00\x3c\x47\x45",
        b"\x16\x03\x01\xff\xff\x01\x00\xff\xf0\x03\x03",
        b"\x17\x03\x03\x00\x02abGET / HTTP",
        b"\x14\x03\x03\x00\x02\x01\x01",
        b"\x15\x03\x03\x00\x02\x09\x01",
        bytes(64),
        b"\xff" * 64,
        b"\x80\x2f\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(40),
    ],
)
def test_others_are_not_taken_for_tls(data):
    assert not tls.looks_like_tls(data)


def test_random_payload_is_almost_never_taken_for_tls():
    source = random.Random(7)
    assert sum(tls.looks_like_tls(source.randbytes(64)) for _ in range(20_000)) <= 1


@given(st.integers(0, len(CHROME) - 1), st.binary(min_size=1, max_size=8))
def test_mutated_hello_parses_or_is_malformed(position, noise):
    body = CHROME[:position] + noise + CHROME[position + len(noise) :]
    slugs: tuple[str, ...]
    try:
        hello = tls.parse_client_hello(body)
    except ParseError as problem:
        slugs = (problem.slug,)
    else:
        slugs = hello.problems
        tls.key_shares(hello)

    assert all(slug.startswith(("malformed_tls_client_hello", "malformed_tls_extension_")) for slug in slugs)


@given(st.binary(max_size=300))
def test_any_bytes_raise_nothing_but_parse_errors(data):
    tls.looks_like_tls(data)
    for parse in (
        tls.parse_client_hello,
        tls.parse_server_hello,
        tls.parse_certificate_chain,
        tls.parse_sslv2_client_hello,
        lambda given: list(tls.pull_records(given)),
        lambda given: list(tls.pull_messages(given)),
        lambda given: tls.parse_client_hello(given, is_dtls=True),
    ):
        try:
            parse(data)
        except ParseError:
            continue
