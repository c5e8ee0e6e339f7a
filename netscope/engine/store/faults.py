"""What can go wrong with a recording, as a stable slug and one line for the user."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Final

from netscope.model.errors import NetScopeError


class StoreFault(NetScopeError):
    """The recording cannot be written or read now. ``slug`` is counted as ``store_fault_<slug>``."""

    def __init__(self, slug: str, text: str) -> None:
        super().__init__(text)
        self.slug = slug


_TEXTS: Final[dict[str, str]] = {
    "disk_full": "{path}: no space left; free some or lower the recording's size limit",
    "read_only": "{path}: cannot be written (read-only file or file system); choose another place for the recording",
    "locked": "{path}: another program holds the recording locked; close it or record to another file",
    "corrupt": "{path}: the file is damaged; it is set aside when recording starts again",
    "not_a_recording": "{path}: not a NetScope recording; choose another file name",
    "no_permission": "{path}: no permission; choose a folder you own or change its owner",
    "unreadable": "{path}: you may not read it; its owner may, and the group it is given to",
    "missing": "{path}: no such file or folder",
    "unfinished": "{path}: its last rows are still in the file beside it and the folder is read-only; copy both to a"
    " folder you can write",
    "deleted": "{path}: the recording was deleted or replaced while it was being written",
    "other_recorder": "{path}: another netscope is recording to this file; choose another one",
    "newer_schema": "{path}: written by a newer NetScope; update NetScope or record to another file",
    "io": "{path}: the disk reports an error ({detail}); check the disk and the system log",
}

_SQLITE_SLUGS: Final[dict[int, str]] = {
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "corrupt",
    sqlite3.SQLITE_PERM: "no_permission",
    sqlite3.SQLITE_AUTH: "no_permission",
    sqlite3.SQLITE_CANTOPEN: "no_permission",
}

_ERRNO_SLUGS: Final[dict[int, str]] = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",
    errno.EROFS: "read_only",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.ENOENT: "missing",
    errno.ENOTDIR: "missing",
}


def fault(slug: str, path: Path, detail: str = "") -> StoreFault:
    return StoreFault(slug, _TEXTS[slug].format(path=path, detail=detail))


def from_sqlite(error: sqlite3.Error, path: Path) -> StoreFault:
    """Errors without a code come from the Python module, not the file; they read as ``io`` with their text."""
    code = getattr(error, "sqlite_errorcode", None)
    slug = "io" if code is None else _SQLITE_SLUGS.get(code & 0xFF, "io")
    return fault(slug, path, str(error))


def from_os(error: OSError, path: Path) -> StoreFault:
    slug = "io" if error.errno is None else _ERRNO_SLUGS.get(error.errno, "io")
    return fault(slug, path, error.strerror or str(error))
