from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from netscope.engine.store.faults import StoreFault
from netscope.engine.store.writer import Recording
from netscope.engine.writing import PacedWriter, QueuedWriter
from tests.engine.small_network import START_NS
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
