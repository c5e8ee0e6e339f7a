"""Imports sqlite_utils without the data frames it would bring along where they are installed.

It imports pandas, which imports numpy and pyarrow: a hundred megabytes, and threads that run before rights are given up
and so keep them, which ``drop_privileges`` rightly refuses to go on with. Nothing here needs them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

_LEFT_OUT: Final = ("pandas", "numpy")


def import_without(name: str, left_out: tuple[str, ...] = _LEFT_OUT) -> None:
    """Import a module as if those were not installed; those that are imported already are left to it."""
    hidden = [other for other in left_out if other not in sys.modules]
    # The import system takes None as: there is no such module.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        import_module(name)
    finally:
        for other in hidden:
            del sys.modules[other]


import_without("sqlite_utils")
