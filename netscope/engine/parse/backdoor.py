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
_NJRAT: Final = re.compile(rb"(?:\d{1,7}\0)?l[lv][^A-Za-z0-9]")
"""``ll`` or ``lv`` and a separator; later versions begin with the length in decimal digits and a NUL."""
_STRRAT: Final = re.compile(rb"ping\|STRRAT\|")
_DARKCOMET: Final = re.compile(rb"BF7CAB464EFB|8EA4AB05FA7E")
"""Its greetings under the password it has from the start."""
_NETBUS: Final = re.compile(rb"NetBus 1\.")
_GH0ST: Final = re.compile(rb"[A-Za-z0-9]{5}.{8}\x78\x9c", re.DOTALL)
"""Five letters (Gh0st, and what its many descendants chose instead), two lengths, and a zlib stream."""
_GH0ST_MAX_BYTES: Final = 1_000_000
_ZLIB: Final = b"\x78\x9c"
_STAGE_BYTES: Final = range(20_000, 8_000_000)
"""A length in four bytes and a Windows program of that length: what Metasploit's first stage loads."""

_LOWER: Final = bytes(range(0x61, 0x7B))
_ROWS: Final[tuple[tuple[bytes, re.Pattern[bytes], str], ...]] = (
    (b" \t\r\n(" + _LOWER.upper(), _WINDOWS, WINDOWS_SHELL),
    (b" \t\r\n/_" + _LOWER, _UNIX, UNIX_SHELL),
    (b"l0123456789", _NJRAT, "njRAT"),
    (b"p", _STRRAT, "STRRAT"),
    (b"B8", _DARKCOMET, "DarkComet"),
    (b"N", _NETBUS, "NetBus"),
)
"""First bytes that may begin it, the test, the name."""
_BY_FIRST: Final[dict[bytes, tuple[tuple[re.Pattern[bytes], str], ...]]] = {
    bytes((first,)): tuple((pattern, kind) for starts, pattern, kind in _ROWS if first in starts)
    for first in range(256)
    if any(first in starts for starts, _, _ in _ROWS)
}
"""Most streams begin with a byte that is none of these, and cost a look at three places."""


def backdoor_kind(data: bytes) -> str | None:
    """What the first bytes of one side show: a kind of shell, or the name of a trojan or its kit."""
    for pattern, kind in _BY_FIRST.get(data[:1], ()):
        if pattern.match(data) is not None:
            return kind
    if data[13:15] == _ZLIB:
        return "Gh0st" if _is_gh0st(data) else None
    return "Meterpreter" if data[4:6] == b"MZ" and int.from_bytes(data[:4], "little") in _STAGE_BYTES else None


def _is_gh0st(data: bytes) -> bool:
    """The first length is the message's own, the second the one of what is packed in it."""
    if _GH0ST.match(data) is None:
        return False
    size, unpacked = int.from_bytes(data[5:9], "little"), int.from_bytes(data[9:13], "little")
    return len(data) <= size <= _GH0ST_MAX_BYTES and 0 < unpacked <= _GH0ST_MAX_BYTES


def read_backdoor(data: bytes, from_server: bool) -> Plaintext:
    """``shell`` or ``trojan``, and which; nothing where this side shows none."""
    kind = backdoor_kind(data)
    if kind is None:
        return Plaintext()
    return Plaintext((("shell" if kind in SHELLS else "trojan", kind),))
