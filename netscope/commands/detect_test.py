"""``netscope detect-test``: plays one attack for each detector, and its near twin, through the real pipeline."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import click

from netscope.engine.analyze.catalogue import all_detectors
from netscope.engine.analyze.detector import RANK
from netscope.engine.analyze.judge import Judge
from netscope.engine.enrich import oui
from netscope.engine.enrich.domains import registered_domain
from netscope.engine.enrich.place import PlaceLookup
from netscope.engine.enrich.stage import Enricher
from netscope.engine.enrich.trackers import TrackerMatcher
from netscope.engine.pipeline import Pipeline
from netscope.model.errors import NetScopeError
from netscope.model.records import Alert, Session

if TYPE_CHECKING:
    from netscope.demo.attack_traffic import Play
    from netscope.demo.attacks import Scenario

LINK_TYPE_ETHERNET: Final = 1
SEED: Final = 1
QUIET_MINUTES: Final = 4


def judge_frames(
    frames: Iterable[tuple[int, bytes]], enricher: Enricher, *, listed: Mapping[str, str] | None = None
) -> list[Alert]:
    """The alerts of Ethernet frames in time order, as a first run gives. Frames may be cut after their headers."""
    session = Session("detect-test", "file", "EN10MB", None, 0, "")
    judge = Judge(all_detectors(None, (), None, registered_domain, listed))
    pipeline = Pipeline(session, enrich=enricher, identify=enricher.identify, analyze=judge, keep=False)
    for timestamp_ns, frame in frames:
        pipeline.meter.add_frame(timestamp_ns, frame, -1, LINK_TYPE_ETHERNET, 0)
    pipeline.finish()
    return list(pipeline.alerts.values())


PLACES: Final = ((3, "DE"), (47, "CN"))
"""First byte of an address and its country, so that the test needs no database of the machine."""


def trial_enricher() -> Enricher:
    """With the data that comes along, and places of its own."""
    with TemporaryDirectory() as folder:
        ranges = Path(folder) / "geoip"
        ranges.write_text("".join(f"{byte << 24},{(byte + 1 << 24) - 1},{code}\n" for byte, code in PLACES))
        places = PlaceLookup(range_files={4: ranges})
        places.warm()
    return Enricher(places, TrackerMatcher.embedded((), ()), oui.load(oui.table_path(None)))


class Trial:
    """Plays scenarios in one household."""

    def __init__(self) -> None:
        self._enricher = trial_enricher()

    def alerts(self, play_of: Play, detector: str, listed: Mapping[str, str] | None = None) -> list[Alert]:
        """What one detector says of one play."""
        from netscope.demo.attacks import play  # noqa: PLC0415
        from netscope.demo.household import Household  # noqa: PLC0415
        from netscope.demo.synthesis import DEFAULT_START_NS  # noqa: PLC0415

        frames = play(Household(SEED, DEFAULT_START_NS), DEFAULT_START_NS, play_of)
        return [alert for alert in judge_frames(frames, self._enricher, listed=listed) if alert.detector == detector]

    def fires(self, scenario: Scenario) -> bool:
        return _reaches(self.alerts(scenario.attack, scenario.detector, scenario.listed), scenario.severity)

    def is_quiet(self, scenario: Scenario) -> bool:
        return not _reaches(self.alerts(scenario.twin, scenario.detector, scenario.listed), scenario.severity)

    def quiet_evening(self) -> list[Alert]:
        """Alerts above low on an ordinary evening."""
        from netscope.demo.attacks import quiet_evening  # noqa: PLC0415

        alerts = judge_frames(quiet_evening(SEED, QUIET_MINUTES), self._enricher)
        return [alert for alert in alerts if RANK[alert.severity] > RANK["low"]]


def _reaches(alerts: Sequence[Alert], severity: str) -> bool:
    return any(RANK[alert.severity] >= RANK[severity] for alert in alerts)


@click.command("detect-test")
@click.argument("detectors", nargs=-1)
def detect_test(detectors: tuple[str, ...]) -> None:
    """Prove that the detectors work: play an attack for each, and ordinary traffic that looks like it.

    Each attack must make its alert and each twin must not; an ordinary evening must make none above low. Uses no
    network and needs no right. Name DETECTORS to play only theirs. Exit code 1 when something is amiss.
    """
    try:
        from netscope.demo.attacks import SCENARIOS  # noqa: PLC0415
    except ImportError as missing:
        raise NetScopeError(f"the test traffic needs {missing.name}: pip install 'netscope[demo]'") from missing
    unknown = sorted(set(detectors) - {scenario.detector for scenario in SCENARIOS})
    if unknown:
        raise NetScopeError(f"no detector is called {unknown[0]}; netscope detectors lists them")
    chosen = [scenario for scenario in SCENARIOS if not detectors or scenario.detector in detectors]
    failures = run_scenarios(Trial(), chosen, evening=not detectors)
    sys.exit(1 if failures else 0)


def run_scenarios(trial: Trial, scenarios: list[Scenario], *, evening: bool) -> int:
    """Print a line each and the sum; how many did not go as they should."""
    fired = quiet = 0
    for scenario in scenarios:
        fires, is_quiet = trial.fires(scenario), trial.is_quiet(scenario)
        fired += fires
        quiet += is_quiet
        attack, twin = "fires" if fires else "MISSED", "silent" if is_quiet else "WRONG"
        mark = "ok  " if fires and is_quiet else "FAIL"
        click.echo(f"{mark} {scenario.detector:<20} attack {attack}, {twin} on {scenario.twin_words}")
    click.echo(f"{fired} of {len(scenarios)} detectors fired; {quiet} of {len(scenarios)} near twins made no alert")
    failures = 2 * len(scenarios) - fired - quiet
    if evening:
        wrong = trial.quiet_evening()
        failures += len(wrong)
        told = ", ".join(f"{alert.detector} ({alert.title})" for alert in wrong)
        click.echo(f"ordinary evening: {told or 'no alert above low'}")
    return failures
