"""Refused log-ins of binary protocols, and answers that are none."""

from __future__ import annotations

import re

import pytest

from netscope.engine.parse import refusals

SMB2 = b"\xfeSMB\x40\0\1\0%s\1\0\1\0" + bytes(48)


@pytest.mark.parametrize(
    ("pattern", "data"),
    [
        (refusals.SMB, SMB2 % b"\x6d\0\0\xc0"),
        (refusals.SMB, SMB2 % b"\x34\x02\0\xc0"),
        (refusals.SMB, b"\xffSMB\x73\x6d\0\0\xc0" + bytes(20)),
        (refusals.MYSQL, b"\x48\0\0\2\xff\x15\x04#28000Access denied for user"),
        (refusals.POSTGRESQL, b"E\0\0\0\x60SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0"),
    ],
)
def test_refusals(pattern: re.Pattern[bytes], data: bytes) -> None:
    assert len(pattern.findall(data * 3)) == 3
    found = pattern.search(data)
    assert found is not None
    assert len(found[0]) <= refusals.LONGEST_BYTES


@pytest.mark.parametrize(
    ("pattern", "data"),
    [
        (refusals.SMB, SMB2 % b"\x16\0\0\xc0"),
        (refusals.SMB, SMB2 % bytes(4)),
        (refusals.SMB, b"\xfeSMB\x40\0\1\0\x6d\0\0\xc0\3\0"),
        (refusals.MYSQL, b"\x30\0\0\1\xff\x7a\x04#42S02Table does not exist"),
        (refusals.POSTGRESQL, b"E\0\0\0\x60SERROR\0C42P01\0Mrelation does not exist\0"),
    ],
)
def test_other_answers(pattern: re.Pattern[bytes], data: bytes) -> None:
    assert pattern.search(data) is None
