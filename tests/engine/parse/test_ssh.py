"""SSH identification strings."""

from __future__ import annotations

import pytest

from netscope.engine.parse.ssh import looks_like_ssh, read_ssh
from netscope.model.errors import Incomplete, ParseError


def test_ssh_versions() -> None:
    assert read_ssh(b"SSH-2.0-OpenSSH_9.6p1 Debian-3\r\n", True).facts == (
        ("server_version", "SSH-2.0-OpenSSH_9.6p1 Debian-3"),
    )
    assert read_ssh(b"SSH-2.0-PuTTY\n\0\0\1", False).facts == (("client_version", "SSH-2.0-PuTTY"),)
    assert read_ssh(b"Welcome\r\nto this\r\nSSH-1.99-x\r\n", True).facts == (("server_version", "SSH-1.99-x"),)
    with pytest.raises(Incomplete):
        read_ssh(b"SSH-2.0-half", True)
    with pytest.raises(ParseError, match="malformed_ssh"):
        read_ssh(b"GET / HTTP/1.1\r\n", False)
    assert looks_like_ssh(b"SSH-2.0")
    assert not looks_like_ssh(b"SSH-3.0")
