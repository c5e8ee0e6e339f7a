"""``netscope detect-test`` prints what fired and answers with its exit code."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from netscope.commands import detect_test
from netscope.commands.detect_test import Trial, run_scenarios
from netscope.demo.attacks import SCENARIOS
from netscope.model.errors import NetScopeError


def test_named_detectors_are_played_and_pass() -> None:
    result = CliRunner().invoke(detect_test.detect_test, ["rogue_dhcp", "inbound"])
    assert result.exit_code == 0
    assert "2 of 2 detectors fired; 2 of 2 near twins made no alert" in result.output
    assert "ok   rogue_dhcp" in result.output


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(NetScopeError, match="no detector is called nonsense"):
        CliRunner().invoke(detect_test.detect_test, ["nonsense"], catch_exceptions=False)


def test_a_missed_attack_and_a_noisy_twin_are_failures(capsys: pytest.CaptureFixture[str]) -> None:
    scenario = next(s for s in SCENARIOS if s.detector == "inbound")
    swapped = scenario._replace(attack=scenario.twin, twin=scenario.attack)
    assert run_scenarios(Trial(), [swapped], evening=False) == 2
    printed = capsys.readouterr().out
    assert "FAIL inbound" in printed
    assert "MISSED" in printed
    assert "WRONG" in printed
