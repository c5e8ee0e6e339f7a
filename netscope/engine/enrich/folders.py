"""Where a user's own data lies. Under sudo that is the invoking user's home, and what is written there is theirs."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import platformdirs

from netscope.model.errors import NetScopeError

APPLICATION = "netscope"


def invoking_user() -> pwd.struct_passwd | None:
    """The user who called sudo; None when this process is not under sudo."""
    name = os.environ.get("SUDO_USER")
    if os.geteuid() != 0 or not name or name == "root":
        return None
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def data_folder() -> Path:
    """Imported lists and databases."""
    user = invoking_user()
    if user is not None:
        return Path(user.pw_dir) / ".local" / "share" / APPLICATION
    return platformdirs.user_data_path(APPLICATION)


def config_folder() -> Path:
    user = invoking_user()
    return Path(user.pw_dir) / ".config" / APPLICATION if user else platformdirs.user_config_path(APPLICATION)


def make_folder(folder: Path) -> Path:
    """``folder``, made where missing and given to the invoking user. Raises NetScopeError."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in missing:
            give_to_user(path)
    except OSError as error:
        raise NetScopeError(f"{folder}: cannot make the folder ({error.strerror})") from error
    return folder


def give_to_user(path: Path) -> None:
    user = invoking_user()
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
