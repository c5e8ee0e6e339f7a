"""Syslog headers of both forms."""

from __future__ import annotations

from netscope.engine.parse.syslog import looks_like_syslog, read_syslog
from netscope.model.service import Plaintext
from tests.engine.parse import plaintext_samples as samples


def test_syslog() -> None:
    assert read_syslog(samples.SYSLOG_5424, False).facts == (("host", "router.lan"), ("program", "su"))
    assert read_syslog(samples.SYSLOG_3164, False).facts == (("host", "switch1"), ("program", "sshd"))
    assert read_syslog(b"<0>anything", False) == Plaintext()
    assert not looks_like_syslog(b"<192>x")
    assert not looks_like_syslog(b"<?xml version")
