"""The library as its users meet it: importing it costs nothing, and the examples of docs/api.md do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import netscope
from netscope import library
from netscope.demo.synthesis import synthesise, write_pcap
from netscope.record import run_file

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = re.findall(r"```python\n(.+?)```", (ROOT / "docs" / "api.md").read_text("utf-8"), re.DOTALL)


def fresh(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_importing_it_loads_nothing_until_it_is_used() -> None:
    code = "import sys; before = set(sys.modules); import netscope; print(*set(sys.modules) - before)"
    loaded = {name.partition(".")[0] for name in fresh(code).split()}
    assert loaded <= {"netscope", *sys.stdlib_module_names}
    assert fresh("import netscope, sys; netscope.read; print('netscope.library' in sys.modules)") == "True\n"


def test_neither_it_nor_its_use_loads_data_frames_or_the_screens() -> None:
    code = (
        "import netscope, sys; netscope.open; netscope.read\n"
        "print({'pandas', 'polars', 'pyarrow', 'numpy', 'textual', 'rich', 'scapy'} & set(sys.modules))"
    )
    assert fresh(code) == "set()\n"


def test_what_it_offers_is_what_the_package_offers() -> None:
    assert set(netscope.__all__) - {"__version__"} == set(library.__all__)
    assert all(getattr(netscope, name) is getattr(library, name) for name in library.__all__)
    assert set(netscope.__all__) <= set(dir(netscope))
    with pytest.raises(AttributeError, match="no attribute 'nosuch'"):
        netscope.nosuch  # noqa: B018


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With what the examples use."""
    path = tmp_path_factory.mktemp("examples")
    write_pcap(path / "demo.pcap", synthesise())
    run_file(str(path / "demo.pcap"), path / "demo.db")
    return path


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.splitlines()[-1].strip()[:40])
def test_the_examples_run(
    example: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("pandas", "polars"):
        if f"to_{name}" in example:
            pytest.importorskip(name)
    monkeypatch.chdir(folder)
    exec(compile(example.replace('"eth0"', 'file="demo.pcap"'), "docs/api.md", "exec"), {})  # noqa: S102
    assert len(capsys.readouterr().out.splitlines()) >= 1


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 6
