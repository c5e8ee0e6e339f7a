"""``netscope notify test`` tries each target and says what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def notify_test(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "netscope", "--config", str(config), "notify", "test"], check=False, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip


def test_each_target_is_tried(tmp_path: Path) -> None:
    config = tmp_path / "netscope.toml"
    config.write_text(
        f'[[notify.command]]\nrun = ["/bin/sh", "-c", "cat > {tmp_path}/told"]\n'
        '[[notify.command]]\nrun = ["/bin/false"]\n'
    )
    done = notify_test(config)
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["ok   command sh", "FAIL command false: exit code 1"]
    assert json.loads((tmp_path / "told").read_text())["event"] == "test"


def test_without_a_target_it_says_where_to_name_one(tmp_path: Path) -> None:
    config = tmp_path / "netscope.toml"
    config.write_text("")
    done = notify_test(config)
    assert done.returncode == 2
    assert "no target is named" in done.stderr
