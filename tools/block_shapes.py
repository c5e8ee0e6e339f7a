"""Block characters of a terminal picture as shapes: viewers' fonts leave seams between lines, a chart has none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final, NamedTuple

CELL_WIDTH: Final = 12.2
CELL_HEIGHT: Final = 24.4
BASELINE: Final = 18.5
"""From the upper edge of a cell down to where its text stands."""
BLANK: Final = "&#160;"
LOWER: Final = "▁▂▃▄▅▆▇█"
LEFT: Final = "▏▎▍▌▋▊▉"
UPPER: Final = {"▔": 1, "▀": 4}
"""Eighths of the cell, from above."""
SHADES: Final = {"░": 0.25, "▒": 0.5, "▓": 0.75}
BARS: Final = {"━": 8, "╸": 4}
"""Eighths of the cell, in its middle."""
BLOCKS: Final = frozenset((*LOWER, *LEFT, *UPPER, *SHADES, *BARS, BLANK))
TEXT: Final = re.compile(r'<text class="([^"]*)" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>')


class Shape(NamedTuple):
    """Of one cell, in eighths of it."""

    left: int
    top: int
    width: int
    height: int
    opacity: float


def shape_of(sign: str) -> Shape | None:
    if sign in LOWER:
        eighths = LOWER.index(sign) + 1
        return Shape(0, 8 - eighths, 8, eighths, 1.0)
    if sign in LEFT:
        return Shape(0, 0, LEFT.index(sign) + 1, 8, 1.0)
    if sign in BARS:
        return Shape(0, 3, BARS[sign], 2, 1.0)
    if sign in UPPER:
        return Shape(0, 0, 8, UPPER[sign], 1.0)
    return Shape(0, 0, 8, 8, SHADES[sign]) if sign in SHADES else None


def with_shapes(svg: str) -> str:
    """Each text that is all blocks becomes paths of the same colour."""
    return TEXT.sub(_shapes, svg)


def _shapes(text: re.Match[str]) -> str:
    style, x, y, words = text.groups()
    signs = re.findall(r"&#160;|[^&]|&[^;]*;", words)
    if not signs or not BLOCKS.issuperset(signs):
        return text.group(0)
    top = float(y) - BASELINE
    drawn: dict[float, list[str]] = {}
    for start, count, shape in _runs(signs):
        left = float(x) + start * CELL_WIDTH + shape.left * CELL_WIDTH / 8
        width = (count - 1) * CELL_WIDTH + shape.width * CELL_WIDTH / 8
        upper, height = top + shape.top * CELL_HEIGHT / 8, shape.height * CELL_HEIGHT / 8
        drawn.setdefault(shape.opacity, []).append(f"M{left:.1f} {upper:.2f}h{width:.1f}v{height:.2f}h-{width:.1f}z")
    return "".join(_path(style, opacity, shapes) for opacity, shapes in drawn.items())


def _runs(signs: list[str]) -> Iterator[tuple[int, int, Shape]]:
    """(first cell, cells, shape) of equal neighbours that fill their width, else one by one."""
    at = 0
    for sign, same in groupby(signs):
        count, shape = len(list(same)), shape_of(sign)
        if shape is not None and shape.width == 8:
            yield at, count, shape
        elif shape is not None:
            yield from ((at + number, 1, shape) for number in range(count))
        at += count


def _path(style: str, opacity: float, shapes: list[str]) -> str:
    shade = f' fill-opacity="{opacity}"' if opacity < 1 else ""
    return f'<path class="{style}"{shade} shape-rendering="crispEdges" d="{"".join(shapes)}"/>'
