"""Lines over time as an SVG of a few panels: what a document of a measurement needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

WIDTH, HEIGHT = 460, 170
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 30, 34
COLUMNS: Final = 2
INK, LINE, GRID = "#333", "#1f6fb2", "#ddd"


class Panel(NamedTuple):
    title: str
    x: Sequence[float]
    y: Sequence[float]
    limit: float | None = None
    """A dashed line the values should stay below."""


def plot(panels: Sequence[Panel], x_title: str) -> str:
    """An SVG document; every vertical axis begins at zero, so that flat looks flat."""
    rows = math.ceil(len(panels) / COLUMNS)
    size = f'width="{COLUMNS * WIDTH}" height="{rows * HEIGHT}"'
    drawn = [
        _panel(panel, x_title, place % COLUMNS * WIDTH, place // COLUMNS * HEIGHT) for place, panel in enumerate(panels)
    ]
    style = 'font-family="sans-serif" font-size="11"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n<rect {size} fill="#fff"/>\n{"".join(drawn)}</svg>\n'
    )


def _panel(panel: Panel, x_title: str, left: int, top: int) -> str:
    top_value = _round_up(max(*panel.y, panel.limit or 0) or 1)
    end = max(panel.x) or 1

    def point(x: float, y: float) -> tuple[float, float]:
        across = LEFT + x / end * (WIDTH - LEFT - RIGHT)
        return across, HEIGHT - BOTTOM - y / top_value * (HEIGHT - TOP - BOTTOM)

    parts = [f'<text x="{LEFT}" y="18" fill="{INK}" font-weight="bold">{panel.title}</text>']
    for share in (0, 0.5, 1):
        parts += _level(point(0, share * top_value)[1], _number(share * top_value))
    if panel.limit is not None:
        level = point(0, panel.limit)[1]
        parts.append(f'<path d="M{LEFT} {level:.1f}H{WIDTH - RIGHT}" stroke="#b22" stroke-dasharray="4 3"/>')
    middle, ground = (LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 15
    parts.append(f'<text x="{LEFT}" y="{ground}" text-anchor="middle" fill="{INK}">0</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{ground}" text-anchor="end" fill="{INK}">{_number(end)}</text>')
    parts.append(f'<text x="{middle}" y="{ground}" text-anchor="middle" fill="{INK}">{x_title}</text>')
    line = " ".join("{:.1f},{:.1f}".format(*point(x, y)) for x, y in zip(panel.x, panel.y, strict=True))
    parts.append(f'<polyline points="{line}" fill="none" stroke="{LINE}" stroke-width="1.4"/>')
    return f'<g transform="translate({left} {top})">\n' + "\n".join(parts) + "\n</g>\n"


def _level(height: float, label: str) -> list[str]:
    return [
        f'<path d="M{LEFT} {height:.1f}H{WIDTH - RIGHT}" stroke="{GRID}"/>',
        f'<text x="{LEFT - 6}" y="{height + 4:.1f}" text-anchor="end" fill="{INK}">{label}</text>',
    ]


def _number(value: float) -> str:
    """At most four figures and thousands by comma: 0, 2.5, 25,000."""
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.4g}"


def _round_up(value: float) -> float:
    """To 1, 2, 2.5, 4, 5 or 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 4, 5, 10) if step * power >= value * 0.999)
