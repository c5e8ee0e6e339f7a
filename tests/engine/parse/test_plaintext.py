"""Laws every reader of a plaintext protocol keeps: any bytes give facts or a ParseError, and soon.

What each protocol says is tested in the file of its name.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse import mail, telnet, xmpp
from netscope.engine.parse.bittorrent import looks_like_bittorrent_datagram, read_bittorrent
from netscope.engine.parse.mqtt import read_mqtt
from netscope.engine.parse.ntp import read_ntp
from netscope.engine.parse.postgresql import read_postgresql
from netscope.engine.parse.rdp import read_rdp
from netscope.engine.parse.sip import read_sip
from netscope.engine.parse.smb import read_smb
from netscope.engine.parse.snmp import read_snmp
from netscope.engine.parse.ssh import read_ssh
from netscope.engine.parse.stun import read_stun
from netscope.engine.parse.syslog import read_syslog
from netscope.engine.parse.tftp import read_tftp
from netscope.model.service import Plaintext
from tests.engine.parse import plaintext_samples as samples
from tests.speed import least_s

READERS: dict[str, tuple[Callable[[bytes, bool], Plaintext], bytes, bool]] = {
    "ssh": (read_ssh, b"SSH-2.0-OpenSSH_9.6\r\n", True),
    "ntp": (read_ntp, samples.ntp(4, stratum=1, reference=b"GPS\0"), True),
    "stun": (read_stun, samples.STUN_RESPONSE, True),
    "bittorrent": (read_bittorrent, samples.BITTORRENT, False),
    "mqtt": (read_mqtt, samples.mqtt_connect(), False),
    "sip": (read_sip, samples.SIP_REGISTER, False),
    "smb1": (read_smb, samples.SMB1_NEGOTIATE, False),
    "smb2": (read_smb, samples.SMB2_RESPONSE, True),
    "rdp": (read_rdp, samples.RDP_REQUEST, False),
    "rdp_confirm": (read_rdp, samples.RDP_CONFIRM, True),
    "snmp": (read_snmp, samples.snmp(), False),
    "snmp3": (read_snmp, samples.SNMP_3, False),
    "syslog": (read_syslog, samples.SYSLOG_5424, False),
    "tftp": (read_tftp, samples.TFTP_READ, False),
    "postgresql": (read_postgresql, b"\0\0\0\x08\x04\xd2\x16\x2f", False),
}


@pytest.mark.parametrize("name", READERS)
def test_every_truncation_of_every_sample(name: str) -> None:
    read, whole, from_server = READERS[name]
    expected = read(whole, from_server)
    for size in range(len(whole)):
        said, slug = samples.outcome(read, whole[:size], from_server)
        if said is None:
            assert slug.startswith(("truncated_", "malformed_"))
        else:
            # What a cut message says must not contradict the whole one: attributes are the same or fewer.
            assert {name for name, _ in said.facts} <= {name for name, _ in expected.facts}


@given(st.sampled_from(sorted(READERS)), st.binary(max_size=200), st.booleans())
def test_any_bytes_give_a_parse_error_or_facts(name: str, raw: bytes, from_server: bool) -> None:
    read, whole, _ = READERS[name]
    cut = min(len(raw), len(whole) // 2)
    for data in (raw, whole[:cut] + raw, raw[:cut] + whole[cut:]):
        said, slug = samples.outcome(read, data, from_server)
        if said is None:
            assert slug.startswith(("truncated_", "malformed_"))
        else:
            assert all(isinstance(value, str) for fact in said.facts for value in fact)


@pytest.mark.parametrize(
    "unit",
    [
        b"<auth ",
        b"<stream:stream ",
        b"<starttls ",
        b"password",
        b"\xff\xfa",
        b"\xff\xff\xfb",
        b"d1:",
        b" NOTICE ",
        b"a ",
    ],
)
def test_repetition_costs_no_more_than_10_ms(unit: bytes) -> None:
    data = unit * (65_536 // len(unit))
    tests = (
        xmpp.stream_to, xmpp.asks_for_tls, xmpp.tls_begins_at, xmpp.clear_auth_mechanism, telnet.asks_for_password,
        lambda data: telnet.plain_text(data[:512]), lambda data: mail.greeting_protocol(b"220 " + data, 0),
        mail.command_protocol, mail.imap_clear_auth, looks_like_bittorrent_datagram,
    )  # fmt: skip
    for test in tests:
        assert least_s(lambda test=test: test(data)) < 0.01
