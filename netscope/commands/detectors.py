"""``netscope detectors``: what is judged and by which numbers; on a capture file, what fired and what nearly did."""

from __future__ import annotations

import textwrap
from typing import Any, Final

import click

from netscope.engine.analyze.catalogue import all_detectors
from netscope.engine.analyze.detector import Detector, Threshold
from netscope.engine.analyze.judge import Judge, Panel
from netscope.engine.capture.file import open_file
from netscope.engine.enrich.domains import registered_domain
from netscope.engine.enrich.stage import Enricher
from netscope.engine.pipeline import Pipeline
from netscope.model.errors import NetScopeError
from netscope.model.records import Alert, Session
from netscope.model.text import neutralise

EASE: Final = 2.0
"""A near miss has at least half the evidence that an alert needs."""
WIDTH: Final = 110
PUMP_PACKETS: Final = 65_536


@click.command("detectors")
@click.option(
    "-r", "--read", "file", metavar="FILE",
    help="Judge this capture twice, with the thresholds as they are and with counts halved, and tell the near misses.",
)  # fmt: skip
def detectors(file: str | None) -> None:
    """List what NetScope judges: each detector's question, its thresholds and why they are what they are."""
    if file is None:
        for detector in all_detectors(None, ()).detectors:
            click.echo("\n".join(described(detector)) + "\n")
        return
    if file == "-":
        raise NetScopeError("a dry run reads the capture twice: name a file instead of a pipe")
    click.echo("\n".join(dry_run(file)))


def described(detector: Detector) -> list[str]:
    """Name, what its alerts mean, and a line for each number."""
    lines = [detector.name]
    lines += textwrap.wrap(detector.explanation.what, WIDTH, initial_indent="  ", subsequent_indent="  ")
    lines += [f"  {line}" for threshold in detector.thresholds() for line in _threshold_lines(threshold)]
    return lines


def _threshold_lines(threshold: Threshold) -> list[str]:
    head = f"{threshold.name} = {threshold.value:g} {threshold.unit}: "
    return textwrap.wrap(head + threshold.reason, WIDTH - 2, initial_indent="  ", subsequent_indent="      ")


def dry_run(path: str) -> list[str]:
    """What fires on a capture, and what would with half the evidence."""
    enricher = Enricher.open()
    fired = judge_file(path, enricher, all_detectors(None, (), None, registered_domain))
    eased = judge_file(path, enricher, all_detectors(None, (), None, registered_domain, ease=EASE))
    missed = {key: alert for key, alert in eased.items() if key not in fired}
    lines = [f"{len(fired)} alerts"]
    lines += [line for alert in fired.values() for line in _alert_lines(alert, alert)]
    lines.append(f"{len(missed)} near misses (at least half of what an alert needs)")
    real = {detector.name: detector for detector in all_detectors(None, ()).detectors}
    for alert in missed.values():
        lines += _alert_lines(alert, None)
        lines += [
            f"      needs {threshold.name} = {threshold.value:g} {threshold.unit}"
            for threshold in real[alert.detector].thresholds()
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
