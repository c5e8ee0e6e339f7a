"""The catalogue: every detector is complete, documented, and its limits can be set."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.engine.analyze.catalogue import all_detectors
from netscope.engine.analyze.detector import QuietDetector
from netscope.model.errors import NetScopeError

DETECTORS = all_detectors(None, ()).detectors
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "detectors.md"


def by_name(name: str, **settings: float) -> QuietDetector:
    return next(d for d in all_detectors(None, (), settings={name: settings}).detectors if d.name == name)


def test_names_are_different_and_stable_slugs() -> None:
    names = [detector.name for detector in DETECTORS]
    assert len(set(names)) == len(names)
    assert all(name.replace("_", "").isalpha() and name.islower() for name in names)


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_each_explains_itself(detector: QuietDetector) -> None:
    for words in (detector.explanation.what, detector.explanation.usual, detector.explanation.check):
        assert 30 < len(words) <= 600
        assert words[0].isupper()
        assert words.endswith((".", "?"))


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_each_threshold_has_a_reason(detector: QuietDetector) -> None:
    for threshold in detector.thresholds():
        assert threshold.value > 0
        assert threshold.unit
        assert len(threshold.reason) > 15


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_each_is_documented(detector: QuietDetector) -> None:
    assert f"`{detector.name}`" in DOCUMENT.read_text()


def test_a_limit_can_be_set() -> None:
    limits = {threshold.name: threshold.value for threshold in by_name("port_scan", ports=40).thresholds()}
    assert limits["ports"] == 40
    assert limits["window_s"] == 900


def test_an_unknown_limit_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NetScopeError, match="no limit prots; it has ports, window_s"):
        by_name("port_scan", prots=40)


def test_easing_halves_counts_and_leaves_times() -> None:
    eased = next(d for d in all_detectors(None, (), ease=2).detectors if d.name == "port_scan")
    assert {threshold.name: threshold.value for threshold in eased.thresholds()} == {"ports": 7, "window_s": 900}


def test_learning_can_be_turned_off() -> None:
    detector = next(d for d in all_detectors(0, ()).detectors if d.name == "new_device")
    assert next(iter(detector.thresholds())).value == 0
