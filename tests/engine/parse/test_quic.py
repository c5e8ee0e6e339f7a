"""QUIC packets against the vectors of RFC 9001 and RFC 9369, and packets sealed by the tests themselves."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netscope.engine.parse import quic
from netscope.engine.parse.quic import PacketKind
from netscope.engine.parse.tls import parse_client_hello, parse_server_hello, pull_messages
from netscope.model.errors import ParseError
from tests.engine.parse import tls_samples as samples

DCID = bytes.fromhex("8394c8f03e515708")

# RFC 9001, appendix A.2: the CRYPTO frame, padded to 1,162 bytes of payload.
CLIENT_FRAMES = bytes.fromhex(
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c"
    "00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006"
    "001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa4"
    "7fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e040305"
    "0306030203080408050806002d00020101001c00024001003900320408ffffffffffffffff05048000ff"
    "ff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff"
) + bytes(917)
CLIENT_HEADER = bytes.fromhex("c300000001088394c8f03e5157080000449e00000002")
CLIENT_SECRETS = tuple(
    bytes.fromhex(text)
    for text in (
        "1f369613dd76d5467730efcbe3b1a22d",
        "fa044b2f42a3fd3b46fb255c",
        "9f50449e04a0e810283a1e9933adedd2",
    )
)
SERVER_FRAMES = bytes.fromhex(
    "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a1200130100"
    "002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304"
)
# RFC 9001, appendix A.3, and RFC 9369, appendix A.3.
SERVER_PACKETS = {
    "version 1": (
        "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4c"
        "f73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7a"
        "af2f58891850abbdca3d20398c276456cbc42158407dd074ee"
    ),
    "version 2": (
        "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698baeea26b91eb761d9b89237bbf87263017915358230035"
        "f7fd3945d88965cf17f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2c984c707f0a0812d8cd5a6881eaf"
        "21ceda98f4bd23f6fe1a3e2c43edd9ce7ca84bed8521e2e140"
    ),
}
RETRY = bytes.fromhex("ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba")

CHROME = samples.handshake(1, samples.chrome_hello())


def only(data: bytes) -> quic.LongPacket:
    (packet,) = quic.pull_packets(data)
    return packet


def test_client_initial_of_rfc9001():
    protected = samples.seal(CLIENT_HEADER, 2, CLIENT_FRAMES, CLIENT_SECRETS)
    assert protected[:38].hex() == "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9b"
    assert protected[-16:].hex() == "e221af44860018ab0856972e194cd934"

    packet = only(protected)
    keys = quic.derive_initial_keys(1, packet.dcid, is_client=True)

    assert (packet.kind, packet.version, packet.dcid, packet.scid) == (PacketKind.INITIAL, 1, DCID, b"")
    assert keys.iv == int("fa044b2f42a3fd3b46fb255c", 16)
    assert keys.mask(protected[22:38])[:5].hex() == "437b9aec36"
    assert quic.open_initial(protected, packet, keys) == CLIENT_FRAMES


def test_client_hello_of_rfc9001():
    ((offset, data),) = quic.crypto_frames(CLIENT_FRAMES)
    (message,) = pull_messages(data)

    assert offset == 0
    assert parse_client_hello(message.body).sni == "example.com"


@pytest.mark.parametrize("name", SERVER_PACKETS)
def test_server_initials_of_the_rfcs(name):
    data = bytes.fromhex(SERVER_PACKETS[name])
    packet = only(data)
    keys = quic.derive_initial_keys(packet.version, DCID, is_client=False)

    assert packet.kind is PacketKind.INITIAL
    assert quic.open_initial(data, packet, keys) == SERVER_FRAMES
    ((_, hello),) = quic.crypto_frames(SERVER_FRAMES)
    assert parse_server_hello(hello[4:]).cipher_suite == 0x1301


def test_version_2_keys_of_rfc9369():
    keys = quic.derive_initial_keys(quic.VERSION_2, DCID, is_client=True)

    assert keys.iv == int("91f73e2351d8fa91660e909f", 16)


def test_retry_of_rfc9001():
    packet = only(RETRY)

    assert (packet.kind, packet.scid.hex(), packet.token) == (PacketKind.RETRY, "f067a5502a4262b5", b"token")


@pytest.mark.parametrize("version", [1, 0x6B3343CF, 0xFF00001D, 0xFF00001B, 0xFF000016])
def test_every_version_opens_what_was_sealed_for_it(version):
    data = samples.quic_initial(samples.crypto_frame(0, CHROME), version=version, token=b"tok")
    packet = only(data)

    payload = quic.open_initial(data, packet, quic.derive_initial_keys(version, packet.dcid, is_client=True))

    assert (packet.token, quic.crypto_frames(payload)) == (b"tok", [(0, CHROME)])


def test_other_keys_and_changed_bytes_do_not_open():
    data = samples.quic_initial(samples.crypto_frame(0, CHROME))
    packet = only(data)
    keys = quic.derive_initial_keys(1, packet.dcid, is_client=True)

    for wrong, key in ((data, quic.derive_initial_keys(1, b"other", is_client=True)), (data[:-1] + b"\0", keys)):
        with pytest.raises(ParseError, match="undecryptable_quic_initial"):
            quic.open_initial(wrong, packet, key)


def test_coalesced_packets_and_padding():
    first = samples.quic_initial(samples.crypto_frame(0, CHROME[:100]), pad_to=0)
    handshake = b"\xe0\x00\x00\x00\x01\x02ab\x01c" + samples.varint(30) + bytes(30)

    packets = list(quic.pull_packets(first + handshake + bytes(50)))

    assert [packet.kind for packet in packets] == [PacketKind.INITIAL, PacketKind.HANDSHAKE]
    assert (packets[1].start, packets[1].dcid, packets[1].scid) == (len(first), b"ab", b"c")


def test_version_negotiation_lists_versions():
    data = b"\xca" + bytes(4) + b"\x02ab\x01c" + struct.pack("!III", 0x1A2A3A4A, 1, 0x6B3343CF)

    assert only(data).kind is PacketKind.VERSION_NEGOTIATION
    assert quic.offered_versions(data) == (0x1A2A3A4A, 1, 0x6B3343CF)
    assert quic.looks_like_quic(data)


def test_unknown_version_is_not_parsed_further():
    packet = only(b"\xc3\x12\x34\x56\x78\x02ab\x01c" + bytes(40))

    assert (packet.kind, packet.dcid, packet.scid) == (PacketKind.UNKNOWN_VERSION, b"ab", b"c")
    with pytest.raises(ParseError, match="unknown_quic_version"):
        quic.derive_initial_keys(0x12345678, b"ab", is_client=True)


def test_reserved_version_is_protected_as_version_1():
    data = bytearray(samples.quic_initial(samples.crypto_frame(0, CHROME)))
    data[1:5] = b"\xba\xba\xba\xba"

    assert quic.looks_like_quic(bytes(data))
    assert quic.initial_salt(0xBABABABA) == quic.SALT_VERSION_1


def test_frames_between_the_crypto_frames():
    ack = b"\x02" + samples.varint(9) + b"\x00\x01\x02" + b"\x00\x03"
    ack_ecn = b"\x03\x05\x00\x00\x01\x01\x02\x03"
    payload = (
        ack + b"\x01\x00\x00" + samples.crypto_frame(5, b"fgh") + ack_ecn + bytes(9) + samples.crypto_frame(0, b"abcde")
    )

    assert quic.crypto_frames(payload) == [(5, b"fgh"), (0, b"abcde")]


def test_connection_close_ends_the_frames():
    assert quic.crypto_frames(samples.crypto_frame(0, b"a") + b"\x1c\x00\x00\x00") == [(0, b"a")]


@pytest.mark.parametrize(
    ("payload", "slug"),
    [
        (b"\x08\x00", "malformed_quic_frame"),
        (b"\x06\x00\x05ab", "malformed_quic_frame"),
        (b"\x06\x40", "malformed_quic_varint"),
        (b"\x02\x00\x00\x7f\xff", "malformed_quic_frame"),
        (b"\x06\x00\x00" * 2000, "too_many_quic_frames"),
        (bytes(16_385), "quic_initial_too_long"),
    ],
)
def test_malformed_frames(payload, slug):
    with pytest.raises(ParseError) as caught:
        quic.crypto_frames(payload)
    assert caught.value.slug == slug


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc3\x00\x00\x00\x01",
        samples.quic_initial(samples.crypto_frame(0, CHROME))[:600],
        b"\x40" + bytes(60),
        b"\x80\x00\x00\x00\x01" + bytes(60),
        b"\xc3\x12\x34\x56\x78\x02ab\x01c" + bytes(60),
        b"\xc0\x00\x00\x00\x00\x00\x00" + bytes(40),
        samples.record(22, CHROME),
        samples.dtls_record(22, bytes(60)),
    ],
)
def test_others_are_not_taken_for_quic(data):
    assert not quic.looks_like_quic(data)


SEALED = samples.quic_initial(samples.crypto_frame(0, CHROME))


@settings(max_examples=300)
@given(st.integers(0, 60), st.binary(min_size=1, max_size=6), st.integers(0, 1200))
def test_mutated_packets_raise_nothing_but_parse_errors(position, noise, cut):
    data = (SEALED[:position] + noise + SEALED[position + len(noise) :])[:cut]
    quic.looks_like_quic(data)
    try:
        for packet in quic.pull_packets(data):
            if packet.kind is PacketKind.INITIAL:
                keys = quic.derive_initial_keys(packet.version, packet.dcid, is_client=True)
                quic.crypto_frames(quic.open_initial(data, packet, keys))
    except ParseError:
        return


@given(st.binary(max_size=200))
def test_any_payload_raises_nothing_but_parse_errors(data):
    for parse in (quic.crypto_frames, quic.offered_versions):
        try:
            parse(data)
        except ParseError:
            continue
