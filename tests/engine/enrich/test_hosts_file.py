"""Hosts files: what is taken from them, and what they say of nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.engine.enrich import hosts_file
from netscope.engine.enrich.hosts_file import known_hosts, read_hosts
from netscope.model.errors import NetScopeError


def test_the_first_name_of_an_address_stands(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text(
        "127.0.0.1 localhost\n127.0.1.1 my-laptop\n::1 ip6-localhost\nff02::1 ip6-allnodes\n0.0.0.0 ads.example\n"
        "255.255.255.255 broadcasthost\n\n# a comment\n192.168.1.5\tnas.home nas  # in the cellar\n"
        "192.168.1.5 other\n2001:DB8::0005 six.home.\nfe80::1%eth0 router\nnot an address\n192.168.1.6\n"
    )
    assert read_hosts(path) == {"192.168.1.5": "nas.home", "2001:db8::5": "six.home", "fe80::1": "router"}


def test_odd_bytes_cost_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_bytes(b"192.168.1.7 caf\xe9\n192.168.1.8 good\n")
    assert read_hosts(path)["192.168.1.8"] == "good"


def test_names_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("".join(f"10.{n >> 8 & 255}.{n & 255}.1 h{n}\n" for n in range(hosts_file.MAX_NAMES + 10)))
    assert len(read_hosts(path)) == hosts_file.MAX_NAMES


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(NetScopeError, match=r"cannot read the names of hosts \(Is a directory\)"):
        read_hosts(tmp_path)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "netscope").mkdir()
    return tmp_path / "netscope"


def test_this_machines_file_is_for_live_traffic_only(config: Path) -> None:
    (config / "hosts").write_text("192.0.2.77 mine\n")
    warnings: list[str] = []
    assert known_hosts(is_live=False, warnings=warnings) == {"192.0.2.77": "mine"}
    assert known_hosts(is_live=True, warnings=warnings) == {**read_hosts(hosts_file.SYSTEM_FILE), "192.0.2.77": "mine"}
    assert warnings == []


def test_a_file_that_cannot_be_read_is_a_warning(config: Path) -> None:
    (config / "hosts").mkdir()
    warnings: list[str] = []
    assert known_hosts(is_live=False, warnings=warnings) == {}
    assert len(warnings) == 1


def test_without_any_file_there_are_no_names(config: Path) -> None:
    assert known_hosts(is_live=False, warnings=[]) == {}
