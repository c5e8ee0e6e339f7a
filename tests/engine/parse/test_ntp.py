"""NTP headers, on and off their port."""

from __future__ import annotations

from netscope.engine.parse.ntp import looks_like_ntp, read_ntp
from tests.engine.parse import plaintext_samples as samples


def test_ntp() -> None:
    assert read_ntp(samples.ntp(3), False).facts == (("version", "4"), ("mode", "client"))
    assert dict(read_ntp(samples.ntp(4, stratum=1, reference=b"GPS\0"), True).facts)["reference"] == "GPS"
    assert dict(read_ntp(samples.ntp(4, stratum=2, reference=b"\xc0\0\2\1"), True).facts)["reference"] == "192.0.2.1"


def test_ntp_off_its_port_must_be_stricter() -> None:
    assert looks_like_ntp(samples.ntp(), on_port=False)
    assert looks_like_ntp(samples.ntp() + bytes(20), on_port=True)
    assert not looks_like_ntp(samples.ntp() + bytes(20), on_port=False)
    assert looks_like_ntp(b"\x16\2\0\1" + bytes(8), on_port=True)
    assert not looks_like_ntp(b"\x16\2\0\1" + bytes(8), on_port=False)
    assert not looks_like_ntp(b"", on_port=True)
