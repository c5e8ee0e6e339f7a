"""``netscope demo``: a file that is a capture, a source for the screen, an error in one line."""

from __future__ import annotations

from pathlib import Path

import dpkt
import pytest
from click.testing import CliRunner

from netscope.commands.demo import demo
from netscope.engine.capture.source import FrameSource
from netscope.model.errors import NetScopeError


def test_write_makes_a_capture_file(tmp_path: Path) -> None:
    path = tmp_path / "home.pcap"
    ended = CliRunner().invoke(demo, ["--write", str(path)])
    assert ended.exit_code == 0, ended.output
    with path.open("rb") as file:
        count = sum(1 for _ in dpkt.pcap.Reader(file))
    assert ended.output == f"{count} packets in {path}\n"
    assert count > 40_000


def test_an_unwritable_file_is_one_line(tmp_path: Path) -> None:
    ended = CliRunner().invoke(demo, ["--write", str(tmp_path / "missing" / "home.pcap")])
    assert isinstance(ended.exception, NetScopeError)
    assert "No such file or directory; choose another file" in str(ended.exception)
    assert "\n" not in str(ended.exception)


def test_without_a_file_it_is_played() -> None:
    played: list[FrameSource] = []
    ended = CliRunner().invoke(demo, ["--speed", "5"], obj=played.append)
    assert ended.exit_code == 0, ended.output
    assert [source.kind for source in played] == ["demo"]


@pytest.mark.parametrize("speed", ["0", "-1", "1000"])
def test_a_speed_out_of_range_is_refused(speed: str) -> None:
    assert CliRunner().invoke(demo, ["--speed", speed], obj=list).exit_code == 2
