"""Names of keys: as the user writes and reads them, and as the terminal toolkit has them. Loads no screen."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Mapping
from typing import Final

from netscope.tui.commands import (
    ALL,
    COMMANDS,
    DETAILS,
    GROUPS,
    LISTS,
    PAIRS,
    PARTNERS,
    ROWS,
    Command,
    in_context,
    keys_of,
)

SIGNS: Final = {
    "up": "↑", "down": "↓", "left": "←", "right": "→", "escape": "esc", "pageup": "PgUp", "pagedown": "PgDn",
    "home": "Home", "end": "End", "delete": "Del", "insert": "Ins", "backspace": "⌫",
}  # fmt: skip
"""How a key is shown whose name is not shown as it is."""

_SPELLINGS: Final = {
    "esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "del": "delete", "ins": "insert",
}  # fmt: skip
_NAMED: Final = frozenset({
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "enter", "tab", "space", "escape", "delete",
    "insert", "backspace", *(f"f{number}" for number in range(1, 25)),
})  # fmt: skip
_WORDS: Final = (
    "letters and signs, up, down, left, right, home, end, pgup, pgdn, enter, tab, space, esc, del, ins, f1 to f24; "
    "with ctrl+, shift+ or alt+"
)
_MODIFIERS: Final = ("alt", "ctrl", "shift")
"""In the order the toolkit writes them."""
_SAME_IN_A_TERMINAL: Final = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+left_square_bracket": "escape"}
_TOOLKIT_WORDS: Final = {
    "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
    "plus_sign": "plus", "low_line": "underscore",
}  # fmt: skip


def read_keys(text: str) -> str:
    """``"/ F3 ctrl+t"`` as the toolkit takes it; nothing for no key at all. Raises ValueError naming the key."""
    return ",".join(dict.fromkeys(_read_key(word) for word in text.split()))


def _read_key(word: str) -> str:
    if len(word) == 1:
        return _name_of(word)
    head, plus, last = word.rpartition("+")
    if not last:  # the plus sign itself, as in ctrl++
        head, last = head.removesuffix("+"), "+"
    modifiers = [part.lower() for part in head.split("+")] if plus and head else []
    unknown = [part for part in modifiers if part not in _MODIFIERS]
    base = _name_of(last.lower()) if len(last) == 1 else _SPELLINGS.get(last.lower(), last.lower())
    if unknown or (len(last) > 1 and base not in _NAMED):
        raise ValueError(f"{word} is no key; keys are {_WORDS}")
    if modifiers == ["shift"] and len(base) == 1:
        return base.upper()
    key = "+".join([*(part for part in _MODIFIERS if part in modifiers), base])
    if key in _SAME_IN_A_TERMINAL:
        raise ValueError(f"{word} cannot be told from {_SAME_IN_A_TERMINAL[key]} in a terminal")
    return key


def _name_of(character: str) -> str:
    if character.isalnum():
        return character
    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    return _TOOLKIT_WORDS.get(name, name)


def sign_of(key: str) -> str:
    """A key as it is shown to the user: ``/``, ``↑``, ``ctrl+t``."""
    *modifiers, base = key.split("+")
    if base in SIGNS:
        shown = SIGNS[base]
    elif base in _NAMED or len(base) == 1:
        shown = base.upper() if base[0] == "f" and base[1:].isdigit() else base
    else:
        shown = _character_of(base)
    return "+".join([*modifiers, shown])


_CHARACTERS: Final = {_name_of(character): character for character in string.punctuation}


def _character_of(name: str) -> str:
    found = _CHARACTERS.get(name)
    if found is not None:
        return found
    try:
        return unicodedata.lookup(name.replace("_", " ").upper())
    except KeyError:
        return name


def hint_sign(command: Command, keymap: Mapping[str, str]) -> str:
    """The key to show in the footer; of a pair both, while they have their own keys."""
    partner = PARTNERS.get(command.id)
    if partner is not None and command.id not in keymap and partner not in keymap:
        return PAIRS[command.id]
    return next(map(sign_of, keys_of(command, keymap)), "")


def signs_of(command: Command, keymap: Mapping[str, str]) -> str:
    """All its keys, for a list of commands; ``-`` where it has none."""
    return "  ".join(map(sign_of, keys_of(command, keymap))) or "-"


def in_groups() -> list[Command]:
    """Every command, in the order lists show them."""
    return [command for group in GROUPS for command in COMMANDS if command.group == group]


def where(command: Command) -> str:
    """On which screens, in words."""
    words = {ALL: "everywhere", ROWS: "all but Past", DETAILS: "details", LISTS - {"past"}: "lists but Past"}
    return words.get(command.contexts) or ", ".join(sorted(command.contexts))


def command_ids() -> list[str]:
    return [command.id for command in COMMANDS]


def check_keys(text: str) -> None:
    """Raises ValueError, in words that follow the command's id."""
    read_keys(text)


def read_keymap(wanted: Mapping[str, str]) -> dict[str, str]:
    """Command id to keys as the toolkit takes them. Raises ValueError when a key would mean two things on a screen."""
    keymap = {command_id: read_keys(text) for command_id, text in wanted.items()}
    found = clashes(keymap)
    if found:
        raise ValueError("; ".join(found))
    return keymap


def clashes(keymap: Mapping[str, str]) -> list[str]:
    """What is wrong, in words; each pair of commands once."""
    screens: dict[tuple[str, str, str], list[str]] = {}
    for context in sorted(ALL):
        owners: dict[str, str] = {}
        for command in in_context(context):
            for key in keys_of(command, keymap):
                owner = owners.setdefault(key, command.id)
                if owner != command.id:
                    screens.setdefault((key, owner, command.id), []).append(context)
    return [_clash(*found, contexts, keymap) for found, contexts in screens.items()]


def _clash(key: str, one: str, other: str, contexts: list[str], keymap: Mapping[str, str]) -> str:
    """Who is to give way: the one whose key the user has not chosen."""
    yielding = one if one not in keymap else other
    where = f"on {', '.join(contexts)}" if len(contexts) <= 3 else f"on {len(contexts)} screens"
    return f'{sign_of(key)} is both {one} and {other} {where}; give "{yielding}" another key, or none: ""'
