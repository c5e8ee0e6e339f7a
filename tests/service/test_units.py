"""The unit and the init script: hardened, valid for the programs that read them, with odd paths in them too."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from netscope.service.units import Plan, procd_script, systemd_unit

MAX_EXPOSURE = 2.0

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")


@pytest.fixture(params=["plain", "odd"])
def plan(request: pytest.FixtureRequest, tmp_path: Path) -> Plan:
    folder = tmp_path / ("bin" if request.param == "plain" else "a b%i")
    folder.mkdir()
    program = folder / "netscope"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return Plan((str(program),), "root")


@pytest.fixture
def unit(plan: Plan, tmp_path: Path) -> Path:
    path = tmp_path / "netscope.service"
    path.write_text(systemd_unit(plan))
    return path


@needs_systemd
def test_systemd_has_nothing_to_say(unit: Path) -> None:
    run = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert [line for line in (run.stdout + run.stderr).splitlines() if unit.name in line] == []


@needs_systemd
def test_little_is_exposed(unit: Path) -> None:
    run = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    level = re.search(r"Overall exposure level for netscope.service: ([0-9.]+)", run.stdout)
    assert level is not None, run.stdout + run.stderr
    assert float(level[1]) < MAX_EXPOSURE


def test_another_folder_is_let_through_the_protection() -> None:
    assert "ReadWritePaths=/srv/net" in systemd_unit(Plan(("/opt/netscope",), recording=Path("/srv/net/home.db")))
    assert "ReadWritePaths" not in systemd_unit(Plan(("/opt/netscope",)))


def test_the_init_script_is_one(plan: Plan) -> None:
    text = procd_script(plan)
    subprocess.run(["sh", "-n"], input=text, text=True, check=True)
    command = next(line for line in text.splitlines() if "param command" in line)
    assert shlex.split(command)[2:] == [*plan.run, "--user", "root"]
