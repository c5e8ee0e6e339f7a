"""``netscope detectors``: the list, and the dry run on a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from netscope.commands.detectors import detectors, dry_run
from netscope.config.schema import Config
from netscope.demo.attacks import play
from netscope.demo.cast import GUEST, NAS
from netscope.demo.household import Household
from netscope.demo.scenarios import port_scan
from netscope.demo.synthesis import DEFAULT_START_NS, write_pcap
from netscope.engine.analyze.catalogue import all_detectors
from netscope.model.errors import NetScopeError


def scan_of(ports: int, path: Path) -> Path:
    home = Household(1, DEFAULT_START_NS)
    write_pcap(path, play(home, DEFAULT_START_NS, lambda h, t: port_scan(h, GUEST, NAS, t, ports=range(1, ports + 1))))
    return path


def test_the_list_holds_every_detector_with_its_numbers() -> None:
    result = CliRunner().invoke(detectors, [])
    assert result.exit_code == 0
    for detector in all_detectors(None, ()).detectors:
        assert f"{detector.name}\n" in result.output
    assert "ports = 15 failed ports:" in result.output


def test_a_scan_below_the_threshold_is_a_near_miss(tmp_path: Path) -> None:
    lines = "\n".join(dry_run(str(scan_of(10, tmp_path / "ten.pcap")), Config()))
    fired, _, missed = lines.partition("near misses")
    assert "port_scan" not in fired
    assert "port_scan" in missed
    assert "needs ports = 15 failed ports" in missed


def test_a_scan_above_it_fires(tmp_path: Path) -> None:
    fired, _, missed = "\n".join(dry_run(str(scan_of(40, tmp_path / "forty.pcap")), Config())).partition("near misses")
    assert "port_scan" in fired
    assert "port_scan" not in missed


def test_a_pipe_cannot_be_read_twice() -> None:
    with pytest.raises(NetScopeError, match="name a file"):
        CliRunner().invoke(detectors, ["-r", "-"], catch_exceptions=False)
