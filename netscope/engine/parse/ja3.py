"""JA3 and JA3S: the MD5 fingerprints of hellos as published by Salesforce, by pyja3 where that is safe.

pyja3 works on anything with ``extensions``; what it cannot take (odd lengths, thousands of values) is
written here by the same rule, so every hello has a fingerprint.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import md5
from struct import error
from typing import Final

from ja3.ja3 import process_extensions

from netscope.engine.parse.tls import EC_POINT_FORMATS, SUPPORTED_GROUPS
from netscope.engine.parse.tls_names import GREASE
from netscope.model.tls import ClientHello, ServerHello

MAX_LIST_BYTES: Final = 512
"""The longest group list handed to pyja3, which takes a microsecond a value; a hello may hold 4,096."""


def ja3(hello: ClientHello) -> tuple[str, str]:
    """The JA3 string and its MD5 in hex. GREASE is left out, order kept."""
    extensions, groups, formats = _extension_segments(hello)
    text = f"{hello.legacy_version},{_segment(hello.cipher_suites)},{extensions},{groups},{formats}"
    return text, md5(text.encode(), usedforsecurity=False).hexdigest()


def _extension_segments(hello: ClientHello) -> Iterable[str]:
    for kind, body in hello.extensions:
        if kind in (SUPPORTED_GROUPS, EC_POINT_FORMATS) and len(body) > MAX_LIST_BYTES:
            return _own_segments(hello)
    try:
        segments: list[str] = process_extensions(hello)
    except (ValueError, error):
        return _own_segments(hello)
    return segments


def _own_segments(hello: ClientHello) -> tuple[str, str, str]:
    return (
        _segment(kind for kind, _ in hello.extensions),
        _segment(hello.supported_groups),
        _segment(hello.ec_point_formats),
    )


def _segment(values: Iterable[int]) -> str:
    return "-".join([str(value) for value in values if value not in GREASE])


def ja3s(hello: ServerHello) -> tuple[str, str]:
    """The JA3S string and its MD5 in hex."""
    extensions = "-".join([str(kind) for kind, _ in hello.extensions])
    text = f"{hello.legacy_version},{hello.cipher_suite},{extensions}"
    return text, _md5(text)


@lru_cache(maxsize=1024)
def _md5(text: str) -> str:
    """Servers have few JA3S; a hello with thousands of extensions makes the longest, some 6 KB."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()
