"""What is said of an alert outside: one JSON object, small enough for a pipe to take whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from netscope import __version__
from netscope.model.records import Alert, Device
from netscope.model.text import neutralise

MAX_BYTES: Final = 4_000
"""Of a message: a pipe takes up to PIPE_BUF (4,096) bytes as one piece or not at all."""
MAX_TEXT_CHARS: Final = 300
MAX_VALUE_CHARS: Final = 120
MAX_VALUES: Final = 12

Message = dict[str, Any]
Words = tuple[str, str, str]
"""What, usual, check."""


def alert_message(alert: Alert, device: Device | None, device_name: str, words: Words, event: str) -> Message:
    """``event``: new, or worse where its severity has risen. Texts from the wire are neutralised."""
    evidence = alert.evidence
    title = neutralise(alert.title, MAX_TEXT_CHARS)
    message: Message = {
        "event": event,
        "text": f"{alert.severity}: {title} ({neutralise(device_name, MAX_VALUE_CHARS)})",
        "id": alert.id,
        "detector": alert.detector,
        "severity": alert.severity,
        "title": title,
        "device": neutralise(device_name, MAX_VALUE_CHARS),
        "mac": device.mac if device is not None else None,
        "first": moment(alert.first_ns),
        "last": moment(alert.last_ns),
        "count": alert.count,
        "because": neutralise(str(evidence.get("because", "")), MAX_TEXT_CHARS),
        "observed": _plain(evidence.get("observed")),
        "threshold": _plain(evidence.get("threshold")),
        "window_s": evidence.get("window_s"),
        "what": words[0],
        "usual": words[1],
        "check": words[2],
        "netscope": __version__,
    }
    return fitted(message)


def plain_message(event: str, severity: str, title: str, now_ns: int) -> Message:
    """One that is of no alert: a test, or how many were held back."""
    return {
        "event": event, "text": f"{severity}: {title}", "severity": severity, "detector": "notify", "title": title,
        "first": moment(now_ns), "last": moment(now_ns), "netscope": __version__,
    }  # fmt: skip


def fitted(message: Message) -> Message:
    """Without what makes it too large: the numbers, then the words of its detector."""
    for key in ("observed", "threshold", "usual", "what", "check"):
        if len(encoded(message)) <= MAX_BYTES:
            break
        message[key] = None
    return message


def encoded(message: Message) -> bytes:
    """One line."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode(errors="replace") + b"\n"


def moment(time_ns: int) -> str:
    """RFC 3339, in UTC with milliseconds."""
    seconds, rest_ns = divmod(time_ns, 1_000_000_000)
    stamp = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{stamp}.{rest_ns // 1_000_000:03d}Z"


def _plain(values: Any) -> dict[str, Any]:
    """A few values, texts neutralised and short."""
    if not isinstance(values, Mapping):
        return {}
    return {neutralise(str(key), 40): _value(value) for key, value in list(values.items())[:MAX_VALUES]}


def _value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_value(part) for part in value[:MAX_VALUES] if not isinstance(part, list | tuple | dict)]
    return neutralise(str(value), MAX_VALUE_CHARS)
