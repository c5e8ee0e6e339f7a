"""Types of the compiled formats (formats.pyx)."""

import mmap
from collections.abc import Callable
from typing import Final

from netscope.model.dns import DnsMessage

MAX_HEAD_BYTES: Final = 65_536
"""Servers refuse heads of more than 8 to 64 KB; a longer one is not a head."""
MAX_RECORDS: Final = 1024

def head_end(data: bytes, start: int = 0) -> int: ...

class FieldNames:
    names: tuple[str, ...]

    def __init__(self, *names: str) -> None: ...
    def read(self, data: bytes) -> tuple[str, list[str | None]] | None: ...

def escape_label(label: bytes) -> str: ...
def read_name(data: bytes, position: int, names: dict[int, str], used: int = 0) -> tuple[str, int]: ...
def read_message(
    data: bytes, types: dict[int, str], forms: dict[int, Callable[[bytes, int, int, dict[int, str]], str]]
) -> DnsMessage: ...
def is_plausible(data: bytes) -> bool: ...
def read_ranges(text: bytes | mmap.mmap, is_v6: bool) -> tuple[bytes, bytes, list[str]]:
    """(starts, country numbers, codes by number); starts are native integers of 32 bits, of IPv6 64, numbers of 16.

    ValueError names the line that is wrong.
    """
