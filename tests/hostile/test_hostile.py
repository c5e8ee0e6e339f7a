"""Whole runs over hostile files: they end, in bounded memory, with everything counted by name and nothing raised."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.hostile_files import FILES, write
from tests.hostile.run_file import run

MAX_RSS_BYTES = 400 << 20
"""With 20,000 flows at once; an interpreter with everything loaded takes about 60 MB of it."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_ends_counted_and_bounded(name: str, tmp_path: Path) -> None:
    generate, count, slug = FILES[name]
    file = tmp_path / "hostile.pcap"
    written = write(file, generate(count))
    outcome = run(file, tmp_path / "recording.db")
    assert (outcome.status, outcome.packets) == (0, written), outcome.errors
    assert "Traceback" not in outcome.errors
    assert outcome.rss_bytes < MAX_RSS_BYTES
    assert any(slug in counted for counted in outcome.counters), outcome.counters
