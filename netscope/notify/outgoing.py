"""The engine's end: hands new alerts to the notifying process, once a second, and never waits for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Protocol

import netscope
from netscope.config.notify import Notify
from netscope.engine.alerts_shown import ends_of
from netscope.engine.analyze.detector import RANK
from netscope.engine.outbox import display_name
from netscope.engine.thread import Engine
from netscope.model.allow import AllowList, AllowRule
from netscope.model.errors import NetScopeError
from netscope.model.records import Alert, Device
from netscope.model.text import neutralise
from netscope.notify.message import Message, Words, alert_message, encoded
from netscope.notify.process import DRAIN_S
from netscope.notify.targets import target_of

KINDS: Final = ("webhook", "command", "syslog", "mqtt")
MAX_BACKLOG: Final = 256
"""Messages for a process that does not read; further ones are counted: ``notify_dropped``."""
MAX_TOLD: Final = 10_000
"""Alerts whose severity as it was sent is remembered, as many as the run itself remembers."""
MAX_NOTICES: Final = 100
"""Of a run: a target that comes and goes for months must not fill the memory."""
SETTLE_NS: Final = 20 * 1_000_000_000
"""How long one that is not urgent waits: by then a new device has told its name."""
URGENT: Final = RANK["high"]
PASSED_ON: Final = (
    "PATH", "LANG", "HOME", "SUDO_UID", "DOAS_USER", "PKEXEC_UID", "SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY",
)  # fmt: skip
"""Of the environment: who works for whom, and how the network is reached."""
START: Final = "from netscope.notify.process import main; main()"

Allowed = Callable[[], list[AllowRule]]
"""The user's rules as they are in the recording now: somebody may look at it and allow an alert meanwhile."""


class Allowing(Protocol):
    """The recording, as far as it is asked here."""

    def allow_rules(self) -> list[AllowRule]: ...


def process_settings(notify: Notify, user: str | None) -> dict[str, Any]:
    """What the process is told: its targets, as JSON takes them."""
    targets = [
        {
            "kind": kind,
            "severity": target.severity or notify.severity,
            "settings": json.loads(json.dumps(asdict(target), default=str)),
        }
        for kind in KINDS
        for target in getattr(notify, kind)
    ]
    return {"user": user, "per_hour": notify.per_hour, "targets": targets}


