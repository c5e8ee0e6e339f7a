from __future__ import annotations

from pathlib import Path

from netscope import __version__
from netscope.report import write_report


def test_a_report_holds_the_trace_and_the_versions(tmp_path: Path) -> None:
    path = write_report("Traceback: oh", tmp_path)
    assert path.parent == tmp_path
    text = path.read_text()
    assert text.endswith("Traceback: oh")
    assert f"netscope {__version__}" in text
    assert path.stat().st_mode & 0o077 == 0
