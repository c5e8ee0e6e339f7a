"""OpenVPN's resets under each protection."""

from __future__ import annotations

import pytest

from netscope.engine.parse.openvpn import looks_like_openvpn, looks_like_openvpn_stream
from tests.engine.parse import plaintext_samples as samples


@pytest.mark.parametrize(
    "packet",
    [samples.OPENVPN_PLAIN, samples.OPENVPN_TLS_AUTH, samples.OPENVPN_TLS_CRYPT, samples.OPENVPN_SERVER],
)
def test_openvpn(packet: bytes) -> None:
    assert looks_like_openvpn(packet)
    assert not looks_like_openvpn(packet[:-1] + b"\1") or packet is samples.OPENVPN_TLS_CRYPT
    assert not looks_like_openvpn(b"\x39" + packet[1:])
    assert looks_like_openvpn_stream(len(packet).to_bytes(2, "big") + packet)
