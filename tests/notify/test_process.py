"""The process that sends reads lines until its input ends, and refuses in words what it cannot do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from netscope.model.errors import NetScopeError
from netscope.notify.process import with_secret


def run(settings: dict[str, Any], *messages: dict[str, Any]) -> list[dict[str, str]]:
    done = subprocess.run(
        [sys.executable, "-c", "from netscope.notify.process import main; main()"], check=True, capture_output=True,
        input="\n".join(json.dumps(line) for line in (settings, *messages)) + "\n", text=True, timeout=60,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def command(path: Path, severity: str) -> dict[str, Any]:
    return {"kind": "command", "severity": severity, "settings": {"run": ["/bin/sh", "-c", f"cat >> {path}"]}}


def test_each_target_gets_what_is_severe_enough_for_it(tmp_path: Path) -> None:
    settings = {
        "user": None,
        "per_hour": 30,
        "targets": [command(tmp_path / "a", "low"), command(tmp_path / "b", "high")],
    }
    facts = run(settings, *({"severity": severity, "title": severity} for severity in ("low", "high")))
    assert [fact["event"] for fact in facts] == ["sent"] * 3
    assert (tmp_path / "a").read_text().count("title") == 2
    assert json.loads((tmp_path / "b").read_text())["severity"] == "high"


def test_a_password_is_read_from_its_file_and_a_missing_one_is_told(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret\nmore\n")
    settings = {"host": "broker", "password_file": str(secret)}
    assert with_secret({"settings": settings})["password"] == "s3cret"
    with pytest.raises(NetScopeError, match="cannot read the password"):
        with_secret({"settings": {**settings, "password_file": str(tmp_path / "none")}})


@pytest.mark.skipif(os.getuid() == 0, reason="root may become anybody")
def test_a_user_that_cannot_be_is_refused() -> None:
    (fact,) = run({"user": "root", "per_hour": 30, "targets": []})
    assert fact["event"] == "refused"


def test_a_user_that_is_none_is_refused_in_words() -> None:
    (fact,) = run({"user": "no-such-user", "per_hour": 30, "targets": []})
    assert fact["event"] == "refused"
    assert "no user called no-such-user" in fact["words"]
