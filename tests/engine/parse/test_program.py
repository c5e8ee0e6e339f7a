"""Programs by their first bytes."""

from __future__ import annotations

import pytest

from netscope.engine.parse.program import PROGRAM_BYTES, program_kind

DOS = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(50)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (DOS, "windows"),
        (b"\x7fELF\x02\x01\x01", "elf"),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x34", "java"),
        (b"dex\n035\x00", "android"),
        (b"\xcf\xfa\xed\xfe\x07", "macos"),
        (b"MZ is how this text begins, and it goes on for a while like that, in words.", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_first_bytes(start: bytes, kind: str | None) -> None:
    assert program_kind(start) == kind


@pytest.mark.parametrize("length", range(PROGRAM_BYTES))
def test_a_beginning_too_short_tells_nothing_of_windows(length: int) -> None:
    assert program_kind(DOS[:length]) is None
