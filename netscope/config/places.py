"""Where the configuration lies: one file, the user's or the machine's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from netscope.engine.enrich.folders import config_folder, invoking_user
from netscope.model.errors import NetScopeError

FILE_NAME: Final = "netscope.toml"
MACHINE_FILE: Final = Path("/etc/netscope") / FILE_NAME
"""The service's, and everybody's who has none of their own."""


def config_file(named: Path | None = None) -> Path | None:
    """The file in force: ``named``, else the user's (under sudo: of who called it), else the machine's, else None.

    Raises NetScopeError when ``named`` is not there.
    """
    if named is not None:
        if not named.exists():
            raise NetScopeError(f"{named}: there is no such configuration; netscope config show --defaults prints one")
        return named
    # One in a folder that may not be looked into is none.
    return next((path for path in candidates() if os.path.exists(path)), None)


def candidates() -> list[Path]:
    """Where a file is looked for, the first that is there is taken alone."""
    return list(dict.fromkeys([config_folder() / FILE_NAME, MACHINE_FILE]))


def absolute(text: str, folder: Path) -> Path:
    """``~`` is the home of the user (under sudo: of who called it); a relative path begins in ``folder``."""
    path = Path(text)
    if path.parts[0] == "~":
        user = invoking_user()
        home = Path(user.pw_dir) if user is not None else Path.home()
        return home.joinpath(*path.parts[1:])
    return folder / path
