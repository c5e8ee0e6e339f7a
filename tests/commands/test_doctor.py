"""``netscope doctor`` where all is well and where something is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from netscope.cli import cli
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


def test_a_folder_the_user_could_not_write_is_missing(
    veth: VethPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "netscope.toml"
    folder = tmp_path / "recordings"
    config.write_text(f'[capture]\nuser = "nobody"\n[record]\npath = "{folder}/home.db"\n')
    arguments = ["--config", str(config), "doctor", "-i", veth.left]
    assert f"ok    --record makes {folder}" in CliRunner().invoke(cli, arguments).output
    folder.mkdir(mode=0o755)
    shown = CliRunner().invoke(cli, arguments)
    assert shown.exit_code == 2
    lines = shown.output.splitlines()
    assert lines[lines.index(f"MISS  nobody cannot write to {folder}") + 1].strip() == f"sudo chown nobody {folder}"
    os.chown(folder, 65534, -1)
    assert f"ok    --record writes to {folder}" in CliRunner().invoke(cli, arguments).output
    config.write_text('[capture]\nuser = "no-such-user"\n')
    assert "MISS  there is no user called no-such-user" in CliRunner().invoke(cli, arguments).output


def test_interfaces_that_see_the_same_are_a_note(veth: VethPair) -> None:
    shown = CliRunner().invoke(doctor, ["-i", veth.left, "-i", veth.right])
    assert "is carried by" in shown.output
    assert "what passes both is counted twice" in shown.output


def test_in_a_journal_only_what_matters_is_said(
    veth: VethPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os, sys; status = os.fstat(1); os.environ['JOURNAL_STREAM'] = f'{status.st_dev}:{status.st_ino}'\n"
        "from netscope.commands.doctor import doctor; doctor(['-i', 'absent'], prog_name='netscope')"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stdout.startswith('<3>event=doctor level=error text="no interface is called absent; there are: ')
    assert "<6>event=doctor level=info text=ok" not in run.stdout
