"""Takes up a changed configuration and changed lists while a run goes on; its flows and devices stay."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, Final

from netscope.assemble import Run
from netscope.config.schema import Config
from netscope.config.settings import Settings
from netscope.model.errors import NetScopeError
from netscope.service.log import Log
from netscope.service.notify import Notifier

TAKEN_UP: Final = ("data", "retention")
"""Sections whose options are taken up; the others are fixed at the start, some because they want a right given up."""


class Reloader:
    """Reloads in a thread of its own, one at a time, when asked by a signal or over the status socket."""

    def __init__(self, run: Run, read_settings: Callable[[], Settings], log: Log, notifier: Notifier) -> None:
        """``read_settings`` reads the file again, with the command line above it. Raises NetScopeError."""
        self._run = run
        self._read_settings = read_settings
        self._log = log
        self._notifier = notifier
        self._config: Config = run.options.config
        self._one_at_a_time = threading.Lock()
        self._asked = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._main, name="netscope-reload", daemon=True)
        self._thread.start()

    def request(self) -> None:
        """Safe in a signal handler."""
        self._asked.set()

    def close(self) -> None:
        self._closing = True
        self._asked.set()
        self._thread.join()

    def reload(self) -> dict[str, Any]:
        """What came of it: ``error`` where all stays as it was, else ``notices``."""
        with self._one_at_a_time:
            self._notifier.reloading()
            try:
                notices = self._take_up(self._read_settings().config)
            except NetScopeError as problem:
                self._log.write("reload", f"not reloaded: {problem}", "error")
                return {"error": str(problem)}
            finally:
                self._notifier.tell(READY=1)
        for notice in notices:
            self._log.write("reload_notice", notice, "warning")
        self._log.write("reload", "lists and configuration reloaded")
        return {"error": None, "notices": notices}

    def _main(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            if self._closing:
                return
            self.reload()

    def _take_up(self, config: Config) -> list[str]:
        run = self._run
        warnings = run.enricher.reload(config.data.geoip, config.data.trackers)
        if run.retention is not None:
            run.retention.limits = config.retention.limits()
        if run.live_writer is not None:
            run.live_writer.reopen()
        notices = [*_left_as_they_were(self._config, config), *warnings]
        self._config = config
        return notices


def _left_as_they_were(before: Config, now: Config) -> list[str]:
    """What was changed and waits for the next start."""
    changed: list[str] = []
    for section in fields(now):
        old, new = getattr(before, section.name), getattr(now, section.name)
        if section.name in TAKEN_UP or old == new:
            continue
        if is_dataclass(new):
            changed += [f"{section.name}.{name}" for name in _differing(old, new)]
        else:
            changed.append(section.name)
    return [f"{name} has changed: it is taken up at the next start" for name in changed]


def _differing(old: Any, new: Any) -> list[str]:
    return [option.name for option in fields(new) if getattr(old, option.name) != getattr(new, option.name)]
