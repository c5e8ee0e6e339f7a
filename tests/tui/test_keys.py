"""Keys as users write and read them; the same names as the toolkit's; clashes."""

from __future__ import annotations

import string

import pytest
from textual.keys import _character_to_key

from netscope.tui.commands import BY_ID, COMMANDS
from netscope.tui.keys import clashes, hint_sign, read_keymap, read_keys, sign_of, signs_of


@pytest.mark.parametrize("character", string.printable.strip() + "äß§€")
def test_every_character_has_the_toolkits_name_and_is_shown_as_itself(character: str) -> None:
    assert read_keys(character) == _character_to_key(character)
    assert sign_of(read_keys(character)) == character


@pytest.mark.parametrize(
    ("written", "toolkit", "shown"),
    [
        ("F3", "f3", "F3"),
        ("esc", "escape", "esc"),
        ("PgDn", "pagedown", "PgDn"),
        ("Space", "space", "space"),
        ("return", "enter", "enter"),
        ("ctrl+T", "ctrl+t", "ctrl+t"),
        ("Shift+left", "shift+left", "shift+←"),
        ("shift+g", "G", "G"),
        ("shift+ctrl+a", "ctrl+shift+a", "ctrl+shift+a"),
        ("alt+/", "alt+slash", "alt+/"),
        ("ctrl++", "ctrl+plus", "ctrl++"),
        ("f24", "f24", "F24"),
    ],
)
def test_named_keys_and_modifiers(written: str, toolkit: str, shown: str) -> None:
    assert read_keys(written) == toolkit
    assert sign_of(toolkit) == shown


def test_several_keys_are_separated_by_blanks_and_none_is_none() -> None:
    assert read_keys(" /  F3 / ") == "slash,f3"
    assert read_keys("") == ""


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("hyper+x", "hyper.x is no key"),
        ("pagedwn", "pagedwn is no key"),
        ("f25", "is no key"),
        ("ctrl+i", "cannot be told from tab"),
        ("ctrl+m", "cannot be told from enter"),
        ("ctrl+[", "cannot be told from escape"),
    ],
)
def test_what_is_no_key_is_an_error(written: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_keys(written)


def test_the_commands_own_keys_do_not_clash_and_are_shown() -> None:
    assert clashes({}) == []
    for command in COMMANDS:
        assert all(read_keys(sign_of(key).replace("←", "left").replace("→", "right").replace("↑", "up")
                             .replace("↓", "down")) == key for key in command.keys), command.id  # fmt: skip


def test_a_clash_names_both_the_place_and_the_way_out() -> None:
    (words,) = clashes({"alert.acknowledge": "r"})
    assert words == 'r is both record and alert.acknowledge on 4 screens; give "record" another key, or none: ""'
    with pytest.raises(ValueError, match="f is both filter and follow"):
        read_keymap({"filter": "f"})
    assert read_keymap({"filter": "f", "follow": "", "past.live": "f"}) == {
        "filter": "f", "follow": "", "past.live": "f"
    }  # fmt: skip


def test_the_same_key_may_do_different_things_on_different_screens() -> None:
    assert read_keymap({"fold": "ctrl+x", "item.previous": "ctrl+x"})


def test_hints_show_pairs_until_one_of_them_is_changed() -> None:
    assert hint_sign(BY_ID["row.down"], {}) == "↑↓"
    assert hint_sign(BY_ID["row.down"], {"row.up": "w"}) == "↓"
    assert hint_sign(BY_ID["pause"], {"pause": "p,space"}) == "p"
    assert hint_sign(BY_ID["pause"], {"pause": ""}) == ""
    assert (signs_of(BY_ID["help"], {}), signs_of(BY_ID["help"], {"help": ""})) == ("?  F1", "-")
