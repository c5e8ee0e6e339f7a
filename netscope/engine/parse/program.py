"""Whether bytes begin a program, whatever name and type they come under."""

from __future__ import annotations

from typing import Final

PROGRAM_BYTES: Final = 64
"""How much of the beginning tells."""
_MAGICS: Final = (
    (b"\x7fELF", "elf"),
    (b"\xca\xfe\xba\xbe\x00\x00\x00", "java"),
    (b"dex\n0", "android"),
    (b"\xcf\xfa\xed\xfe", "macos"),
    (b"\xce\xfa\xed\xfe", "macos"),
)
"""ELF; class file (JVM specification 4.1; a fat Mach-O begins alike but counts its parts there); DEX; Mach-O."""
_DOS_PARAGRAPHS_AT: Final = 8
_MAX_HEADER_PARAGRAPHS: Final = 0x40


def program_kind(start: bytes) -> str | None:
    """``windows``, ``elf``, ``java``, ``android``, ``macos``; None for what is no program, or too short to tell."""
    for magic, kind in _MAGICS:
        if start.startswith(magic):
            return kind
    if start[:2] == b"MZ" and len(start) >= PROGRAM_BYTES and _is_dos_header(start):
        return "windows"
    return None


def _is_dos_header(start: bytes) -> bool:
    """A text may begin with MZ: a header also says its own size in paragraphs, which is never nothing nor large."""
    return 0 < int.from_bytes(start[_DOS_PARAGRAPHS_AT : _DOS_PARAGRAPHS_AT + 2], "little") <= _MAX_HEADER_PARAGRAPHS
