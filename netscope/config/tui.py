"""``[tui]`` and ``[keys]``: the screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netscope.config.option import option
from netscope.tui.choices import SCREENS
from netscope.tui.keys import check_keys, command_ids, read_keymap


@dataclass(frozen=True, slots=True, kw_only=True)
class Tui:
    """The screens. What is chosen on them (orders, columns, theme) is remembered beside this file."""

    screen: str = option("home", "The one shown first.", choices=lambda: SCREENS)
    export_folder: Path | None = option(
        None,
        "Where exports and the packets of a flow go when no other folder is named. Default: the folder NetScope was "
        "started in.",
        example='"~/captures"',
    )
    keep_packets_mib: int | None = option(
        None,
        "Keep the newest packets whole, in memory only, so that those of a flow can be written out. Default: none are "
        "kept.",
        unit="MiB",
        at_least=2,
        at_most=65_536,
        example="64",
    )


def keys_option() -> Any:
    """A field of ``Config``: command ids to keys."""
    return option(
        {},
        "Keys of the screens, by command; ? on the screens lists them. Several are separated by blanks, an empty text "
        "takes a command's keys away. A key may do one thing on a screen.",
        names=command_ids,
        check=check_keys,
        check_table=read_keymap,
        example='"pause" = "p space"\n"names" = "P"',
    )


def keymap_of(keys: Mapping[str, str]) -> dict[str, str]:
    """As the screens take it."""
    return read_keymap(keys)
