from __future__ import annotations

import ast
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from netscope.cli import cli
from netscope.commands.running import DEFAULT_RECORDING, recording_path, run_options, source_options
from netscope.config.record import Record
from netscope.config.schema import Config


@click.command()
@source_options
@run_options
def show(**settings: object) -> None:
    click.echo(repr(sorted((name, value) for name, value in settings.items() if name not in ("geoip", "trackers"))))


def given(*arguments: str) -> dict[str, object]:
    run = CliRunner().invoke(show, arguments, catch_exceptions=False)
    assert run.exit_code == 0, run.output
    return dict(ast.literal_eval(run.output))


def test_record_takes_a_file_or_the_default() -> None:
    assert given()["record"] is None
    assert given("--record")["record"] == DEFAULT_RECORDING
    assert given("--record", "home.db")["record"] == "home.db"
    assert given("--record", "--quiet")["record"] == DEFAULT_RECORDING


def test_several_interfaces() -> None:
    assert given("-i", "eth0", "--interface", "wlan0")["interfaces"] == ("eth0", "wlan0")


@pytest.mark.parametrize("arguments", [("--duration", "0"), ("--duration", "-1"), ("--max-flows", "10")])
def test_numbers_out_of_range_are_refused(arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(show, arguments).exit_code == 2


def test_the_help_names_the_configurations_bound_of_flows() -> None:
    told = " ".join(CliRunner().invoke(cli, ["--help"]).output.split())
    assert f"counted as evicted. Default: {Config().capture.max_flows:,}." in told


def test_the_default_recording_is_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("SUDO_UID", "DOAS_USER", "PKEXEC_UID"):
        monkeypatch.delenv(name, raising=False)
    path = recording_path(Config())
    assert path.name == "netscope.db"
    assert path.is_relative_to(tmp_path)
    assert recording_path(Config(record=Record(path=Path("/srv/x.db")))) == Path("/srv/x.db")


def test_a_file_and_live_options_do_not_go_together() -> None:
    for arguments, words in ((["-i", "lo"], "not both"), (["-f", "tcp"], "-f filters live traffic")):
        refused = CliRunner().invoke(cli, ["-r", "x.pcap", *arguments])
        assert words in str(refused.exception)
