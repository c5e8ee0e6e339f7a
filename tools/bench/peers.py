"""The programs NetScope is measured beside, installed by the bench outside the project's own environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

NFSTREAM = "nfstream==6.6.0"
HERE = Path(__file__).resolve().parent
WHAT = {
    "nfstream": "C meter with nDPI, a Python object a flow, no storage",
    "argus": "C flow meter, no payload inspection, no storage",
    "ndpiReader": "C, nDPI, no storage",
}


class Peer(NamedTuple):
    name: str
    what: str
    command: Callable[[Path], list[str | Path]]
    """The command that reads a capture and keeps nothing."""


def install(folder: Path) -> list[Peer]:
    """Those that could be installed; for each of the others a line says why it is missing."""
    makers = (lambda: _nfstream(folder), lambda: _packaged("argus", "argus-server", _argus), _ndpi)
    return [peer for peer in (maker() for maker in makers) if peer is not None]


def _nfstream(folder: Path) -> Peer | None:
    python = folder / "peers" / "bin" / "python"
    if not (folder / "peers" / ".installed").exists():
        subprocess.run([sys.executable, "-m", "venv", folder / "peers"], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", NFSTREAM]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"nfstream is missing: {done.stderr.strip().splitlines()[-1:]}")
            return None
        (folder / "peers" / ".installed").touch()
    return Peer("nfstream", WHAT["nfstream"], lambda capture: [python, HERE / "run_nfstream.py", capture])


def _argus(capture: Path) -> list[str | Path]:
    return ["argus", "-r", capture, "-w", "/dev/null"]


def _ndpi() -> Peer | None:
    return _packaged("ndpiReader", "libndpi-bin", lambda capture: ["ndpiReader", "-i", capture, "-q"])


def _packaged(program: str, package: str, command: Callable[[Path], list[str | Path]]) -> Peer | None:
    if shutil.which(program, path=_path()) is None and not _apt_install(package):
        print(f"{program} is missing: package {package} could not be installed")
        return None
    return Peer(program, WHAT[program], command)


def _apt_install(package: str) -> bool:
    if shutil.which("apt-get") is None:
        return False
    install = ("install", "-qq", "-y", "--no-install-recommends", package)
    return _apt_get(*install) or (_apt_get("update", "-qq") and _apt_get(*install))


def _apt_get(*arguments: str) -> bool:
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _path() -> str:
    # argus installs where only root's path reaches.
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
