from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from netscope.engine.store.writer import Recording
from netscope.engine.writing import InlineWriter, QueuedWriter
from tests.engine.small_network import START_NS
from tests.engine.test_pipeline import a_pipeline, an_evening, play


@pytest.mark.parametrize("make", [InlineWriter, QueuedWriter])
def test_what_is_written_is_in_the_file(make: type[InlineWriter] | type[QueuedWriter], tmp_path: Path) -> None:
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
