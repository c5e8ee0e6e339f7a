"""Moments as people write them: ``2h`` ago, a date, a time, seconds since 1970."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from netscope.model.errors import NetScopeError

_NS: Final = 1_000_000_000
_AGO: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)")
_SECONDS: Final = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_EPOCH: Final = re.compile(r"\d{9,10}(?:\.\d+)?")
FORMS: Final = "2h (ago: s, m, h, d, w), 2026-05-01, 2026-05-01T18:30, 2026-05-01T18:30:00Z, 1777660200 or now"


def parse_moment(text: str, now_ns: int) -> int:
    """Nanoseconds since 1970; a date or time without a zone is this machine's. Raises NetScopeError."""
    text = text.strip()
    if text == "now":
        return now_ns
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now_ns - int(float(ago[1]) * _SECONDS[ago[2]] * _NS)
    if _EPOCH.fullmatch(text):
        whole, _, fraction = text.partition(".")
        return int(whole) * _NS + int(fraction.ljust(9, "0")[:9])
    try:
        moment = datetime.fromisoformat(text)
        # Of a naive time astimezone takes the machine's zone.
        seconds = moment.astimezone().replace(microsecond=0).timestamp()
    except (ValueError, OverflowError, OSError):
        raise NetScopeError(f"{text!r} is no time; write it as {FORMS}") from None
    return int(seconds) * _NS + moment.microsecond * 1_000
