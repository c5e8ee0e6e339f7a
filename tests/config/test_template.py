"""The template is a file that works: as it is it changes nothing, uncommented it says the defaults."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

from hypothesis import given
from hypothesis import strategies as st

from netscope.config.option import option_of, options_of
from netscope.config.reading import read_config
from netscope.config.schema import Config
from netscope.config.settings import load_settings
from netscope.config.template import effective, template, toml_key, toml_value

HERE = Path("/etc/netscope/netscope.toml")


def uncommented() -> str:
    return re.sub(r"^#(?! )", "", template(), flags=re.MULTILINE)


def test_the_template_changes_nothing() -> None:
    assert read_config(template(), HERE)[0] == Config()


def test_the_template_uncommented_is_valid_and_says_the_defaults() -> None:
    config, tables = read_config(uncommented(), HERE)
    for declared, kind in options_of(Config):
        if not is_dataclass(kind):
            continue
        section = getattr(config, declared.name)
        assert set(tables[declared.name]) == {own.name for own in fields(kind)}
        for own, annotation in options_of(kind):
            is_array = get_origin(annotation) is tuple and is_dataclass(get_args(annotation)[0])
            if not option_of(own).example and not is_array and not is_dataclass(annotation):
                assert getattr(section, own.name) == own.default, own.name


def test_every_option_says_what_it_is() -> None:
    def all_options(kind: Any) -> list[str]:
        return [f"{kind.__name__}.{own.name}" for own, _ in options_of(kind) if not option_of(own).help.endswith(".")]

    assert [missing for _, kind in options_of(Config) if is_dataclass(kind) for missing in all_options(kind)] == []


def test_what_is_in_force_is_a_file_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "netscope.toml"
    path.write_text('[capture]\nfilter = "not port 22"\n[data]\ngeoip = ["a.mmdb"]\n')
    settings = load_settings(path)
    text = effective(settings)
    assert read_config(text, HERE)[0] == settings.config
    assert re.search(r'^filter = "not port 22" +# file$', text, re.MULTILINE)
    assert re.search(r"^promiscuous = true +# default$", text, re.MULTILINE)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_is_read_back(text: str) -> None:
    assert tomllib.loads(f"{toml_key(text)} = {toml_value(text)}") == {text: text}
