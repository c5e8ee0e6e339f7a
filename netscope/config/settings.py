"""File and command line together: the effective configuration, and where each value comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from pathlib import Path
from typing import Any, Final

from netscope.config.option import options_of
from netscope.config.places import config_file
from netscope.config.reading import read_config, read_text
from netscope.config.schema import Config

FROM_DEFAULT: Final = "default"
FROM_FILE: Final = "file"
FROM_COMMAND_LINE: Final = "command line"


@dataclass(frozen=True, slots=True)
class Value:
    """One option as it is in force."""

    place: tuple[str, ...]
    """Its table and its name: ``("capture", "filter")``."""
    value: Any
    origin: str
    """FROM_DEFAULT, FROM_FILE or FROM_COMMAND_LINE."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run goes by."""

    config: Config = field(default_factory=Config)
    path: Path | None = None
    """The file it was read from; None where there is none."""
    tables: Mapping[str, Any] = field(default_factory=dict)
    """The file as it was written."""
    given: frozenset[tuple[str, ...]] = frozenset()
    """Places the command line has decided."""

    def values(self) -> Iterator[Value]:
        """Every option, in the order of the table."""
        return self._values(Config, self.config, self.tables, ())

    def _values(self, kind: type, section: Any, written: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[Value]:
        for declared, annotation in options_of(kind):
            name, value = declared.name, getattr(section, declared.name)
            if is_dataclass(annotation):
                assert isinstance(annotation, type)
                yield from self._values(annotation, value, written.get(name, {}), (*place, name))
            elif (*place, name) in self.given:
                yield Value((*place, name), value, FROM_COMMAND_LINE)
            else:
                yield Value((*place, name), value, FROM_FILE if name in written else FROM_DEFAULT)


def load_settings(named: Path | None = None, given: Mapping[tuple[str, str], Any] | None = None) -> Settings:
    """The file in force with ``given`` by the command line above it, by (section, option).

    Raises NetScopeError, ConfigInvalid with every problem of the file.
    """
    path = config_file(named)
    config, tables = read_config(read_text(path), path) if path is not None else (Config(), {})
    for (section, name), value in (given or {}).items():
        config = replace(config, **{section: replace(getattr(config, section), **{name: value})})
    return Settings(config, path, tables, frozenset(given or ()))
