from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from netscope import __version__
from netscope.cli import SUBCOMMANDS, cli

ROOT = Path(__file__).resolve().parent.parent


def netscope(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "netscope", *arguments], capture_output=True, text=True, check=False, cwd=ROOT,
        timeout=60, **settings,
    )  # type: ignore[call-overload, no-any-return]  # fmt: skip


def test_help_reads_like_a_manual() -> None:
    told = netscope("--help")
    assert told.returncode == 0
    assert "sudo netscope -i eth0 -i wlan0" in told.stdout
    assert "sends nothing" in told.stdout
    for command in SUBCOMMANDS:
        assert f"  {command} " in told.stdout


@pytest.mark.parametrize("command", sorted(SUBCOMMANDS))
def test_every_command_has_help(command: str) -> None:
    result = CliRunner().invoke(cli, [command, "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage:" in result.output


def test_the_version_is_the_packages() -> None:
    assert netscope("--version").stdout.strip() == f"netscope, version {__version__}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-i", "nosuch0", "--record"), "no interface is called nosuch0"),
        (("-r", "/no/such/file.pcap", "--record"), "no such file"),
        (("-r", "x.pcap", "-i", "lo", "--record"), "not both"),
        (("-r", "x.pcap", "-f", "tcp", "--record"), "-f filters live traffic"),
        (("--max-flows", "3"), "max-flows"),
        (("frobnicate",), "frobnicate"),
        (("view", "/no/such/recording.db"), "terminal"),
    ],
)
def test_a_mistake_is_told_in_words_with_exit_code_2(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    told = netscope(*arguments, env={**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)})
    assert told.returncode == 2
    assert words in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="loopback capture needs root")
def test_a_filter_libpcap_does_not_understand_is_named() -> None:
    told = netscope("-i", "lo", "-f", "tcp prot 443", "--record", "/dev/null/x")
    assert told.returncode == 2
    assert "tcp prot 443" in told.stderr


def test_without_a_terminal_the_screen_says_what_to_do() -> None:
    told = netscope("demo")
    assert told.returncode == 2
    assert "needs a terminal" in told.stderr


def test_a_command_s_own_exit_code_reaches_the_shell(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text("[nosuch]\n")
    wrong = netscope("--config", str(tmp_path / "wrong.toml"), "config", "check")
    assert wrong.returncode == 2
    assert "no such section" in wrong.stderr
    assert netscope("--help").returncode == 0
