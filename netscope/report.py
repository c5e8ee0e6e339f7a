"""Where a defect's trace goes: a file the user can send, never the screen."""

from __future__ import annotations

import os
import platform
import tempfile
from pathlib import Path

from netscope import __version__


def write_report(trace: str, folder: Path | None = None) -> Path:
    """Keep a traceback with the versions it needs; no traffic, no names. ``folder`` None: the temporary folder."""
    handle, name = tempfile.mkstemp(prefix="netscope-crash-", suffix=".txt", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(f"netscope {__version__}\n")
        out.write(f"python {platform.python_version()} {platform.system()} {platform.machine()}\n\n{trace}")
    return Path(name)
