"""From a TOML document to a ``Config``, or to every problem in it: each names the key and its line."""

from __future__ import annotations

import difflib
import tomllib
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, is_dataclass
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin

from netscope.config.lines import Place, line_of
from netscope.config.option import Option, option_of, options_of
from netscope.config.places import absolute
from netscope.config.schema import Config
from netscope.model.errors import NetScopeError

MAX_FILE_BYTES: Final = 1 << 20
"""Some thousand rules; a larger file is not a configuration."""
_WORDS: Final = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", Path: "a path"}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at one place of the document."""

    place: Place
    text: str

    def words(self, document: str, path: Path) -> str:
        line = line_of(document, self.place)
        where = f"{path}:{line}" if line is not None else str(path)
        return f"{where}: {named(self.place)}: {self.text}"


class ConfigInvalid(NetScopeError):
    """What is wrong with a configuration file; ``problems`` are all of it, in words."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        more = f" (and {len(problems) - 1} more; see: netscope config check)" if len(problems) > 1 else ""
        super().__init__(problems[0] + more)


class _Wrong(Exception):
    """A value that is not taken; its problems have been noted."""


def read_text(path: Path) -> str:
    """Raises NetScopeError."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise NetScopeError(f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB; this is no configuration")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise NetScopeError(f"{path}: cannot read the configuration ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise NetScopeError(f"{path}: byte {error.start} is not UTF-8; a configuration is") from None


def read_config(document: str, path: Path) -> tuple[Config, dict[str, Any]]:
    """The configuration and the tables as they were written. Raises ConfigInvalid with every problem."""
    try:
        tables = tomllib.loads(document)
    except tomllib.TOMLDecodeError as error:
        raise ConfigInvalid([f"{path}: not TOML: {error}"]) from None
    reader = _Reader(path.parent)
    config = reader.table(Config, tables, ())
    if reader.problems:
        raise ConfigInvalid([problem.words(document, path) for problem in reader.problems])
    assert isinstance(config, Config)
    return config, tables


def named(place: Place) -> str:
    """``data.source[2].url``: numbers count from 1, keys with a dot are quoted."""
    text = ""
    for key in place:
        if isinstance(key, int):
            text += f"[{key + 1}]"
        else:
            text += ("." if text else "") + (key if key.replace("_", "").replace("-", "").isalnum() else f'"{key}"')
    return text


class _Reader:
    """Goes through the document once and notes all that is wrong."""

    def __init__(self, folder: Path) -> None:
        self.problems: list[Problem] = []
        self._folder = folder
        """Where relative paths begin."""

    def table(self, kind: type, raw: Any, place: Place) -> Any:
        """An instance of the dataclass ``kind``; its defaults where the table is wrong."""
        if not isinstance(raw, dict):
            self._refuse(place, "wants a table")
        known = options_of(kind)
        self._refuse_unknown(raw, [declared.name for declared, _ in known], place)
        values = {}
        for declared, annotation in known:
            own = (*place, declared.name)
            if declared.name in raw:
                with suppress(_Wrong):
                    values[declared.name] = self._value(annotation, raw[declared.name], own, option_of(declared))
            elif declared.default is MISSING and declared.default_factory is MISSING:
                self.problems.append(Problem(place, f"wants {declared.name}: {option_of(declared).help}"))
        try:
            return kind(**values)
        except TypeError:  # one that must be there is missing or wrong, and noted
            raise _Wrong from None

    def _refuse_unknown(self, raw: Mapping[str, Any], known: Sequence[str], place: Place) -> None:
        for key in raw:
            if key not in known:
                self.problems.append(
                    Problem((*place, key), f"no such {'option' if place else 'section'}; {nearest(key, known)}")
                )

    def _value(self, annotation: Any, raw: Any, place: Place, option: Option) -> Any:
        origin, parts = get_origin(annotation), get_args(annotation)
        if origin in (Union, types.UnionType):
            return self._value(next(part for part in parts if part is not types.NoneType), raw, place, option)
        if origin is tuple:
            return self._list(parts[0], raw, place, option)
        if origin is not None and issubclass(origin, Mapping):
            return self._free_table(parts[1], raw, place, option)
        if is_dataclass(annotation):
            assert isinstance(annotation, type)
            return self._checked_whole(self.table(annotation, raw, place), place, option)
        return self._checked(self._scalar(annotation, raw, place), raw, place, option)

    def _list(self, part: Any, raw: Any, place: Place, option: Option) -> tuple[Any, ...]:
        if not isinstance(raw, list):
            self._refuse(place, f"wants a list, as [{_example(part)}]")
        return tuple(self._each(part, enumerate(raw), place, option).values())

    def _free_table(self, part: Any, raw: Any, place: Place, option: Option) -> dict[str, Any]:
        if not isinstance(raw, dict):
            self._refuse(place, "wants a table")
        if not is_dataclass(part):
            raw = _with_dotted_keys(raw)
        if option.names is not None:
            self._refuse_unknown(raw, option.names(), place)
        before = len(self.problems)
        taken = self._each(part, raw.items(), place, option)
        if option.check_table is not None and len(self.problems) == before:
            self._note(option.check_table, taken, place)
        return taken

    def _note(self, check: Callable[[Any], object], value: Any, place: Place) -> None:
        try:
            check(value)
        except (ValueError, NetScopeError) as error:
            self._refuse(place, str(error))

    def _each(self, part: Any, items: Iterable[tuple[Any, Any]], place: Place, option: Option) -> dict[Any, Any]:
        """The entries that are right; the others are noted, each by its own place."""
        taken = {}
        for key, item in items:
            with suppress(_Wrong):
                taken[key] = self._value(part, item, (*place, key), option)
        return taken

    def _scalar(self, wanted: type, raw: Any, place: Place) -> Any:
        if wanted is float and type(raw) is int:
            return float(raw)
        if wanted is Path and type(raw) is str and raw:
            return absolute(raw, self._folder)
        if type(raw) is not wanted:
            self._refuse(place, f"wants {_WORDS[wanted]}, not {raw!r}")
        return raw

    def _checked(self, value: Any, raw: Any, place: Place, option: Option) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            self._check_bounds(value, place, option)
        if option.choices is not None and value not in option.choices():
            self._refuse(place, f"{raw!r} is none of them; {nearest(str(raw), option.choices())}")
        if option.check is not None:
            self._note(option.check, value, place)
        return value

    def _checked_whole(self, entry: Any, place: Place, option: Option) -> Any:
        """An entry of an array of tables, when each of its options is right."""
        if option.check is not None:
            self._note(option.check, entry, place)
        return entry

    def _check_bounds(self, value: float, place: Place, option: Option) -> None:
        unit = f" {option.unit}" if option.unit else ""
        # Written so that a NaN is refused, too.
        if option.at_least is not None and not value >= option.at_least:
            self._refuse(place, f"{value:,} is too small; at least {option.at_least:,}{unit}")
        if option.at_most is not None and not value <= option.at_most:
            self._refuse(place, f"{value:,} is too large; at most {option.at_most:,}{unit}")

    def _refuse(self, place: Place, text: str) -> None:
        self.problems.append(Problem(place, text))
        raise _Wrong


def _with_dotted_keys(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A key that holds a dot need not be quoted: TOML reads ``row.up`` as a table ``row``."""
    flat: dict[str, Any] = {}
    for key, value in raw.items():
        inner = _with_dotted_keys(value) if isinstance(value, dict) else None
        flat |= {key: value} if inner is None else {f"{key}.{name}": item for name, item in inner.items()}
    return flat


def nearest(word: str, known: Sequence[str]) -> str:
    """A hint: the name that was probably meant, else all there are."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"


def _example(part: Any) -> str:
    return '"…"' if part in (str, Path) else "…"
