"""The configuration in writing: the commented template, and values as TOML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any, Final, get_args, get_origin

from netscope.config.option import Option, option_of, options_of
from netscope.config.schema import Config
from netscope.config.settings import Settings

WIDTH: Final = 100
_ORIGIN_COLUMN: Final = 44
_OPENING: Final = (
    "NetScope's configuration: every option with its default. Take away the # before those you change. "
    "The command line beats this file."
)


def template() -> str:
    """A file that changes nothing: every option with help, unit, bounds and reason, each commented out."""
    lines = _comment(_OPENING)
    for declared, annotation in options_of(Config):
        lines += ["", *_table(declared.name, option_of(declared), annotation)]
    return "\n".join(lines) + "\n"


def _table(name: str, about: Option, annotation: Any) -> list[str]:
    lines = _comment(described(about))
    if is_dataclass(annotation):
        return [*lines, f"[{name}]", *_options(name, annotation)]
    if get_origin(annotation) is tuple:
        return [*lines, f"#[[{name}]]", *_options(name, get_args(annotation)[0])]
    return [*lines, f"[{name}]", *(f"#{line}" for line in about.example.splitlines())]


def _options(name: str, kind: Any) -> list[str]:
    """Options before tables: what follows a table would belong to it."""
    lines: list[str] = []
    inner: list[str] = []
    for declared, annotation in options_of(kind):
        if _is_table(annotation):
            inner += ["", *_table(f"{name}.{declared.name}", option_of(declared), annotation)]
        else:
            lines += _option(declared)
    return lines + inner


def _is_table(annotation: Any) -> bool:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return is_dataclass(parts[0])
    return is_dataclass(annotation) or (isinstance(origin, type) and issubclass(origin, Mapping))


def _option(declared: Field[Any]) -> list[str]:
    about = option_of(declared)
    value = about.example or ("" if declared.default is MISSING else toml_value(declared.default))
    return [*_comment(described(about)), f"#{toml_key(declared.name)} = {value}".rstrip()]


def described(about: Option) -> str:
    """Help, choices, unit, bounds and reason in one paragraph."""
    text = about.help
    if about.choices is not None:
        text += f" One of {', '.join(about.choices())}."
    extent = [part for part in (about.unit, _bounds(about)) if part]
    if extent:
        text += f" [{', '.join(extent)}]"
    return text + (f" Default because: {about.reason}." if about.reason else "")


def _bounds(about: Option) -> str:
    least, most = (None if bound is None else f"{bound:,}" for bound in (about.at_least, about.at_most))
    if least is not None and most is not None:
        return f"{least} to {most}"
    return f"at least {least}" if least is not None else f"at most {most}" if most is not None else ""


def _comment(text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def toml_value(value: Any) -> str:
    """As it would be written in the file; tables inline."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str | Path):
        # A TOML basic string escapes as JSON does, but for DEL, and without surrogate pairs.
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_key(key)} = {toml_value(item)}" for key, item in value.items()) + " }"
    if is_dataclass(value):
        own = {declared.name: getattr(value, declared.name) for declared in fields(value)}
        return toml_value({name: item for name, item in own.items() if item is not None})
    return "[" + ", ".join(map(toml_value, value)) + "]"


def toml_key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else toml_value(name)


def effective(settings: Settings) -> str:
    """A file that says what is in force, and of each option where it comes from."""
    values = sorted(settings.values(), key=lambda value: len(value.place) > 1)
    lines = [f"# {settings.path or 'no configuration file'}"]
    table: tuple[str, ...] = ()
    for value in values:
        if value.place[:-1] != table:
            table = value.place[:-1]
            lines += ["", f"[{'.'.join(table)}]"]
        name = toml_key(value.place[-1])
        text = f"#{name} is not set" if value.value is None else f"{name} = {toml_value(value.value)}"
        lines.append(f"{text:<{_ORIGIN_COLUMN}}  # {value.origin}" if value.value is not None else text)
    return "\n".join(lines) + "\n"
