"""SMB negotiation of version 1 and 2."""

from __future__ import annotations

from netscope.engine.parse.smb import looks_like_smb, read_smb
from tests.engine.parse import plaintext_samples as samples


def test_smb() -> None:
    assert read_smb(samples.SMB1_NEGOTIATE, False).facts == (("offered_dialects", "NT LM 0.12, SMB 2.???"),)
    assert read_smb(samples.SMB2_NEGOTIATE, False).facts == (("version", "2"),)
    assert read_smb(samples.SMB2_RESPONSE, True).facts == (("dialect", "3.1.1"),)
    behind_session = b"\x81\0\0\x44" + b" " + b"A" * 67 + samples.SMB1_NEGOTIATE
    assert read_smb(behind_session, False) == read_smb(samples.SMB1_NEGOTIATE, False)
    assert looks_like_smb(samples.SMB2_NEGOTIATE)
