"""Sessions of plaintext datagrams: SSDP messages, and the first datagrams of the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.correlate.datagram_session import DATAGRAM_SESSIONS, MAX_DATAGRAMS, SsdpSession
from netscope.engine.correlate.session import DONE, DONE_DIRECTION, WANT
from netscope.model.flow import DOWN, UP
from netscope.model.service import ClearCredential, ServiceSeen, SsdpSeen
from tests.engine.correlate.session_replay import make_flow
from tests.engine.parse import plaintext_samples as samples

DATAGRAMS = {
    "ntp": [(UP, samples.ntp()), (DOWN, samples.ntp(4, stratum=1, reference=b"PPS\0"))],
    "snmp": [(UP, samples.snmp())],
    "stun": [(UP, samples.STUN_REQUEST), (DOWN, samples.STUN_RESPONSE)],
    "sip": [(UP, samples.SIP_REGISTER), (DOWN, samples.SIP_OK)],
    "syslog": [(UP, samples.SYSLOG_5424)],
    "tftp": [(UP, samples.TFTP_READ)],
    "ssdp": [(UP, samples.ssdp("NOTIFY * HTTP/1.1", NT="upnp:rootdevice", SERVER="Roku"))],
}


def play(protocol: str, datagrams: list[tuple[int, bytes]]) -> tuple[list[object], list[str], list[int]]:
    records: list[object] = []
    counted: list[str] = []
    session = DATAGRAM_SESSIONS[protocol](make_flow(protocol="udp"), records.append, counted.append)
    codes = [session.datagram(direction, data, 7) for direction, data in datagrams]
    session.close(8)
    return records, counted, codes


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        (
            "ntp",
            {("version", "4", "client"), ("mode", "client", "client"), ("version", "4", "server"),
             ("mode", "server", "server"), ("stratum", "1", "server"), ("reference", "PPS", "server")},
        ),
        ("snmp", {("version", "2c", "client"), ("pdu", "get-request", "client")}),
        ("stun", {("software", "webrtc 1.0", "client"), ("mapped_address", "203.0.113.7", "server")}),
        ("sip", {("user_agent", "Grandstream GXP2170", "client"), ("server", "Asterisk PBX 18.2", "server")}),
        ("syslog", {("host", "router.lan", "client"), ("program", "su", "client")}),
        ("tftp", {("read", "pxelinux.0", "client")}),
    ],
)  # fmt: skip
def test_facts_are_told_once(protocol: str, expected: set) -> None:
    records, counted, _ = play(protocol, DATAGRAMS[protocol] * 3)
    seen = [(r.attribute, r.value, r.side) for r in records if isinstance(r, ServiceSeen)]
    assert set(seen) == expected
    assert len(seen) == len(expected)
    assert counted == []


def test_a_community_is_a_credential_in_clear() -> None:
    records, _, _ = play("snmp", [(UP, samples.snmp(1, b"hunter2"))] * 2)
    (credential,) = [r for r in records if isinstance(r, ClearCredential)]
    assert (credential.protocol, credential.field, credential.timestamp_ns) == ("snmp", "community", 7)
    assert "hunter2" not in repr(records)


def test_only_the_first_datagrams_are_read() -> None:
    _, _, codes = play("ntp", [(UP, samples.ntp())] * MAX_DATAGRAMS + [(DOWN, samples.ntp(4))] * MAX_DATAGRAMS)
    assert codes == [WANT] * 7 + [DONE_DIRECTION] + [WANT] * 7 + [DONE]


def test_ssdp_messages_name_their_sender() -> None:
    flow = make_flow(protocol="udp", server_port=1900)
    records: list[object] = []
    counted: list[str] = []
    session = SsdpSession(flow, records.append, counted.append)
    session.datagram(UP, samples.ssdp("M-SEARCH * HTTP/1.1", ST="ssdp:all"), 1)
    session.datagram(DOWN, samples.ssdp("HTTP/1.1 200 OK", ST="ssdp:all", SERVER="Roku"), 2)
    session.datagram(UP, b"NOTIFY /\r\n", 3)
    assert all(isinstance(record, SsdpSeen) for record in records)
    assert [(r.sender_ip, r.sender_mac, r.message.kind, r.timestamp_ns) for r in records] == [
        (flow.client_ip, flow.client_mac, "M-SEARCH", 1),
        (flow.server_ip, flow.server_mac, "response", 2),
    ]
    assert counted == ["malformed_ssdp"]
    assert flow.app_protocol == "ssdp"


@given(
    st.sampled_from(sorted(DATAGRAMS)),
    st.lists(st.tuples(st.sampled_from([UP, DOWN]), st.binary(max_size=80)), max_size=10),
)
def test_no_bytes_raise(protocol: str, noise: list[tuple[int, bytes]]) -> None:
    (_, sample), *_ = DATAGRAMS[protocol]
    mixed = [(direction, sample[: len(data)] + data[len(data) // 2 :]) for direction, data in noise]
    _, counted, codes = play(protocol, noise + mixed)
    assert set(codes) <= {WANT, DONE, DONE_DIRECTION}
    assert all(slug.startswith(("malformed_", "truncated_", "http_head")) for slug in counted)
