from __future__ import annotations

import pytest
from click.testing import CliRunner

from netscope.commands import capture as module


def test_capture_is_the_monitor_spelled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, object]] = []
    monkeypatch.setattr(module, "start", lambda **settings: started.append(settings))
    run = CliRunner().invoke(
        module.capture, ["--interface", "eth0", "--filter", "tcp port 443"], catch_exceptions=False
    )
    assert run.exit_code == 0
    (settings,) = started
    assert (settings["interfaces"], settings["bpf"], settings["file"]) == (("eth0",), "tcp port 443", None)
