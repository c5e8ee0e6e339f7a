from __future__ import annotations

import io

import pytest

from netscope.commands import progress
from netscope.commands.progress import Bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_told_in_one_line_that_goes_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    monkeypatch.setattr(progress, "TELL_S", 0.0)
    with Bar() as bar:
        bar.tell("flows", 0.5, 1_234)
        bar.tell("dns", 1.2, 5_678)
    assert terminal.getvalue() == (
        "\r[###############...............]  50%  flows  1,234 rows "
        "\r[##############################] 100%  dns  5,678 rows \r\x1b[K"
    )


def test_it_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    with Bar() as bar:
        for number in range(100):
            bar.tell("flows", number / 100, number)
    assert terminal.getvalue().count("rows") <= 2


def test_a_log_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", file := io.StringIO())
    with Bar() as bar:
        bar.tell("flows", 0.5, 1)
    assert file.getvalue() == ""
