"""How an option is declared: a dataclass field that carries its help, unit, reason and bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Final, get_type_hints

_METADATA_KEY: Final = "option"


@dataclass(frozen=True, slots=True)
class Option:
    """What is said of one option, and what its value must be beyond its type."""

    help: str
    unit: str = ""
    reason: str = ""
    """Why the default is what it is."""
    at_least: float | None = None
    at_most: float | None = None
    choices: Callable[[], Sequence[str]] | None = None
    """The values a text may have. Called when a file is read, so it must load nothing of the screens."""
    names: Callable[[], Sequence[str]] | None = None
    """The keys a table of free keys may have; as ``choices``."""
    check: Callable[[Any], object] | None = None
    """Raises ValueError or NetScopeError, in words that follow the option's name, when the value is wrong. Of a list
    or a table: called for each entry."""
    check_table: Callable[[Mapping[str, Any]], object] | None = None
    """Of a table of free keys: the same for the whole of it, once each entry is right."""
    example: str = ""
    """TOML shown in the template where the default is no value."""


def option(default: Any = MISSING, help: str = "", **details: Any) -> Any:  # noqa: A002
    """A field of a section; without ``default`` the file must give it. ``details`` as in ``Option``."""
    metadata = {_METADATA_KEY: Option(help, **details)}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def section(kind: type) -> Any:
    """A field of ``Config``: its docstring is what is said of it, its own defaults are the default."""
    return option(kind(), " ".join((kind.__doc__ or "").split()))


def option_of(declared: Field[Any]) -> Option:
    found: Option = declared.metadata[_METADATA_KEY]
    return found


def options_of(section: type) -> list[tuple[Field[Any], Any]]:
    """The fields of a section in order, each with its type."""
    types = get_type_hints(section)
    return [(declared, types[declared.name]) for declared in fields(section)]
