"""The signs drawn on the screen, in block characters and in plain ASCII for consoles without them."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Glyphs:
    levels: str
    """Lowest to full, for charts that grow upwards."""
    drops: str
    """Least to full, for charts that hang: fonts have few blocks that fill a cell from above."""
    heat: str
    """Nothing to most, for strips of cells."""
    usual: str
    """Shades the range that is usual, behind a bar."""
    title: str
    cursor: str
    cut: str
    """Last cell of text that did not fit."""
    down: str
    up: str
    left: str
    right: str
    live: str
    bar: str
    """Part to whole of a cell, for bars that grow to the right: thin, so that those of two lines do not melt."""
    shades: str
    """Fills of a stacked bar, the largest share first."""
    rule: str
    axis: str
    axis_zero: str
    dot: str
    open: str
    closed: str
    dots: bool = False
    """Charts are drawn in braille: two values a cell, four steps a line."""
    trans: dict[int, str] | None = None
    """Replacements for the few signs that sentences of the interface use."""

    def plain(self, text: str) -> str:
        return text.translate(self.trans) if self.trans else text


BLOCKS: Final = Glyphs(
    levels="▁▂▃▄▅▆▇█",
    drops="▔▀█",
    heat="·░▒▓█",
    usual="░",
    title="▎",
    cursor="▌",
    cut="…",
    down="↓",
    up="↑",
    left="←",
    right="→",
    live="●",
    bar="╸━",
    shades="█▓▒░",
    rule="─",
    axis="┤",
    axis_zero="┼",
    dot="·",
    open="▾",
    closed="▸",
)

BRAILLE: Final = replace(BLOCKS, levels="⣀⣤⣶⣿", dots=True)
"""Finer charts, for fonts with braille patterns."""

ASCII: Final = Glyphs(
    levels="_.:-=+*#",
    drops="'\"!#",
    heat=".:+*#",
    usual=":",
    title="|",
    cursor=">",
    cut="~",
    down="v",
    up="^",
    left="<",
    right=">",
    live="*",
    bar="-=",
    shades="#=-.",
    rule="-",
    axis="|",
    axis_zero="+",
    dot="-",
    open="v",
    closed=">",
    trans=str.maketrans({"↑": "^", "↓": "v", "←": "<", "→": ">", "·": "-", "…": "~", "↔": "/", "–": "-", "›": ">",
                         "≥": ">=", "×": "x", "“": '"', "”": '"', "▸": ">", "▾": "v", "●": "*"}),
)  # fmt: skip

SIGNS: Final = {"blocks": BLOCKS, "braille": BRAILLE, "ascii": ASCII}
AS_TERMINAL: Final = "terminal"
"""Instead of one of them: what the terminal can show."""

CONSOLES: Final = ("linux", "vt100", "vt102", "vt220", "cons25", "dumb")
"""TERM of terminals whose fonts lack the eighth blocks."""


COERCED: Final = "C.UTF-8"


def choose_glyphs(environ: Mapping[str, str] = os.environ, encoding: str | None = None) -> Glyphs:
    """ASCII on the Linux console, outside UTF-8, or when NETSCOPE_ASCII is set."""
    if environ.get("NETSCOPE_ASCII"):
        return ASCII
    charset = (encoding or _charset(environ)).replace("-", "").lower()
    return ASCII if environ.get("TERM") in CONSOLES or charset != "utf8" else BLOCKS


def _charset(environ: Mapping[str, str]) -> str:
    """Of the locale as the user has it: where that is C, Python makes it UTF-8 for itself (PEP 538 and 540)."""
    ctype = environ.get("LC_CTYPE", "")
    name = environ.get("LC_ALL") or ("" if ctype == COERCED else ctype) or environ.get("LANG") or ctype
    return "ascii" if name in ("C", "POSIX") else locale.getpreferredencoding(False)


def sparkline(values: Sequence[float], width: int, levels: str, top: float | None = None) -> str:
    """The last ``width`` values scaled to ``top``, or their own largest; missing ones on the left are lowest."""
    shown = values[-width:] if width else ()
    most = top if top is not None else max(shown, default=0)
    if most <= 0:
        return levels[0] * width
    scale = (len(levels) - 1) / most
    last = len(levels) - 1
    return "".join([levels[min(last, int(value * scale + 0.5))] for value in shown]).rjust(width, levels[0])


def bar(share: float, width: int, glyphs: Glyphs) -> str:
    """A bar filled to ``share`` of ``width``, without what is not filled; something above nothing shows a trace."""
    steps = len(glyphs.bar)
    filled = round(max(0.0, min(1.0, share)) * width * steps)
    if not filled and share > 0 and width > 0:
        return glyphs.bar[0]
    whole, part = divmod(filled, steps)
    return glyphs.bar[-1] * whole + (glyphs.bar[part - 1] if part else "")


def resample(values: Sequence[float], count: int) -> list[float]:
    """``values`` as ``count`` buckets, each the largest of those that fall in it, so that peaks stay visible."""
    size = len(values)
    if count <= 0 or not size:
        return [0.0] * max(count, 0)
    if size <= count:
        return [float(values[index * size // count]) for index in range(count)]
    return [float(max(values[index * size // count : (index + 1) * size // count])) for index in range(count)]
