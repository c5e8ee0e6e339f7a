"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Where the real captures and data lie; tests that need them are skipped, by name, when absent."""
    named = os.environ.get("NETSCOPE_SHARED")
    path = Path(named) if named else ROOT.parent / "shared"
    if not (path / "captures" / "dev").is_dir():
        pytest.skip(f"real captures not found in {path}; set NETSCOPE_SHARED to their folder")
    return path


@pytest.fixture(scope="session")
def captures_dir(shared_dir: Path) -> Path:
    return shared_dir / "captures" / "dev"


@pytest.fixture(scope="session")
def truth_dir(shared_dir: Path) -> Path:
    return shared_dir / "captures" / "truth" / "dev"
