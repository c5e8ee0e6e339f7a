"""Write the template of the configuration into docs/configuration.md; run it after an option was changed."""

from __future__ import annotations

import re
from pathlib import Path

from netscope.config.template import template

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"


def with_template(text: str) -> str:
    """The document with its block of TOML as the program prints it."""
    return re.sub(r"```toml\n.*?```", lambda _: f"```toml\n{template()}```", text, count=1, flags=re.DOTALL)


if __name__ == "__main__":
    DOCUMENT.write_text(with_template(DOCUMENT.read_text("utf-8")), "utf-8")
