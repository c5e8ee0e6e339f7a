"""``python -m tests.live.run_attacks [WORDS]``: every attack of the lab, each against a recorder of its own.

Prints what was told, how severely and how soon; exit code 1 when one was missed or the quiet household made an alert
above low. Takes about a quarter of an hour; WORDS choose attacks by their name or detector.
"""

from __future__ import annotations

import sys
import threading
import time

from tests.live.attacks import ATTACKS, Attack, household, missing_tools, talk
from tests.live.lab import TOOL_TIMEOUT_S, Lab, Told, Watch, missing_for_a_lab, running

SEVERITIES = ("low", "medium", "high", "critical")


def attack(lab: Lab, wanted: Attack) -> tuple[Told | None, list[Told]]:
    """The alert that was waited for, and all there were."""
    watch = Watch(lab, wanted.name.replace(" ", "-").replace("/", "-").replace(",", ""), wanted.config)
    try:
        watch.wait_until_recording()
        (wanted.before or talk)(lab)
        time.sleep(1.2)
        watch.begin()
        playing = threading.Thread(target=wanted.play, args=(lab,), daemon=True)
        playing.start()
        found = watch.wait_for(wanted.detector, SEVERITIES[SEVERITIES.index(wanted.severity) :], wanted.within_s)
        playing.join(TOOL_TIMEOUT_S)
        return found, watch.alerts()
    finally:
        watch.close()
        lab.stop_background()


def main(words: list[str]) -> int:
    reason = missing_for_a_lab()
    if reason is not None:
        print(f"cannot run here: {reason}")
        return 2
    chosen = [a for a in ATTACKS if not words or any(word in a.name or word == a.detector for word in words)]
    failures = 0
    with running() as lab:
        for wanted in chosen:
            missing = missing_tools(wanted)
            if missing:
                print(f"SKIP {wanted.name:<36} {missing[0]} is not installed")
                continue
            found, alerts = attack(lab, wanted)
            failures += found is None
            _tell(wanted, found, alerts)
        if not words or "household" in words:
            failures += _quiet(lab)
    return 1 if failures else 0


def _tell(wanted: Attack, found: Told | None, alerts: list[Told]) -> None:
    others = ", ".join(
        f"{a.detector}/{a.severity}" for a in alerts if a.detector not in ("new_device", wanted.detector)
    )
    if found is None:
        print(
            f"MISS {wanted.name:<36} no {wanted.detector} {wanted.severity} in {wanted.within_s} s; {others}",
            flush=True,
        )
        return
    print(f"ok   {wanted.name:<36} {found.after_s:5.1f} s  {found.severity:<8} {found.title}  [{others}]", flush=True)


def _quiet(lab: Lab) -> int:
    watch = Watch(lab, "household")
    try:
        watch.wait_until_recording()
        household(lab)
        time.sleep(3)
        loud = [told for told in watch.alerts() if told.severity != "low"]
    finally:
        watch.close()
        lab.stop_background()
    said = ", ".join(f"{told.detector}: {told.title}" for told in loud) or "nothing above low"
    print(f"{'FAIL' if loud else 'ok  '} a quiet household: {said}")
    return len(loud)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
