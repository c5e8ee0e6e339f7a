"""``netscope doctor`` where all is well and where something is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from netscope.commands.doctor import doctor
from netscope.engine.capture.rights import interpreter
from tests.live.namespace import VethPair, veth

__all__ = ["veth"]

pytestmark = pytest.mark.live
ROOT = Path(__file__).resolve().parents[2]


def test_where_capture_would_work_the_exit_code_is_0(veth: VethPair) -> None:
    shown = CliRunner().invoke(doctor, ["-i", veth.left])
    assert shown.exit_code == 0
    assert "MISS" not in shown.output
    assert "ok    may open a capture (CAP_NET_RAW)" in shown.output.splitlines()
    assert f"ok    would listen on {veth.left}, veth: named" in shown.output.splitlines()


def test_an_interface_that_is_down_comes_with_the_command_to_mend_it(veth: VethPair) -> None:
    veth.set_link(veth.left, "down")
    shown = CliRunner().invoke(doctor, ["--interface", veth.left])
    assert shown.exit_code == 2
    lines = shown.output.splitlines()
    assert lines[lines.index("MISS  ns-left is down") + 1].strip() == "sudo ip link set ns-left up"


def test_an_interface_that_is_not_there_is_missing(veth: VethPair) -> None:
    shown = CliRunner().invoke(doctor, ["-i", "absent"])
    assert shown.exit_code == 2
    assert "MISS  no interface is called absent; there are: lo, ns-" in shown.output


def test_a_link_without_carrier_is_a_note(veth: VethPair) -> None:
    veth.set_link(veth.right, "down")
    shown = CliRunner().invoke(doctor, ["-i", veth.left])
    assert shown.exit_code == 0
    assert "note  ns-left is up but has no link" in shown.output


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv of util-linux, to take one capability away")
def test_without_the_right_the_commands_are_for_this_interpreter(veth: VethPair) -> None:
    code = "from netscope.commands.doctor import doctor; doctor(['-i', 'ns-left'], prog_name='netscope')"
    run = subprocess.run(
        ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw", sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2, run.stderr
    lines = run.stdout.splitlines()
    missing = next(number for number, line in enumerate(lines) if line.startswith("MISS  may not open a capture"))
    assert lines[missing + 1].strip().startswith("sudo -E /")
    assert lines[missing + 2].strip() == f"or sudo setcap cap_net_raw+ep {interpreter()}"