def start_process(settings: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    """Before this process gives its rights up; it inherits no capture and begins with a clean memory."""
    environment = {name: value for name in PASSED_ON if (value := os.environ.get(name)) is not None}
    environment["PYTHONPATH"] = str(Path(netscope.__file__).parent.parent)
    process = subprocess.Popen(  # noqa: S603 - this interpreter and our own module
        [sys.executable, "-P", "-c", START], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
        start_new_session=True, close_fds=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(settings).encode() + b"\n")
    process.stdin.flush()
    os.set_blocking(process.stdin.fileno(), False)
    os.set_blocking(process.stdout.fileno(), False)
    return process


def has_targets(notify: Notify) -> bool:
    return any(getattr(notify, kind) for kind in KINDS)


def _no_words(detector: str) -> Words:
    return ("", "", "")


class Notifier:
    """Implements the engine's ``Watcher``."""

    def __init__(self, notify: Notify, user: str | None) -> None:
        settings = process_settings(notify, user)
        self._least = min(RANK[target["severity"]] for target in settings["targets"])
        self._process = start_process(settings)
        self.describe: Callable[[str], Words] = _no_words
        self.allowed: Allowed = list
        self.names = [target_of(target["kind"], target["settings"])[0] for target in settings["targets"]]
        self._told: OrderedDict[int, int] = OrderedDict()
        """Alert -> rank of the severity it was sent with."""
        self._backlog: deque[bytes] = deque()
        self._answers = b""
        self._failing: dict[str, str] = {}
        self._lost = False
        """Nothing can be handed on any more."""
        self._ended = False
        """The process was seen to have ended, and that was told."""
        self._counts: Counter[str] = Counter()

    def attach(self, describe: Callable[[str], Words], history: Allowing | None) -> str:
        """``describe``: a detector's words, as the judge has them. Returns what the user is told at the start."""
        self.describe = describe
        if history is not None:
            self.allowed = history.allow_rules
        return f"notify: alerts are sent to {', '.join(self.names)}; this uses the network"

    def publish(self, engine: Engine, now_ns: int) -> None:
        """Once a second, and a last time when the run has ended."""
        assert self._process.stdin is not None
        if self._process.stdin.closed:
            return
        now_ns = max(now_ns, engine.pipeline.meter.now_ns)
        for alert, event in self._due(engine, now_ns):
            self._queue(self._message(engine, alert, event))
        self._write()
        self._read(engine)
        engine.pipeline.counters.update({name: n - engine.pipeline.counters[name] for name, n in self._counts.items()})
        del engine.notices[:-MAX_NOTICES]
        if engine.finished:
            self.close()

    def _due(self, engine: Engine, now_ns: int) -> list[tuple[Alert, str]]:
        """Alerts severe enough that were not sent yet, or less severely."""
        found: list[tuple[Alert, str]] = []
        allow_list: AllowList | None = None
        for alert in engine.pipeline.alerts.values():
            rank = RANK.get(alert.severity, 0)
            before = self._told.get(alert.id, 0)
            if rank < self._least or rank <= before or alert.state != "new":
                continue
            if rank < URGENT and now_ns - alert.first_ns < SETTLE_NS and not engine.finished:
                continue
            if allow_list is None:
                allow_list = AllowList([*engine.pipeline.allow_list.rules, *self._allowed_now()])
            self._remember(alert.id, rank)
            if not self._is_allowed(engine, alert, allow_list):
                found.append((alert, "worse" if before else "new"))
        return found

    def _allowed_now(self) -> list[AllowRule]:
        """A recording that cannot be read just now allows what the run knows of."""
        try:
            return self.allowed()
        except NetScopeError:
            return []

    def _remember(self, alert_id: int, rank: int) -> None:
        self._told[alert_id] = rank
        while len(self._told) > MAX_TOLD:
            self._told.popitem(last=False)

    @staticmethod
    def _is_allowed(engine: Engine, alert: Alert, allow_list: AllowList) -> bool:
        devices = engine.pipeline.correlator.devices.by_id

        def name(device_id: int | None, otherwise: str) -> str:
            device = devices.get(device_id) if device_id is not None else None
            return display_name(device) if device is not None else otherwise

        return allow_list.allows(alert.detector, lambda: ends_of(alert, devices, name)) is not None

    def _message(self, engine: Engine, alert: Alert, event: str) -> Message:
        device: Device | None = None
        if alert.device_id is not None:
            device = engine.pipeline.correlator.devices.by_id.get(alert.device_id)
        name = display_name(device) if device is not None else "-"
        return alert_message(alert, device, name, self.describe(alert.detector), event)

    def _queue(self, message: Message) -> None:
        if len(self._backlog) >= MAX_BACKLOG:
            self._counts["notify_dropped"] += 1
            return
        self._backlog.append(encoded(message))

    def _write(self) -> None:
        """As much as the pipe takes: it takes a message whole or not at all."""
        assert self._process.stdin is not None
        while self._backlog and not self._lost:
            try:
                os.write(self._process.stdin.fileno(), self._backlog[0])
            except BlockingIOError:
                return
            except OSError:
                self._lost = True
                return
            self._backlog.popleft()

    def _read(self, engine: Engine) -> None:
        """What became of messages; a target that begins to fail or recovers is told once."""
        assert self._process.stdout is not None
        try:
            self._answers += os.read(self._process.stdout.fileno(), 65_536)
        except BlockingIOError:
            return
        *lines, self._answers = self._answers.split(b"\n")
        for line in lines:
            self._hear(json.loads(line), engine)
        if self._process.poll() is not None and not self._ended and not engine.finished:
            self._lost = self._ended = True
            engine.notices.append("notify: the notifying process has ended; alerts are sent no more until a restart")

    def _hear(self, fact: dict[str, str], engine: Engine) -> None:
        target, event, words = fact["target"], fact["event"], neutralise(fact["words"], 200)
        self._counts[f"notify_{event}"] += 1
        if event == "failed" and self._failing.get(target) != words:
            self._failing[target] = words
            engine.notices.append(f"notify: {target}: {words}; trying again")
        elif event == "sent" and self._failing.pop(target, None) is not None:
            engine.notices.append(f"notify: {target} takes messages again")
        elif event == "refused":
            engine.notices.append(f"notify: {words}")

    def close(self) -> None:
        """Give the process its time to send what waits."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if self._process.stdin.closed:
            return
        self._process.stdin.close()
        try:
            self._process.wait(DRAIN_S + 2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
