"""The right to capture as the kernel grants it, and the commands that give it."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from netscope.engine.capture import rights
from netscope.engine.capture.rights import CaptureNotPermitted, interpreter, may_capture, mending_commands


def test_the_interpreter_is_the_file_behind_the_links() -> None:
    assert not interpreter().is_symlink()
    assert os.path.samefile(interpreter(), sys.executable)


@pytest.mark.skipif(sys.platform != "linux", reason="file capabilities are Linux's")
def test_commands_are_for_this_command_line_and_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/else", "-i", "eth0", "-f", "tcp port 80"])
    once, always = CaptureNotPermitted("eth0").commands
    assert shlex.split(once)[:2] == ["sudo", "-E"]
    assert Path(shlex.split(once)[2]).is_absolute()
    assert shlex.split(once)[-4:] == ["-i", "eth0", "-f", "tcp port 80"]
    assert shlex.split(always) == ["sudo", "setcap", "cap_net_raw+ep", str(interpreter())]


def test_the_script_that_was_started_is_named_in_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "with space" / "netscope"
    script.parent.mkdir()
    script.touch(mode=stat.S_IRWXU)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["with space/netscope"])
    assert mending_commands(())[0] == f"sudo -E '{script}'"


@pytest.mark.skipif(sys.platform != "linux", reason="file capabilities are Linux's")
def test_setcap_is_not_advised_where_the_file_system_ignores_it(monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    without_suid = [fields[1] for fields in mounts if "nosuid" in fields[3].split(",")]
    if not without_suid:
        pytest.skip("no file system is mounted nosuid here")
    monkeypatch.setattr(rights, "interpreter", lambda: Path(without_suid[0]))
    assert len(mending_commands(())) == 1


def test_the_message_is_one_line_that_says_what_to_do() -> None:
    text = str(CaptureNotPermitted("wlan0"))
    assert text.startswith("cannot listen on wlan0: needs ")
    assert "run: sudo -E " in text
    assert text.endswith("netscope demo")
    assert "\n" not in text


@pytest.mark.skipif(os.getuid() != 0 or sys.platform != "linux", reason="needs root, to give the right up")
def test_root_may_and_nobody_may_not() -> None:
    assert may_capture()
    code = (
        "import os; from netscope.engine.capture.rights import may_capture\n"
        "os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534); print(may_capture())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
