from __future__ import annotations

import os
from pathlib import Path

from netscope import __version__
from netscope.report import MAX_REPORTS, write_report


def test_a_report_holds_the_trace_and_the_versions(tmp_path: Path) -> None:
    path = write_report("Traceback: oh", tmp_path)
    assert path.parent == tmp_path
    text = path.read_text()
    assert text.endswith("Traceback: oh")
    assert f"netscope {__version__}" in text
    assert path.stat().st_mode & 0o077 == 0


def test_a_defect_met_again_and_again_does_not_fill_the_disk(tmp_path: Path) -> None:
    (tmp_path / "home.db").touch()
    for number in range(MAX_REPORTS + 5):
        path = write_report(f"trace {number}", tmp_path)
        os.utime(path, ns=(number, number))
    left = {report.read_text().split()[-1] for report in tmp_path.glob("netscope-crash-*")}
    assert left == {str(number) for number in range(5, MAX_REPORTS + 5)}
    assert (tmp_path / "home.db").exists()
