"""``netscope detectors``: what is judged and by which numbers; on a capture file, what fired and what nearly did."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from netscope.assemble import Options, detectors_of, listed_as_bad
from netscope.commands.running import settings_of
from netscope.config.schema import Config
from netscope.engine.analyze.detector import QuietDetector, Threshold
from netscope.engine.analyze.judge import Judge, Panel
from netscope.engine.analyze.user_rules import PREFIX, Rule, UserRules
from netscope.engine.capture.file import open_file
from netscope.engine.enrich.stage import Enricher
from netscope.engine.pipeline import Pipeline
from netscope.model.errors import NetScopeError
from netscope.model.records import Alert, Session
from netscope.model.text import neutralise
from netscope.rules import compiled, fitting

EASE: Final = 2.0
"""A near miss has at least half the evidence that an alert needs."""
WIDTH: Final = 110
EXAMPLES: Final = 5
SQLITE_HEAD: Final = b"SQLite format 3\0"
PUMP_PACKETS: Final = 65_536


@click.command("detectors")
@click.option(
    "-r", "--read", "file", metavar="FILE",
    help="Judge this capture twice, with the thresholds as they are and with counts halved, and tell the near misses. "
    "Of a recording: what your rules would have told.",
)  # fmt: skip
@click.pass_context
def detectors(context: click.Context, file: str | None) -> None:
    """List what NetScope judges: each detector's question, its thresholds and why they are what they are.

    Limits and rules are those of the configuration in force.
    """
    config = settings_of(context).config
    if file is None:
        for detector in detectors_of(Options(config=config), {}).detectors:
            if detector.name != UserRules.name:
                click.echo("\n".join(described(detector)) + "\n")
        for rule in compiled(config):
            click.echo("\n".join(described_rule(rule)) + "\n")
        return
    if file == "-":
        raise NetScopeError("a dry run reads the capture twice: name a file instead of a pipe")
    path = Path(file)
    click.echo("\n".join(recording_run(path, compiled(config)) if _is_recording(path) else dry_run(file, config)))


def _is_recording(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as opened:
        return opened.read(len(SQLITE_HEAD)) == SQLITE_HEAD


def described_rule(rule: Rule) -> list[str]:
    """A rule of the user, as a detector is described."""
    return [f"{PREFIX}{rule.name}", f"  {rule.text or rule.name} ({rule.severity})", f"    {rule.kind}: {rule.when}"]


def recording_run(path: Path, rules: Sequence[Rule]) -> list[str]:
    """How often each rule fits what is recorded, and the first of each. Raises NetScopeError."""
    if not rules:
        return ["no [[rule]] in the configuration; detectors judge captures, not recordings"]
    found: dict[str, list[str]] = {rule.name: [] for rule in rules}
    counts = dict.fromkeys(found, 0)
    for rule, row in fitting(path, rules):
        counts[rule.name] += 1
        if len(found[rule.name]) < EXAMPLES:
            found[rule.name].append(neutralise(_fit_words(rule, row), 150))
    lines = []
    for rule in rules:
        lines.append(f"{PREFIX}{rule.name} fits {counts[rule.name]:,} {rule.kind}s: {rule.when}")
        lines += [f"    {words}" for words in found[rule.name]]
    return lines


def _fit_words(rule: Rule, row: Any) -> str:
    if rule.kind == "flow":
        sizes = f"{row.bytes_up:,} up, {row.bytes_down:,} down"
        return f"{row.device_name} {row.server_name or row.server_ip}:{row.server_port} {row.country or ''} {sizes}"
    return f"{row.device_name} {row.name}"


def described(detector: QuietDetector) -> list[str]:
    """Name, what its alerts mean, and a line for each number."""
    lines = [detector.name]
    lines += textwrap.wrap(detector.explanation.what, WIDTH, initial_indent="  ", subsequent_indent="  ")
    lines += [f"  {line}" for threshold in detector.thresholds() for line in _threshold_lines(threshold)]
    return lines


def _threshold_lines(threshold: Threshold) -> list[str]:
    head = f"{threshold.name} = {threshold.value:g} {threshold.unit}: "
    return textwrap.wrap(head + threshold.reason, WIDTH - 2, initial_indent="  ", subsequent_indent="      ")


def dry_run(path: str, config: Config) -> list[str]:
    """What fires on a capture, and what would with half the evidence."""
    enricher = Enricher.open(config.data.geoip, config.data.trackers)
    options, listed = Options(config=config), listed_as_bad(config)
    fired = judge_file(path, enricher, detectors_of(options, listed))
    eased = judge_file(path, enricher, detectors_of(options, listed, ease=EASE))
    missed = {key: alert for key, alert in eased.items() if key not in fired}
    lines = [f"{len(fired)} alerts"]
    lines += [line for alert in fired.values() for line in _alert_lines(alert, alert)]
    lines.append(f"{len(missed)} near misses (at least half of what an alert needs)")
    real = {detector.name: detector for detector in detectors_of(options, listed).detectors}
    for alert in missed.values():
        lines += _alert_lines(alert, None)
        lines += [
            f"      needs {threshold.name} = {threshold.value:g} {threshold.unit}"
            for threshold in real[alert.detector.partition(":")[0]].thresholds()
        ]
    return lines


def judge_file(path: str, enricher: Enricher, panel: Panel) -> dict[tuple[str, str], Alert]:
    """Alerts of a capture by (detector, key). Raises NetScopeError."""
    source = open_file(path)
    session = Session(source=path, kind="file", link_type="", filter=None, started_ns=0, version="")
    judge = Judge(panel)
    pipeline = Pipeline(session, enrich=enricher, identify=enricher.identify, analyze=judge, keep=False)
    try:
        while source.pump(pipeline.meter, PUMP_PACKETS, 0.0):
            pass
    finally:
        source.close()
    pipeline.finish()
    return {(alert.detector, alert.key): alert for alert in pipeline.alerts.values()}


def _alert_lines(alert: Alert, threshold_of: Alert | None) -> list[str]:
    rule = f", threshold {_words(alert.evidence['threshold'])}" if threshold_of is not None else ""
    title = neutralise(alert.title, 100)
    return [
        f"  {alert.severity:<8} {alert.detector:<18} {title}",
        f"      observed {_words(alert.evidence['observed'])}{rule}",
    ]


def _words(values: dict[str, Any]) -> str:
    return neutralise(", ".join(f"{name} {value}" for name, value in values.items()), 200)
