"""Alerts of a run reach a target through the process that sends; what is allowed, mild or known does not."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from netscope.config.notify import Command, Notify, Webhook
from netscope.engine.thread import Engine
from netscope.model.allow import AllowRule
from netscope.model.errors import NetScopeError
from netscope.model.records import Alert
from netscope.notify import outgoing
from netscope.notify.outgoing import MAX_BACKLOG, SETTLE_NS, Notifier, has_targets, process_settings
from tests.engine.memory_source import MemorySource
from tests.engine.small_network import START_NS
from tests.engine.store.samples import wait_until
from tests.engine.test_outbox import run_through
from tests.engine.test_pipeline import an_evening

LATER_NS = START_NS + 10 * SETTLE_NS


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A program that appends what it is given."""
    script = tmp_path / "tell"
    script.write_text(f"#!/bin/sh\ncat >> {tmp_path}/told\necho >> {tmp_path}/told\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


def told(target: Path) -> list[dict[str, Any]]:
    path = target.with_name("told")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def a_run(*alerts: Alert) -> Engine:
    _, _, engine = run_through(MemorySource(an_evening()))
    engine.finished = False
    engine.pipeline.alerts.clear()
    for number, alert in enumerate(alerts, 1):
        alert.id = number
        engine.pipeline.alerts[number] = alert
    return engine


def an_alert(severity: str = "high", detector: str = "port_scan", **more: Any) -> Alert:
    return Alert(detector, severity, f"A {detector}", START_NS, START_NS, {"because": "x"}, device_id=1, **more)


def notifier(target: Path, severity: str = "medium") -> Notifier:
    made = Notifier(Notify(severity=severity, command=(Command(run=(str(target),)),)), None)
    made.describe = lambda detector: (f"what {detector}", "usual", "check")
    return made


def test_new_alerts_that_are_severe_enough_are_sent_once(target: Path) -> None:
    engine = a_run(an_alert(), an_alert("low"), an_alert("medium", "upload"), an_alert(state="acknowledged"))
    sender = notifier(target)
    for _ in range(3):
        sender.publish(engine, LATER_NS)
    sender.close()
    assert [(said["detector"], said["event"], said["what"]) for said in told(target)] == [
        ("port_scan", "new", "what port_scan"), ("upload", "new", "what upload"),
    ]  # fmt: skip
    assert told(target)[0]["mac"] == "a4:83:e7:00:00:31"


def test_one_that_gets_worse_is_sent_again_and_a_mild_one_waits_until_it_has_settled(target: Path) -> None:
    alert = an_alert("medium")
    engine = a_run(alert)
    engine.pipeline.meter.advance(START_NS)
    sender = notifier(target)
    assert sender._due(engine, START_NS + SETTLE_NS - 1) == []
    sender.publish(engine, LATER_NS)
    alert.severity = "critical"
    sender.publish(engine, LATER_NS)
    sender.close()
    assert [(said["severity"], said["event"]) for said in told(target)] == [("medium", "new"), ("critical", "worse")]


def test_what_is_allowed_in_the_run_or_meanwhile_in_the_recording_is_not_sent(target: Path) -> None:
    engine = a_run(an_alert(), an_alert(detector="upload"), an_alert(detector="beacon"))
    engine.pipeline.allow(AllowRule("port_scan", "a4:83:e7:00:00:31"))
    sender = notifier(target)
    sender.allowed = lambda: [AllowRule("upload")]
    sender.publish(engine, LATER_NS)
    sender.close()
    assert [said["detector"] for said in told(target)] == ["beacon"]


def test_a_recording_that_cannot_be_read_holds_nothing_back(target: Path) -> None:
    def fails() -> list[AllowRule]:
        raise NetScopeError("locked")

    engine = a_run(an_alert())
    sender = notifier(target)
    sender.allowed = fails
    sender.publish(engine, LATER_NS)
    sender.close()
    assert len(told(target)) == 1


def test_what_became_of_messages_is_counted_and_failures_are_told_once(tmp_path: Path) -> None:
    engine = a_run(an_alert(), an_alert(detector="upload"))
    sender = Notifier(Notify(command=(Command(run=("/no/such/program",)),)), None)
    sender.publish(engine, LATER_NS)

    def heard() -> bool:
        sender.publish(engine, LATER_NS)
        return bool(engine.pipeline.counters["notify_failed"])

    wait_until(heard)
    assert [notice for notice in engine.notices if "program" in notice] == [
        "notify: command program: No such file or directory; trying again"
    ]
    sender.close()


def test_a_process_that_has_ended_is_told_and_stops_nothing(target: Path) -> None:
    engine = a_run(an_alert())
    sender = notifier(target)
    sender._process.kill()
    sender._process.wait()

    def noticed() -> bool:
        sender.publish(engine, LATER_NS)
        return any("has ended" in notice for notice in engine.notices)

    wait_until(noticed)
    sender.publish(engine, LATER_NS)
    sender.close()


def test_a_process_that_does_not_read_is_not_waited_for(target: Path) -> None:
    sender = notifier(target)
    os.kill(sender._process.pid, 19)  # SIGSTOP
    began_s = time.monotonic()
    for number in range(2_000):
        sender._queue({"severity": "high", "title": "x" * 1_000, "n": number})
        sender._write()
    assert time.monotonic() - began_s < 5
    assert len(sender._backlog) == MAX_BACKLOG
    assert sender._counts["notify_dropped"] > 1_000
    sender._process.kill()
    sender.close()


def test_the_process_holds_nothing_of_the_engine(target: Path) -> None:
    sender = notifier(target)
    wait_until(lambda: "NoNewPrivs:\t1" in Path(f"/proc/{sender._process.pid}/status").read_text())
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{sender._process.pid}/status").read_text().splitlines())
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {0}
    assert set(os.listdir(f"/proc/{sender._process.pid}/fd")) == {"0", "1", "2"}
    sender.close()
    assert sender._process.returncode == 0


def test_off_by_default_and_said_when_on(target: Path) -> None:
    assert not has_targets(Notify())
    sender = notifier(target)
    assert (
        sender.attach(lambda detector: ("", "", ""), None)
        == "notify: alerts are sent to command tell; this uses the network"
    )
    sender.close()


def test_settings_are_plain_and_each_target_has_its_severity() -> None:
    notify = Notify(
        severity="low", webhook=(Webhook(url="https://a.example/x", severity="critical"), Webhook(url="http://b/"))
    )
    settings = process_settings(notify, "anna")
    assert json.loads(json.dumps(settings)) == settings
    assert [target["severity"] for target in settings["targets"]] == ["critical", "low"]
    assert settings["user"] == "anna"
    assert outgoing.KINDS == ("webhook", "command", "syslog", "mqtt")
