from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from netscope.engine.store import backlog
from netscope.engine.store.faults import StoreFault
from netscope.engine.store.writer import Recording
from netscope.engine.writing import PacedWriter, QueuedWriter
from tests.engine.small_network import START_NS
from tests.engine.store.samples import wait_until
from tests.engine.test_pipeline import a_pipeline, an_evening, play


@pytest.mark.parametrize("make", [PacedWriter, QueuedWriter])
def test_what_is_written_is_in_the_file(make: type[PacedWriter] | type[QueuedWriter], tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    writer = make(Recording(path, START_NS))
    pipeline = a_pipeline()
    play(pipeline, an_evening())
    pipeline.finish()
    writer.write(pipeline.update_session(), pipeline.changes(0), START_NS)
    assert writer.size_bytes() > 0
    writer.close()
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM flows").fetchone() == (4,)
    assert db.execute("SELECT DISTINCT rcode FROM dns_queries").fetchall() == [("NOERROR",)]
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert writer.take_notices() == []


def test_a_fault_of_the_disk_reaches_the_engine_and_loses_no_earlier_batch(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    writer = PacedWriter(Recording(path, START_NS))
    pipeline = a_pipeline()
    play(pipeline, an_evening())
    writer.write(pipeline.update_session(), pipeline.changes(0), START_NS)
    while not sqlite3.connect(path).execute("SELECT count(*) FROM sessions").fetchone()[0]:
        continue
    path.rename(tmp_path / "moved.db")
    pipeline.finish()
    writer.write(pipeline.update_session(), pipeline.changes(0), START_NS)
    with pytest.raises(StoreFault, match="deleted or replaced"):
        writer.close()
    with pytest.raises(StoreFault):
        writer.write(pipeline.session, {}, START_NS)
    kept = sqlite3.connect(tmp_path / "moved.db")
    assert kept.execute("SELECT count(*) FROM dns_queries").fetchone() == (2,)
    assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_disk_that_takes_rows_again_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "RETRY_S", (0.01,))
    path = tmp_path / "home.db"
    recording = Recording(path, START_NS)
    recording.db.execute("PRAGMA busy_timeout = 5")
    writer = QueuedWriter(recording)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    writer.write(a_pipeline().update_session(), {}, START_NS)
    wait_until(lambda: "locked" in "".join(writer.take_notices()))
    blocker.close()
    told: list[str] = []
    wait_until(lambda: told.extend(writer.take_notices()) or "again" in "".join(told))
    assert told[-1] == f"{path}: it is written again"
    assert writer.take_notices() == []
    writer.close()
