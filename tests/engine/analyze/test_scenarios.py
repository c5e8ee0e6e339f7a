"""Every detector through the whole pipeline: it fires on the attack and is silent on the near twin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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


def test_a_key_of_evidence_is_of_one_type_whoever_tells_it(trial: Trial) -> None:
    """Readers that want columns, such as polars, refuse a file of alerts otherwise."""
    seen: dict[str, dict[str, str]] = {}
    for scenario in SCENARIOS:
        for alert in trial.alerts(scenario.attack, scenario.detector, scenario.listed):
            for key, kind in kinds_of(alert.evidence):
                seen.setdefault(key, {})[kind] = scenario.detector
    assert {key: kinds for key, kinds in seen.items() if len(kinds) > 1} == {}


def kinds_of(evidence: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in evidence.items():
        if isinstance(value, Mapping):
            yield from kinds_of(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield from ((prefix + key, f"list of {type(item).__name__}") for item in value)
        elif value is not None:
            yield prefix + key, "number" if isinstance(value, int | float) else type(value).__name__


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.detector)
def test_its_near_twin_makes_none(scenario: Scenario, trial: Trial) -> None:
    assert trial.is_quiet(scenario)


def test_an_ordinary_evening_makes_no_alert_above_low(trial: Trial) -> None:
    assert trial.quiet_evening() == []


def test_every_detector_has_a_scenario_and_each_scenario_its_detector() -> None:
    detectors = {detector.name for detector in all_detectors(None, ()).detectors}
    assert {scenario.detector for scenario in SCENARIOS} == detectors
