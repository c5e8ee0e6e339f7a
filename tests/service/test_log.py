"""Lines for people and for journals; a flood of one kind is cut off and counted."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from netscope.service import log as log_module
from netscope.service.log import Log


def test_words_for_a_terminal_and_pairs_for_everything_else() -> None:
    words, pairs = io.StringIO(), io.StringIO()
    for log in (Log(words), Log(pairs, is_structured=True)):
        log.write("notice", 'eth0 is "down"\nor not', "warning", packets=3, rate=0.5, name="a=b", none=None, ok=True)
    assert words.getvalue() == 'netscope: eth0 is "down" or not\n'
    assert pairs.getvalue() == (
        'event=notice level=warning text="eth0 is \\"down\\" or not" packets=3 rate=0.5 name="a=b" ok=true\n'
    )


def test_hostile_text_stays_on_its_line() -> None:
    out = io.StringIO()
    Log(out, is_structured=True).write("notice", "\x1b[31m\r\nevent=forged \u202e")
    assert len(out.getvalue().splitlines()) == 1
    assert "\x1b" not in out.getvalue()
    assert "\u202e" not in out.getvalue()


def test_a_flood_of_one_kind_is_cut_off_counted_and_hides_no_other() -> None:
    out, now = io.StringIO(), [0.0]
    log = Log(out, is_structured=True, clock=lambda: now[0])
    for number in range(1000):
        log.write("notice", str(number))
    log.write("other", "heard")
    lines = out.getvalue().splitlines()
    assert len(lines) == log_module.LINES_A_PERIOD + 1
    assert "event=other" in lines[-1]
    now[0] += log_module.PERIOD_S
    log.write("notice", "again")
    assert out.getvalue().splitlines()[-2:] == [
        f"event=left_out of=notice lines={1000 - log_module.LINES_A_PERIOD}",
        "event=notice level=info text=again",
    ]


def test_the_journal_is_told_levels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "journal").open("w+") as out:
        status = os.fstat(out.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        Log.to(out).write("notice", "x", "error")
        monkeypatch.setenv("JOURNAL_STREAM", "1:1")
        Log.to(out).write("notice", "x", "error")
        out.seek(0)
        assert out.read() == "<3>event=notice level=error text=x\nevent=notice level=error text=x\n"
    assert not Log.to(io.StringIO()).has_priorities
