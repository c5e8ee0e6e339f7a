"""A recording as an object: SQL, exports, what cannot be opened, and the folder that goes with what was read."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest

from netscope.demo.synthesis import write_pcap
from netscope.library import NetScopeError, read, recording
from netscope.library.recorded import Recording
from tests.engine.test_pipeline import an_evening
from tests.export.samples import home


@pytest.fixture
def evening(tmp_path: Path) -> Path:
    path = tmp_path / "evening.pcap"
    write_pcap(path, iter(an_evening()))
    return path


def test_sql_gives_rows_by_name_and_changes_nothing(tmp_path: Path) -> None:
    kept = recording(home(tmp_path))
    assert kept.query("SELECT count(*) AS flows FROM flows") == [{"flows": 3}]
    with pytest.raises(NetScopeError):
        kept.query("DELETE FROM flows")
    with pytest.raises(NetScopeError, match=r"stopped after 0\.1 s"):
        kept.query("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT count(*) FROM n", timeout_s=0.1)
    assert kept.flows().count() == 3


def test_an_export_is_that_of_the_command(tmp_path: Path) -> None:
    kept = recording(home(tmp_path))
    target = tmp_path / "flows.jsonl"
    assert kept.export("flows", output=target, filter="cc:US") == 1
    assert [json.loads(line)["id"] for line in target.read_text().splitlines()] == [1]
    with pytest.raises(NetScopeError, match=r"flows\.jsonl"):
        kept.export("flows", output=target)
    assert kept.export("flows", output=target, overwrite=True) == 3


@pytest.mark.parametrize("name", ["missing.db", "text.db", "."])
def test_what_is_no_recording_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("hello")
    with pytest.raises(NetScopeError) as told:
        recording(tmp_path / name)
    assert "\n" not in str(told.value)
    assert not (tmp_path / "missing.db").exists()


def test_what_was_read_lies_in_a_folder_that_goes_at_the_end_of_with(evening: Path) -> None:
    with read(evening) as kept:
        folder = kept.path.parent
        assert kept.flows().count() == 4
        assert repr(kept) == f"Recording('{folder}/capture.db')"
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_and_with_the_object(evening: Path) -> None:
    kept: Recording | None = read(evening)
    assert kept is not None
    folder = kept.path.parent
    kept = None
    gc.collect()
    assert not folder.exists()


def test_a_recording_that_was_asked_for_stays(evening: Path, tmp_path: Path) -> None:
    path = tmp_path / "kept" / "evening.db"
    with read(evening, record=path) as kept:
        assert kept.path == path
    assert recording(str(path)).http().count() == 1
