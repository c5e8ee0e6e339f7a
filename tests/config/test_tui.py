"""Keys and options of the screens in the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.config.reading import ConfigInvalid, read_config
from netscope.config.template import template
from netscope.config.tui import keymap_of


def read(document: str):  # type: ignore[no-untyped-def]
    return read_config(document, Path("netscope.toml"))[0]


def test_keys_by_command_quoted_or_not() -> None:
    config = read('[keys]\n"row.up" = "ctrl+x"\nalert.acknowledge = "F5"\npause = "p space"\nnames = ""\n')
    assert keymap_of(config.keys) == {
        "row.up": "ctrl+x", "alert.acknowledge": "f5", "pause": "p,space", "names": "",
    }  # fmt: skip
    assert read("").keys == {}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('paus = "p"', "netscope.toml:2: keys.paus: no such option; did you mean pause?"),
        ('row.upp = "p"', 'keys."row.upp": no such option; did you mean row.up?'),
        ('pause = "hyper+p"', "netscope.toml:2: keys.pause: hyper+p is no key"),
        ("pause = 5", "keys.pause: wants a text, not 5"),
        ('pause = "p"', 'keys: p is both pause and names on 11 screens; give "names" another key, or none: ""'),
        ('pause = "ctrl+i"', "cannot be told from tab"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_with_its_line(line: str, words: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        read(f"[keys]\n{line}\n")
    assert words in str(caught.value)


def test_options_of_the_screens() -> None:
    config = read('[tui]\nscreen = "flows"\nkeep_packets_mib = 64\nexport_folder = "out"\n')
    assert (config.tui.screen, config.tui.keep_packets_mib, config.tui.export_folder) == ("flows", 64, Path("out"))
    with pytest.raises(ConfigInvalid, match="did you mean home"):
        read('[tui]\nscreen = "hom"\n')
    with pytest.raises(ConfigInvalid, match="too small; at least 2 MiB"):
        read("[tui]\nkeep_packets_mib = 1\n")


def test_the_template_shows_how_keys_are_written() -> None:
    shown = template()
    assert "[keys]" in shown
    example = "\n".join(line.removeprefix("#") for line in shown.splitlines() if line.startswith('#"'))
    assert read(f"[keys]\n{example}\n").keys
