"""TFTP requests."""

from __future__ import annotations

from netscope.engine.parse.tftp import looks_like_tftp, read_tftp
from tests.engine.parse import plaintext_samples as samples


def test_tftp() -> None:
    assert read_tftp(samples.TFTP_READ, False).facts == (("read", "pxelinux.0"),)
    assert read_tftp(b"\0\2up.cfg\0NetASCII\0", False).facts == (("write", "up.cfg"),)
    assert looks_like_tftp(samples.TFTP_READ)
    assert not looks_like_tftp(b"\0\1name\0ebcdic\0")
    assert not looks_like_tftp(b"\0\3\0\1data")
