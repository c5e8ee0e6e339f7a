"""The words of an alert, from its evidence."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from netscope.model.snapshot import AlertRow
from netscope.tui.explanation import explain, value_words, why, wrap_facts
from netscope.tui.glyphs import BLOCKS
from tests.tui.fake_reader import FakeReader


def alert(**evidence: Any) -> AlertRow:
    return FakeReader().snapshot().alerts[0]._replace(evidence=evidence)


def test_why_has_the_figures_the_rule_and_the_reason_of_the_severity() -> None:
    told = alert(observed={"devices": 13}, threshold={"devices": 1}, window_s=120.0, because="first run")
    assert why(told) == "13 devices   (rule: 1 device, within 2 min); first run"
    assert why(alert(observed={"dns_queries": 1, "score": 0.5})) == "1 dns query, score 0.5"
    assert why(alert(observed={"port": 8765, "country": None, "bytes_up": 768})) == "port 8765, 768 bytes up"


def test_labels_of_data_stand_back_behind_their_values() -> None:
    told = alert(observed={}, server="10.0.0.1", because="said in Why")
    pieces = [piece for line in explain(told, 0, BLOCKS, "a", 80) for piece in line]
    assert ("server", "dim") in pieces
    assert (" 10.0.0.1", "") in pieces
    assert sum("said in Why" in text for text, _ in pieces) == 1


@pytest.mark.parametrize("width", [40, 78, 160])
def test_the_severity_is_told_however_long_the_title(width: int) -> None:
    told = alert()._replace(title="Weak encryption with " + "a-long-name." * 9 + "example", severity="high")
    (head, *_) = explain(told, 0, BLOCKS, "a", width)
    line = "".join(text for text, _ in head)[:width]
    assert "  high" in line


def test_the_device_is_named_once_above_an_explanation() -> None:
    told = alert()
    told = told._replace(title=f"{told.device_name} hides DNS")
    (head, *_) = explain(told, 0, BLOCKS, "a", 100)
    assert "".join(text for text, _ in head).count(told.device_name) == 1
    (head, *_) = explain(told._replace(device_id=None, device_name="-", title="13 devices learned"), 0, BLOCKS, "a", 90)
    assert head[-1][0] == f"  {told.severity}"


def test_long_lists_of_evidence_say_how_many_are_listed() -> None:
    assert value_words(list(range(50))).endswith("11 … 50 listed")
    assert value_words([1, 2]) == "1 2"


@pytest.mark.parametrize("room", range(20, 90, 7))
def test_facts_are_wrapped_between_words_and_lose_none(room: int) -> None:
    facts = [("gaps (s)", "30 30.2 29.9"), ("server", "日本語.example:8883"), ("hash", "a" * 130), ("last", "14:03:11")]
    lines = ["".join(text for text, _ in line) for line in wrap_facts(facts, room)]
    assert all(cell_len(line) <= room for line in lines)
    joined = "".join("".join(lines).split())
    assert joined == "".join("".join(label + words for label, words in facts).split())
