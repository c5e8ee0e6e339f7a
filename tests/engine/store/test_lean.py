from __future__ import annotations

import colorsys
import subprocess
import sys
from pathlib import Path

import pytest

from netscope.engine.store.lean import import_without

ROOT = Path(__file__).resolve().parents[3]


def run(code: str, path: Path) -> str:
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(path)!r})\n{code}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def pandas(tmp_path: Path) -> Path:
    """A pandas as it might be installed, that says when it is imported."""
    (tmp_path / "pandas.py").write_text("print('pandas imported')\nclass DataFrame: pass\nclass Series: pass\n")
    return tmp_path


def test_a_recorder_does_not_import_data_frames(pandas: Path) -> None:
    code = (
        "import netscope.engine.store.writer, netscope.record; print('pandas' in sys.modules, 'numpy' in sys.modules)"
    )
    assert run(code, pandas) == "False False"


def test_who_imports_them_afterwards_gets_them(pandas: Path) -> None:
    assert run("import netscope.engine.store.writer, pandas", pandas) == "pandas imported"


def test_what_is_there_already_stays() -> None:
    import_without("cmd", ("colorsys",))
    assert sys.modules["colorsys"] is colorsys
