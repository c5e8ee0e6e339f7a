"""What is said of an alert outside: plain, neutral and small enough for a pipe."""

from __future__ import annotations

import json

from netscope.model.records import Alert, Device
from netscope.notify.message import MAX_BYTES, alert_message, encoded, moment, plain_message

DEVICE = Device(1, "aa:00:00:00:00:01", 0, 0, name="Lamp")
WORDS = ("what", "usual", "check")


def an_alert(title: str = "Port scan", **evidence: object) -> Alert:
    return Alert(
        "port_scan", "high", title, 1_767_290_400_123_000_000, 1_767_290_401_000_000_000, dict(evidence), id=7, count=2
    )


def test_an_alert_is_told_with_its_numbers_and_words() -> None:
    alert = an_alert(observed={"ports": 20}, threshold={"ports": 15}, window_s=900, because="from inside")
    message = alert_message(alert, DEVICE, "Lamp", WORDS, "new")
    assert message["text"] == "high: Port scan (Lamp)"
    assert {key: message[key] for key in ("event", "id", "detector", "severity", "device", "mac", "count")} == {
        "event": "new", "id": 7, "detector": "port_scan", "severity": "high", "device": "Lamp",
        "mac": "aa:00:00:00:00:01", "count": 2,
    }  # fmt: skip
    assert (message["observed"], message["threshold"], message["because"]) == (
        {"ports": 20},
        {"ports": 15},
        "from inside",
    )
    assert (message["first"], message["last"]) == ("2026-01-01T18:00:00.123Z", "2026-01-01T18:00:01.000Z")
    assert (message["what"], message["usual"], message["check"]) == WORDS


def test_texts_from_the_wire_are_neutralised() -> None:
    message = alert_message(
        an_alert("a\x1b[31m\n\u202eb", observed={"\x00": "\x07"}), None, "\x1b]0;x\x07", WORDS, "new"
    )
    assert not any(ord(c) < 32 or c == "\u202e" for c in json.dumps(message, ensure_ascii=False))


def test_a_message_fits_a_pipe_whatever_the_evidence() -> None:
    huge = {f"key{n}": ["x" * 10_000] * 50 for n in range(50)}
    message = alert_message(
        an_alert("\u4e2d" * 5_000, observed=huge, threshold=huge), DEVICE, "\u4e2d" * 500, WORDS, "new"
    )
    line = encoded(message)
    assert len(line) <= MAX_BYTES
    assert line.count(b"\n") == 1
    assert json.loads(line)["severity"] == "high"
    assert message["observed"] is None


def test_a_plain_message_has_what_targets_need() -> None:
    assert plain_message("test", "low", "a test", 0)["text"] == "low: a test"
    assert moment(0) == "1970-01-01T00:00:00.000Z"
