"""Every detector through the whole pipeline: it fires on the attack and is silent on the near twin."""

from __future__ import annotations

import pytest

from netscope.commands.detect_test import Trial
from netscope.demo.attacks import SCENARIOS, Scenario
from netscope.engine.analyze.catalogue import all_detectors
from netscope.engine.analyze.detector import RANK


@pytest.fixture(scope="module")
def trial() -> Trial:
    return Trial()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.detector)
def test_the_attack_makes_its_alert_with_its_evidence(scenario: Scenario, trial: Trial) -> None:
    alerts = trial.alerts(scenario.attack, scenario.detector, scenario.listed)
    severe = [alert for alert in alerts if RANK[alert.severity] >= RANK[scenario.severity]]
    assert severe
    for alert in severe:
        assert {"observed", "threshold", "window_s", "because"} <= alert.evidence.keys()
        assert all(len(value) <= 64 for value in alert.evidence.values() if isinstance(value, list))
        assert alert.first_ns <= alert.last_ns
        assert alert.count >= 1


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.detector)
def test_its_near_twin_makes_none(scenario: Scenario, trial: Trial) -> None:
    assert trial.is_quiet(scenario)


def test_an_ordinary_evening_makes_no_alert_above_low(trial: Trial) -> None:
    assert trial.quiet_evening() == []


def test_every_detector_has_a_scenario_and_each_scenario_its_detector() -> None:
    detectors = {detector.name for detector in all_detectors(None, ()).detectors}
    assert {scenario.detector for scenario in SCENARIOS} == detectors
