"""Where a defect's trace goes: a file the user can send, never the screen."""

from __future__ import annotations

import os
import platform
import tempfile
from pathlib import Path
from typing import Final

from netscope import __version__

MAX_REPORTS: Final = 10
_PREFIX: Final = "netscope-crash-"
_SUFFIX: Final = ".txt"


def write_report(trace: str, folder: Path | None = None) -> Path:
    """Keep a traceback with the versions it needs; no traffic, no names. ``folder`` None: the temporary folder.

    Of the reports in the folder the newest MAX_REPORTS stay: a service that meets the same defect again and again must
    not fill the disk. Raises OSError.
    """
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(f"netscope {__version__}\n")
        out.write(f"python {platform.python_version()} {platform.system()} {platform.machine()}\n\n{trace}")
    _keep_newest(Path(name).parent)
    return Path(name)


def _keep_newest(folder: Path) -> None:
    own = [path for path in folder.glob(f"{_PREFIX}*{_SUFFIX}") if path.stat().st_uid == os.geteuid()]
    for path in sorted(own, key=lambda path: path.stat().st_mtime_ns)[:-MAX_REPORTS]:
        path.unlink(missing_ok=True)
