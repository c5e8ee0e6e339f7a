"""What detectors may ask of the past."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netscope.engine.analyze.habits import Habits
from netscope.engine.store.faults import StoreFault
from netscope.engine.store.history import History
from netscope.engine.store.rows import Batch
from netscope.engine.store.writer import Recording
from tests.engine.store.samples import HOUR, T0, make_batch, make_device, make_flow, query


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home.db"


@pytest.fixture
def recording(path: Path) -> Iterator[Recording]:
    recording = Recording(path, T0)
    recording.write(
        make_batch(
            devices=[make_device(1)],
            flows=[
                make_flow(1, device_id=1, country="NL", asn=64500, first_seen_ns=T0 + HOUR),
                make_flow(2, device_id=1, country="NL", asn=64501, first_seen_ns=T0),
                make_flow(3, device_id=2, country="SE", first_seen_ns=T0),
                make_flow(4, device_id=1),
            ],
        )
    )
    yield recording
    recording.close()


def test_when_things_were_first_seen(recording: Recording, path: Path) -> None:
    history = History(path)
    assert history.device_first_seen_ns("02:00:00:00:00:01") == T0
    assert history.device_first_seen_ns("02:00:00:00:00:99") is None
    assert history.country_first_seen_ns(1, "NL") == T0
    assert history.country_first_seen_ns(1, "SE") is None
    assert history.asn_first_seen_ns(1, 64500) == T0 + HOUR
    assert history.asn_first_seen_ns(2, 64500) is None
    assert sorted(history.places(), key=str) == [(1, "NL", 64500, T0 + HOUR), (1, "NL", 64501, T0), (2, "SE", None, T0)]


def test_a_baseline_is_known_at_once_and_after_a_restart(recording: Recording, path: Path) -> None:
    history = History(path)
    assert history.baseline("upload", "1") is None
    history.set_baseline("upload", "1", {"mean": 2.5, "n": 3})
    history.set_baseline("upload", "2", [1, 2])
    assert history.baseline("upload", "1") == {"mean": 2.5, "n": 3}
    changed = history.take_changed()
    assert history.take_changed() == {}
    recording.write(Batch(baselines=changed, baselines_ns=T0 + HOUR))
    again = History(path)
    assert again.baselines("upload") == {"1": {"mean": 2.5, "n": 3}, "2": [1, 2]}
    assert again.baselines("other") == {}
    again.set_baseline("upload", "2", [9])
    assert again.baselines("upload")["2"] == [9]
    recording.write(Batch(baselines=again.take_changed(), baselines_ns=T0 + 2 * HOUR))
    assert query(path, "SELECT key, value, updated_ns FROM baselines ORDER BY key") == [
        ("1", '{"mean": 2.5, "n": 3}', T0 + HOUR),
        ("2", "[9]", T0 + 2 * HOUR),
    ]


def test_history_sees_what_was_committed_meanwhile(recording: Recording, path: Path) -> None:
    history = History(path)
    assert history.country_first_seen_ns(7, "JP") is None
    recording.write(Batch(flows=[make_flow(9, device_id=7, country="JP", first_seen_ns=T0)]))
    assert history.country_first_seen_ns(7, "JP") == T0


def test_no_recording_no_history(tmp_path: Path) -> None:
    with pytest.raises(StoreFault):
        History(tmp_path / "absent.db").places()


def test_nothing_is_kept_open_that_would_hold_on_to_a_file_moved_away(recording: Recording, path: Path) -> None:
    """SQLite would share the moved file's log with the new file of its name."""
    History(path).baselines("upload")
    opened = [os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")]
    assert opened.count(f"{path}-wal") == 1


LEARN_AND_DIE = """
import os, sys
from pathlib import Path
from netscope.engine.analyze.habits import Habits
from netscope.engine.store.history import History
from netscope.engine.store.rows import Batch
from netscope.engine.store.writer import Recording

path = Path(sys.argv[1])
recording, history = Recording(path, 0, live=True), History(path)
habits = Habits("new_place_country", history, 600 * 10**9, 8)
for second in range(0, 1_200, 300):
    habits.pass_time(1 + second * 10**9)
habits.news("aa:00:00:00:00:01", "DE")
for second in range(1_200, 6_000, 300):
    habits.pass_time(1 + second * 10**9)
recording.write(Batch(baselines=history.take_changed(), baselines_ns=1))
habits.news("aa:00:00:00:00:01", "never written")
os.kill(os.getpid(), 9)
"""


def test_what_detectors_learned_survives_a_recorder_that_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    killed = subprocess.run([sys.executable, "-c", LEARN_AND_DIE, str(path)], check=False)
    assert killed.returncode == -9
    recording = Recording(path, T0)
    history = History(path)
    habits = Habits("new_place_country", history, 600 * 10**9, 8)
    assert habits.usual("aa:00:00:00:00:01") == ["DE"]
    # Known for longer than the learning period already: the next country is news at once, and the learned one is not.
    assert not habits.news("aa:00:00:00:00:01", "DE")
    assert habits.news("aa:00:00:00:00:01", "KP")
    recording.close()
