from __future__ import annotations

import pytest
from click.testing import CliRunner

from netscope.cli import cli
from netscope.commands import service
from netscope.model.errors import NetScopeError


def test_show_prints_the_unit_or_the_script() -> None:
    unit = CliRunner().invoke(cli, ["service", "show", "--user", "watcher", "--record", "/srv/a.db"]).output
    assert "\nUser=watcher\n" in unit
    assert unit.count("[Service]") == 1
    assert "ReadWritePaths=/srv" in unit
    script = CliRunner().invoke(cli, ["service", "show", "--procd"]).output
    assert script.startswith("#!/bin/sh /etc/rc.common\n")


def test_a_dry_run_prints_and_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.Step, "do", lambda step: pytest.fail(f"did {step}"))
    shown = CliRunner().invoke(cli, ["service", "uninstall", "--dry-run"])
    assert shown.exit_code == 0
    assert "netscope" in shown.output


def test_only_root_installs_and_is_told_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.os, "geteuid", lambda: 1000)
    refused = CliRunner().invoke(cli, ["service", "uninstall"])
    assert isinstance(refused.exception, NetScopeError)
    assert "only root can do this; run: sudo " in str(refused.exception)
