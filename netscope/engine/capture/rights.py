"""Whether this process may capture, and the exact commands that give it the right."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from netscope.model.errors import NetScopeError

_IS_LINUX: Final = sys.platform == "linux"


class CaptureNotPermitted(NetScopeError):
    """The right to capture is missing. ``commands`` give it, the first one for this run only."""

    def __init__(self, interface: str) -> None:
        self.interface = interface
        self.needs = "CAP_NET_RAW" if _IS_LINUX else "read access to /dev/bpf*"
        self.commands = mending_commands(sys.argv[1:])
        super().__init__(
            f"cannot listen on {interface}: needs {self.needs}; run: {self.commands[0]}"
            + "".join(f"; or once: {command}" for command in self.commands[1:])
            + "; to look around without it: netscope demo"
        )


def require_capture_right(interface: str) -> None:
    """Raise CaptureNotPermitted when the kernel would refuse a capture socket."""
    if not may_capture():
        raise CaptureNotPermitted(interface)


def may_capture() -> bool:
    """Whether a capture socket can be opened now. Asks the kernel; capability bits do not tell under namespaces."""
    if not _IS_LINUX:
        return any(os.access(device, os.R_OK) for device in Path("/dev").glob("bpf*"))
    try:
        # Protocol 0 receives nothing.
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        return False
    return True


def mending_commands(arguments: Sequence[str]) -> list[str]:
    """Commands for a shell: netscope with these arguments as root, then (Linux) the capability for this interpreter."""
    commands = [shlex.join(["sudo", "-E", *own_command(), *arguments])]
    if _IS_LINUX and not _ignores_file_capabilities(interpreter()):
        commands.append(shlex.join(["sudo", "setcap", "cap_net_raw+ep", str(interpreter())]))
    return commands


def interpreter() -> Path:
    """The file the capability must be set on: symbolic links of virtual environments carry none."""
    return Path(os.path.realpath(sys.executable))


def own_command() -> list[str]:
    """Full path, because sudo has its own PATH and would not find a virtual environment."""
    if os.path.basename(sys.argv[0]) == "netscope" and os.path.isfile(sys.argv[0]):
        return [os.path.abspath(sys.argv[0])]
    script = shutil.which("netscope", path=os.path.dirname(sys.executable))
    return [script] if script else [sys.executable, "-m", "netscope"]


def _ignores_file_capabilities(path: Path) -> bool:
    try:
        return bool(os.statvfs(path).f_flag & os.ST_NOSUID)
    except OSError:
        return False
