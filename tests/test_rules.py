"""Rules of the configuration in a run and over a recording say the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from netscope.assemble import Options, assemble
from netscope.config.reading import read_config
from netscope.rules import compiled, fitting
from tests.engine.memory_source import MemorySource
from tests.engine.store.samples import query
from tests.engine.test_pipeline import an_evening

DOCUMENT = """
[[rule]]
name = "shop"
when = "name:example.org and port:80"
severity = "high"

[[rule]]
name = "measured"
when = "name:app-measurement"
on = "name"

[[rule]]
name = "never"
when = "port:9999"
"""


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    config, _ = read_config(DOCUMENT, tmp_path / "netscope.toml")
    path = tmp_path / "home.db"
    engine = assemble(replace(Options(), config=config, record=path), MemorySource(an_evening()))
    engine.run()
    assert engine.error is None
    return path


def test_a_run_tells_what_fits(recording: Path) -> None:
    told = query(
        recording, "SELECT detector, severity, title FROM alerts WHERE detector LIKE 'rule:%' ORDER BY detector"
    )
    assert [row[:2] for row in told] == [("rule:measured", "medium"), ("rule:shop", "high")]
    assert told[1][2].endswith("www.example.org")


def test_a_recording_tells_the_same_of_its_rows(recording: Path, tmp_path: Path) -> None:
    config, _ = read_config(DOCUMENT, tmp_path / "netscope.toml")
    found = [
        (rule.name, getattr(row, "server_name", None) or row.name) for rule, row in fitting(recording, compiled(config))
    ]
    assert found == [("shop", "www.example.org"), ("measured", "app-measurement.com")]
