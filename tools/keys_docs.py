"""Write the table of keys into docs/cli.md; run it after a command of the screens was changed."""

from __future__ import annotations

import re
from pathlib import Path

from netscope.tui.keys import in_groups, sign_of, where

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
HEADING = "| keys | what it does | where | id |\n|---|---|---|---|\n"


def table() -> str:
    rows = []
    for command in in_groups():
        keys = " ".join(f"`{sign_of(key)}`" for key in command.keys)
        rows.append(f"| {keys} | {command.help} | {where(command)} | `{command.id}` |\n")
    return HEADING + "".join(rows)


def with_table(text: str) -> str:
    """The document with its table of keys as the program has them."""
    return re.sub(rf"{re.escape(HEADING)}(?:\|.*\n)+", lambda _: table(), text, count=1)


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text("utf-8")), "utf-8")
