"""Another user who may read the recording sees it: while it grows, once its recorder has ended, and afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from netscope.engine.store.writer import Recording
from tests.engine.store.samples import T0, make_batch, make_device, make_flow

READER = 65534
ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be two users")

LOOK = """
import os, sys
from pathlib import Path
from netscope.engine.store.reading import open_to_read, set_device_label
os.setgroups([]); os.setgid(65534); os.setuid(65534)
path = Path(sys.argv[1])
for attempt in (lambda: print(open_to_read(path).execute("SELECT count(*) FROM flows").fetchone()[0]),
                lambda: set_device_label(path, 1, "mine")):
    try:
        attempt()
    except Exception as error:
        print(error)
"""


@pytest.fixture
def path() -> Iterator[Path]:
    """In a folder the reader's group may look into, but not write."""
    with tempfile.TemporaryDirectory() as outer:
        Path(outer).chmod(0o755)
        folder = Path(outer, "recording")
        folder.mkdir(mode=0o750)
        os.chown(folder, 0, READER)
        yield folder / "home.db"


def look(path: Path) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-c", LOOK, str(path)], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    return run.stdout.splitlines()


def open_recording(path: Path) -> Recording:
    return Recording(path, T0, live=True)


def test_who_may_read_sees_it_at_any_time_and_cannot_change_it(path: Path) -> None:
    recording = open_recording(path)
    recording.write(make_batch(devices=[make_device(1)], flows=[make_flow(1)]))
    assert look(path)[0] == f"{path}: you may not read it; its owner may, and the group it is given to"
    for file in path.parent.iterdir():
        os.chown(file, 0, READER)
        file.chmod(0o640)
    seen, refused = look(path)
    assert (seen, "cannot be written" in refused) == ("1", True)
    recording.write(make_batch(flows=[make_flow(2)]))
    assert look(path)[0] == "2"
    recording.close()
    assert look(path)[0] == "2"
    again = open_recording(path)
    again.write(make_batch(flows=[make_flow(3)]))
    # The log and its index are new files; SQLite gives them mode and group of the recording.
    assert look(path)[0] == "3"
    again.close()
    assert look(path)[0] == "3"


FOLLOW = """
import os, sys, time
from pathlib import Path
from netscope.engine.store.reader import RecordingReader
os.setgroups([]); os.setgid(65534); os.setuid(65534)
reader = RecordingReader(Path(sys.argv[1]), time.time_ns)
print(len(reader.snapshot().flows), flush=True)
sys.stdin.readline()
end_s = time.monotonic() + 30
while len(reader.snapshot().flows) < 2 and time.monotonic() < end_s:
    time.sleep(0.1)
print(len(reader.snapshot().flows), flush=True)
reader.close()
"""


def test_a_view_that_was_open_before_the_recorder_began_follows_it(path: Path) -> None:
    recording = open_recording(path)
    recording.write(make_batch(devices=[make_device(1)], flows=[make_flow(1)]))
    recording.close()
    os.chown(path, 0, READER)
    path.chmod(0o640)
    view = subprocess.Popen(
        [sys.executable, "-c", FOLLOW, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert view.stdout is not None
    assert view.stdout.readline() == "1\n"
    again = open_recording(path)
    again.write(make_batch(flows=[make_flow(2)]))
    said, _ = view.communicate("\n", timeout=60)
    again.close()
    assert said == "2\n"
