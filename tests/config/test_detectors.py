"""Every limit of every detector can be set, and reaches the detector."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.assemble import Options, detectors_of
from netscope.config.detectors import limits_in_force
from netscope.config.reading import ConfigInvalid, read_config
from netscope.config.schema import Config
from netscope.config.template import template
from netscope.engine.analyze.catalogue import all_detectors

HERE = Path("/etc/netscope/netscope.toml")


def test_each_limit_is_an_option_with_its_default_and_reason() -> None:
    limits, written = limits_in_force(Config().detectors), template()
    known = {d.name: {t.name: t.value for t in d.thresholds()} for d in all_detectors(None, ()).detectors}
    assert limits == {name: values for name, values in known.items() if values}
    for name in limits:
        assert f"[detectors.{name}]" in written
    assert "#ports = 15" in written
    assert "a program that looks for a service tries a handful" in " ".join(written.replace("# ", "").split())


def test_a_limit_of_the_file_reaches_the_detector() -> None:
    config, _ = read_config("[detectors.port_scan]\nports = 40\nwindow_s = 60\n", HERE)
    panel = detectors_of(Options(config=config), {})
    scan = next(detector for detector in panel.detectors if detector.name == "port_scan")
    assert {limit.name: limit.value for limit in scan.thresholds()} == {"ports": 40, "window_s": 60.0}
    assert isinstance(config.detectors.port_scan.window_s, float)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("[detectors.port_scam]", ":1: detectors.port_scam: no such option; did you mean port_scan?"),
        ("[detectors.port_scan]\nprots = 1", ":2: detectors.port_scan.prots: no such option; did you mean ports?"),
        ("[detectors.port_scan]\nports = 0", ":2: detectors.port_scan.ports: 0 is too small; at least 1 failed ports"),
        ("[detectors.beacon]\nscore = -1", ":2: detectors.beacon.score: -1.0 is too small; at least 0 of 1"),
    ],
)
def test_a_limit_that_is_none_is_refused(document: str, said: str) -> None:
    with pytest.raises(ConfigInvalid) as invalid:
        read_config(document, HERE)
    assert invalid.value.problems[0].removeprefix(str(HERE)) == said
