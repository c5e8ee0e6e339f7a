"""The process that sends. Reads its settings and then messages from standard input, a line each.

Tells on standard output what became of them. Ends when standard input does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from netscope.engine.analyze.detector import RANK
from netscope.engine.capture.privileges import drop_privileges
from netscope.model.errors import NetScopeError
from netscope.notify.delivery import Delivery
from netscope.notify.targets import target_of

DRAIN_S: Final = 4.0
"""How long an ending run waits for what is still to be sent."""


def main() -> None:
    """Entry point of the process."""
    # Ctrl+C in the terminal is the run's to hear: it ends this process by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = json.loads(sys.stdin.buffer.readline())
    try:
        # A password may be root's to read.
        targets = [(target, with_secret(target)) for target in settings["targets"]]
        give_up_rights(settings)
    except NetScopeError as problem:
        _report("", "refused", str(problem))
        return
    serve([_delivery(target, secrets, settings["per_hour"]) for target, secrets in targets])


def give_up_rights(settings: Mapping[str, Any]) -> None:
    """All but the network; without a program to run nothing can be written either. Raises NetScopeError."""
    has_command = any(target["kind"] == "command" for target in settings["targets"])
    drop_privileges(settings["user"], writable=None if has_command else (), may_send=True)


def serve(deliveries: Sequence[tuple[str, Delivery]]) -> None:
    """Until standard input ends. ``deliveries``: each with the least severity it is sent."""
    for line in sys.stdin.buffer:
        message = json.loads(line)
        for least, delivery in deliveries:
            if RANK.get(message["severity"], 0) >= RANK[least]:
                delivery.submit(message)
    _close([delivery for _, delivery in deliveries])


def _delivery(target: Mapping[str, Any], settings: Mapping[str, Any], per_hour: int) -> tuple[str, Delivery]:
    name, send = target_of(target["kind"], settings)
    return target["severity"], Delivery(name, send, per_hour, _report)


def with_secret(target: Mapping[str, Any]) -> dict[str, Any]:
    """The password of a broker is read here, by the process that uses it. Raises NetScopeError."""
    settings = dict(target["settings"])
    if settings.get("password_file"):
        try:
            settings["password"] = Path(settings["password_file"]).read_text(encoding="utf-8").partition("\n")[0]
        except (OSError, UnicodeDecodeError) as error:
            raise NetScopeError(f"{settings['password_file']}: cannot read the password ({error})") from None
    return settings


def _close(deliveries: Sequence[Delivery]) -> None:
    """All at once: each has the same time."""
    closing = [threading.Thread(target=delivery.close, args=(DRAIN_S,)) for delivery in deliveries]
    for thread in closing:
        thread.start()
    for thread in closing:
        thread.join()


def _report(target: str, event: str, words: str) -> None:
    try:
        os.write(1, json.dumps({"target": target, "event": event, "words": words}).encode() + b"\n")
    except OSError:
        # The engine has gone, or has not read for long: nobody needs to know any more.
        return
