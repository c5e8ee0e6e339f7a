"""Remote control that shows in its first bytes: bare command shells, and trojans with a greeting of their own.

What each begins with is constant in the program or its kit. Encrypted ones show nothing here.
"""

from __future__ import annotations

import re
from typing import Final

from netscope.model.service import Plaintext

WINDOWS_SHELL: Final = "Windows command shell"
UNIX_SHELL: Final = "Unix shell"
SHELLS: Final = frozenset((WINDOWS_SHELL, UNIX_SHELL))

_WINDOWS: Final = re.compile(
    rb"\s{0,4}(?:Microsoft Windows [^\r\n]{0,20}\[[Vv]ers|\(C\) Copyright 1985-20\d\d Microsoft"
    rb"|PS [A-Z]:\\[^\r\n>]{0,200}>|[A-Z]:\\[^\r\n>:]{0,200}>|Windows PowerShell running as user )"
)
"""The banner of cmd.exe (from XP on), and prompts of it and of PowerShell."""
_UNIX: Final = re.compile(
    rb"\s{0,4}(?:(?:ba|da|z)?sh: (?:no job control in this shell|cannot set terminal process group)"
    rb"|/bin/(?:ba|da)?sh: \d{1,4}: can't access tty"
    rb"|uid=\d{1,10}\([^)\r\n]{1,64}\) gid=\d"
    rb"|(?:ba|da)?sh-\d\.\d{1,3}[#$] "
    rb"|[a-z_][a-z0-9_-]{0,31}@[A-Za-z0-9.-]{1,64}:[~/][^\r\n]{0,200}[#$] $)"
)
"""What shells without a terminal say at first, their prompts, and the answer to ``id``, which is asked first."""
_STARTS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"ll|'|'|", "njRAT"), (b"lv|'|'|", "njRAT"), (b"ping|STRRAT|", "STRRAT"),
    (b"BF7CAB464EFB", "DarkComet"), (b"8EA4AB05FA7E", "DarkComet"), (b"NetBus 1.", "NetBus"),
)  # fmt: skip
_NJRAT: Final = re.compile(rb"\d{1,7}\0l[lv][^A-Za-z0-9]")
"""Later versions begin with the length in decimal digits and a NUL."""
_GH0ST: Final = re.compile(rb"[A-Za-z0-9]{5}.{8}\x78\x9c", re.DOTALL)
"""Five letters (Gh0st, and what its many descendants chose instead), two lengths, and a zlib stream."""
_GH0ST_MAX_BYTES: Final = 1_000_000
_STAGE_BYTES: Final = range(20_000, 8_000_000)


def looks_like_backdoor(data: bytes) -> bool:
    return backdoor_kind(data) is not None


def backdoor_kind(data: bytes) -> str | None:
    """What the first bytes of one side show: a kind of shell, or the name of a trojan or its kit."""
    if _WINDOWS.match(data) is not None:
        return WINDOWS_SHELL
    if _UNIX.match(data) is not None:
        return UNIX_SHELL
    for start, name in _STARTS:
        if data.startswith(start):
            return name
    if _NJRAT.match(data) is not None:
        return "njRAT"
    if _is_gh0st(data):
        return "Gh0st"
    return "Meterpreter" if _is_stage(data) else None


def _is_gh0st(data: bytes) -> bool:
    """The first length is the message's own, the second the one of what is packed in it."""
    if _GH0ST.match(data) is None:
        return False
    size, unpacked = int.from_bytes(data[5:9], "little"), int.from_bytes(data[9:13], "little")
    return len(data) <= size <= _GH0ST_MAX_BYTES and 0 < unpacked <= _GH0ST_MAX_BYTES


def _is_stage(data: bytes) -> bool:
    """A length in four bytes and a Windows program of that length: what Metasploit's first stage loads."""
    return data[4:6] == b"MZ" and int.from_bytes(data[:4], "little") in _STAGE_BYTES


def read_backdoor(data: bytes, from_server: bool) -> Plaintext:
    """``shell`` or ``trojan``, and which; nothing where this side shows none."""
    kind = backdoor_kind(data)
    if kind is None:
        return Plaintext()
    return Plaintext((("shell" if kind in SHELLS else "trojan", kind),))
