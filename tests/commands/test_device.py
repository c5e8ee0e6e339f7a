from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from netscope.commands.device import device
from netscope.demo.synthesis import write_pcap
from netscope.model.errors import NetScopeError
from netscope.record import run_file
from tests.engine.test_pipeline import an_evening


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    write_pcap(tmp_path / "evening.pcap", iter(an_evening()))
    run_file(str(tmp_path / "evening.pcap"), tmp_path / "home.db")
    return tmp_path / "home.db"


def label(recording: Path) -> str | None:
    (text,) = sqlite3.connect(recording).execute("SELECT label FROM devices WHERE mac = 'a4:83:e7:00:00:31'").fetchone()
    return None if text is None else str(text)


def test_a_device_gets_and_loses_the_users_name(recording: Path) -> None:
    run = CliRunner().invoke(device, ["name", "A4-83-E7-00-00-31", "Anna's phone", "--db", str(recording)])
    assert run.exit_code == 0, run.output
    assert "is now Anna's phone" in run.output
    assert label(recording) == "Anna's phone"
    CliRunner().invoke(device, ["name", "a4:83:e7:00:00:31", "--db", str(recording)])
    assert label(recording) is None


def test_the_name_survives_the_next_run(recording: Path) -> None:
    CliRunner().invoke(device, ["name", "a4:83:e7:00:00:31", "Anna's phone", "--db", str(recording)])
    run_file(str(recording.with_name("evening.pcap")), recording)
    assert label(recording) == "Anna's phone"


def test_a_note_is_kept_shown_and_taken_away(recording: Path) -> None:
    def run(*arguments: str) -> str:
        result = CliRunner().invoke(device, [*arguments, "--db", str(recording)], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    phone = "a4:83:e7:00:00:31"
    assert "noted on" in run("note", phone, "has a \x1b[31mcracked screen")
    run_file(str(recording.with_name("evening.pcap")), recording)
    shown = run("show", phone)
    assert "note" in shown
    assert "cracked screen" in shown
    assert "\x1b" not in shown
    assert json.loads(run("show", phone, "--json"))["note"] == "has a \x1b[31mcracked screen"
    assert "no note" in run("note", phone)
    assert "cracked" not in run("show", phone)


def test_a_note_that_is_too_long_is_refused(recording: Path) -> None:
    with pytest.raises(NetScopeError, match="at most 1000 characters"):
        CliRunner().invoke(
            device, ["note", "a4:83:e7:00:00:31", "x" * 1001, "--db", str(recording)], catch_exceptions=False
        )


@pytest.mark.parametrize("mac", ["00:11:22:33:44:55", "\x1b[31mred"])
def test_an_unknown_device_is_told(recording: Path, mac: str) -> None:
    with pytest.raises(NetScopeError, match="no device with the MAC") as refused:
        CliRunner().invoke(device, ["name", mac, "x", "--db", str(recording)], catch_exceptions=False)
    assert "\x1b" not in str(refused.value)


def test_a_missing_recording_is_told(tmp_path: Path) -> None:
    with pytest.raises(NetScopeError, match="there is no recording"):
        CliRunner().invoke(device, ["name", "x", "y", "--db", str(tmp_path / "no.db")], catch_exceptions=False)


def test_the_list_has_a_line_for_each_device(recording: Path) -> None:
    run = CliRunner().invoke(device, ["list", "--db", str(recording)])
    assert run.exit_code == 0, run.output
    heading, *lines = run.output.splitlines()
    assert heading.split() == ["NAME", "MAC", "ADDRESS", "KIND", "OS", "VENDOR", "LAST", "SEEN", "SENT", "RECEIVED"]
    (phone,) = [line for line in lines if "a4:83:e7:00:00:31" in line]
    assert "192.168.1.31" in phone
    assert "Apple" in phone
    document = json.loads(CliRunner().invoke(device, ["list", "--db", str(recording), "--json"]).output)
    assert len(document) == len(lines)
    assert {"mac", "name", "addresses", "bytes_sent"} <= set(document[0])


@pytest.mark.parametrize("who", ["A4-83-E7-00-00-31", "192.168.1.31", "ANNA'S PHONE"])
def test_one_device_by_mac_address_or_name(recording: Path, who: str) -> None:
    CliRunner().invoke(device, ["name", "a4:83:e7:00:00:31", "Anna's phone", "--db", str(recording)])
    run = CliRunner().invoke(device, ["show", who, "--db", str(recording)])
    assert run.exit_code == 0, run.output
    assert "a4:83:e7:00:00:31" in run.output.splitlines()[0]
    assert "Anna's phone (yours)" in run.output
    assert "oui      vendor" in run.output
    assert "Google" in run.output.partition("trackers:")[2]
    document = json.loads(CliRunner().invoke(device, ["show", who, "--db", str(recording), "--json"]).output)
    assert document["privacy"]["trackers"][0]["owner"] == "Google"
    assert ("oui", "vendor") in {(item["source"], item["attribute"]) for item in document["evidence"]}


def test_a_name_of_several_devices_is_asked_for_again(recording: Path) -> None:
    connection = sqlite3.connect(recording)
    connection.execute("UPDATE devices SET label = 'twin'")
    connection.commit()
    with pytest.raises(NetScopeError, match=r"twin is several devices of .*; say which: .*a4:83:e7:00:00:31"):
        CliRunner().invoke(device, ["show", "twin", "--db", str(recording)], catch_exceptions=False)
    with pytest.raises(NetScopeError, match="no device with the MAC, address or name nobody"):
        CliRunner().invoke(device, ["show", "nobody", "--db", str(recording)], catch_exceptions=False)
