"""Shells and trojans by their first bytes, and what only resembles them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse.backdoor import UNIX_SHELL, WINDOWS_SHELL, backdoor_kind, read_backdoor
from netscope.engine.parse.recognise import recognise_stream

GH0ST = b"Gh0st" + (40).to_bytes(4, "little") + (100).to_bytes(4, "little") + b"\x78\x9c" + bytes(25)
SAMPLES: list[tuple[bytes, str]] = [
    (b"Microsoft Windows XP [Version 5.1.2600]\r\n(C) Copyright 1985-2001 Microsoft Corp.\r\n", WINDOWS_SHELL),
    (b"\r\nMicrosoft Windows [Version 10.0.19045.4291]\r\n", WINDOWS_SHELL),
    (b"Microsoft Windows [Versione 10.0.19045.4291]\r\n", WINDOWS_SHELL),
    (b"C:\\Users\\anna\\Desktop>", WINDOWS_SHELL),
    (b"PS C:\\Users\\anna> ", WINDOWS_SHELL),
    (b"bash: no job control in this shell\nwww-data@web:/$ ", UNIX_SHELL),
    (b"bash: cannot set terminal process group (1): Inappropriate ioctl for device\n", UNIX_SHELL),
    (b"/bin/sh: 0: can't access tty; job control turned off\n# ", UNIX_SHELL),
    (b"uid=0(root) gid=0(root) groups=0(root)\n", UNIX_SHELL),
    (b"sh-4.2$ ", UNIX_SHELL),
    (b"root@camera:~# ", UNIX_SHELL),
    (GH0ST, "Gh0st"),
    (GH0ST.replace(b"Gh0st", b"ByShe"), "Gh0st"),
    (b"ll|'|'|SGFjS2Vk|'|'|WIN-1|'|'|anna", "njRAT"),
    (b"149\0ll|'|'|SGFjS2Vk|'|'|", "njRAT"),
    (b"ping|STRRAT|1BE8292C|", "STRRAT"),
    (b"BF7CAB464EFB", "DarkComet"),
    ((769_024).to_bytes(4, "little") + b"MZARUH\x89\xe5", "Meterpreter"),
]
OTHERS: list[bytes] = [
    b"", b"GET /?x=uid=0(root) HTTP/1.1\r\n", b"os=Microsoft Windows [Version 10.0]\n", b"Microsoft ESMTP ready\r\n",
    b"220 mail ESMTP\r\n", b"SSH-2.0-OpenSSH_9.6\r\n", b"anna@example.org: please call $ ", b"MZ\x90\0" + bytes(60),
    b"Gh0st" + bytes(30), b"abcde" + (9).to_bytes(4, "little") + (100).to_bytes(4, "little") + b"\x78\x9c" + bytes(25),
    (7).to_bytes(4, "little") + b"MZ", b"bash-completion is a package\n", b"12345\0hello", b"sh: not found\n",
]  # fmt: skip


@pytest.mark.parametrize(("data", "kind"), SAMPLES)
def test_remote_control_is_known_by_its_first_bytes(data: bytes, kind: str) -> None:
    assert backdoor_kind(data) == kind
    attribute = "shell" if kind in (WINDOWS_SHELL, UNIX_SHELL) else "trojan"
    assert read_backdoor(data, False).facts == ((attribute, kind),)


@pytest.mark.parametrize("data", OTHERS)
def test_what_only_resembles_it(data: bytes) -> None:
    assert backdoor_kind(data) is None
    assert read_backdoor(data, True).facts == ()


@pytest.mark.parametrize(("data", "_kind"), SAMPLES)
def test_either_side_may_show_it_behind_other_bytes(data: bytes, _kind: str) -> None:
    assert recognise_stream(data, b"", 50_000, 4444) == "backdoor"
    assert recognise_stream(b"id\n", data, 50_000, 1524) == "backdoor"


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_exception(data: bytes) -> None:
    assert backdoor_kind(data) is None or len(data) > 4
