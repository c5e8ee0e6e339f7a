"""Values of Zeek's types as its two log writers render them: tab-separated with a header, and JSON Lines.

What Zeek 7 writes: UTF-8 stays as it is, control characters and separators become ``\\xHH``, unset is ``-``, empty
``(empty)``; in JSON an unset field is left out. Bidi and other invisible characters are treated as controls here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from netscope.export.formats import encode_json
from netscope.model.text import INVISIBLE

UNSET: Final = "-"
EMPTY: Final = "(empty)"
NS: Final = 1_000_000_000

Values = Sequence[Any]
"""One for each field, in order; None is unset. Times and intervals are nanoseconds."""


class Log(NamedTuple):
    path: str
    """Zeek's name of the log, and of its file."""
    fields: tuple[tuple[str, str], ...]
    """(name, type)."""


def log(path: str, text: str) -> Log:
    """``text``: a field and its type a line, or several divided by commas."""
    parts = [part.split() for part in text.replace("\n", ",").split(",") if part.strip()]
    return Log(path, tuple((name, kind) for name, kind in parts))


_CONTROL: Final = re.compile(rf"[\x00-\x1f{INVISIBLE}]")
_CONTROL_OR_COMMA: Final = re.compile(rf"[\x00-\x1f{INVISIBLE},]")


def _hex(found: re.Match[str]) -> str:
    return "".join(f"\\x{byte:02x}" for byte in found[0].encode())


def text(value: str, unsafe: re.Pattern[str] = _CONTROL) -> str:
    if not value:
        return EMPTY
    if value in (UNSET, EMPTY):
        return f"\\x{ord(value[0]):02x}{value[1:]}"
    if "\\" in value:
        # Zeek doubles a backslash, so that what it wrote as \xHH can be told from what was there.
        value = value.replace("\\", "\\\\")
    return unsafe.sub(_hex, value) if unsafe.search(value) else value


def _element(value: str) -> str:
    return text(value, _CONTROL_OR_COMMA)


def moment(value_ns: int) -> str:
    """Seconds with six decimals, rounded down as a packet's time stamp is cut."""
    sign = "-" if value_ns < 0 else ""
    seconds, rest = divmod(abs(value_ns), NS)
    return f"{sign}{seconds}.{rest // 1000:06d}"


def _truth(value: bool) -> str:
    return "T" if value else "F"


_RENDER: Final[dict[str, Callable[[Any], str]]] = {
    "time": moment,
    "interval": moment,
    "bool": _truth,
    "count": str,
    "int": str,
    "port": str,
    "double": str,
    "addr": str,
    "string": text,
    "enum": text,
}


def _many(render: Callable[[Any], str]) -> Callable[[Sequence[Any]], str]:
    def rendered(values: Sequence[Any]) -> str:
        return ",".join([UNSET if value is None else render(value) for value in values]) if values else EMPTY

    return rendered


def _renderer(kind: str) -> Callable[[Any], str]:
    container, _, of = kind.rstrip("]").partition("[")
    if not of:
        return _RENDER[container]
    return _many(_element if of in ("string", "enum") else _RENDER[of])


class TabSeparated:
    """Zeek's ASCII writer, with the header readers tell the columns by."""

    def __init__(self, of: Log, clock_s: Callable[[], float] = time.time) -> None:
        self._log = of
        self._clock_s = clock_s
        self._renderers = [_renderer(kind) for _, kind in of.fields]

    def head(self) -> str:
        names, kinds = zip(*self._log.fields, strict=True)
        return (
            "#separator \\x09\n#set_separator\t,\n"
            f"#empty_field\t{EMPTY}\n#unset_field\t{UNSET}\n#path\t{self._log.path}\n#open\t{self._now()}\n"
            + "\t".join(("#fields", *names))
            + "\n"
            + "\t".join(("#types", *kinds))
            + "\n"
        )

    def foot(self) -> str:
        return f"#close\t{self._now()}\n"

    def lines(self, records: Iterable[Values]) -> list[str]:
        renderers = self._renderers
        return [
            "\t".join(
                [UNSET if value is None else render(value) for value, render in zip(values, renderers, strict=True)]
            )
            for values in records
        ]

    def _now(self) -> str:
        return time.strftime("%Y-%m-%d-%H-%M-%S", time.gmtime(self._clock_s()))


def _seconds(value_ns: int) -> float:
    """To the same microsecond as ``moment``."""
    return value_ns // 1000 / 1_000_000


def _json_value(kind: str) -> Callable[[Any], Any] | None:
    """None where a value is JSON as it is."""
    if kind in ("time", "interval"):
        return _seconds
    if kind == "vector[interval]":
        return lambda values: [_seconds(value) for value in values]
    return None


class Json:
    """Zeek's ASCII writer with ``use_json``."""

    def __init__(self, of: Log) -> None:
        self._fields = [(name, _json_value(kind)) for name, kind in of.fields]

    def head(self) -> str:
        return ""

    def foot(self) -> str:
        return ""

    def lines(self, records: Iterable[Values]) -> list[str]:
        fields = self._fields
        return [
            encode_json(
                {
                    name: value if shape is None else shape(value)
                    for (name, shape), value in zip(fields, values, strict=True)
                    if value is not None
                }
            )
            for values in records
        ]
