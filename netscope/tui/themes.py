"""Colours: one accent, one warning, one dim, in themes for dark, light, high contrast and colour-blind eyes.

Colour only repeats what letters say. The ANSI themes of Textual use the terminal's own 16 colours.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from textual.color import Color
from textual.theme import Theme

ANSI_DARK: Final = {
    "ns-accent": "ansi_cyan", "ns-warn": "ansi_yellow", "ns-dim": "ansi_white", "ns-good": "ansi_green",
    "ns-cursor": "ansi_blue", "ns-blur": "ansi_default", "ns-chart": "ansi_cyan", "ns-rule": "ansi_white",
    "ns-bar": "ansi_default",
}  # fmt: skip
ANSI_LIGHT: Final = ANSI_DARK | {
    "ns-accent": "ansi_blue", "ns-warn": "ansi_red", "ns-dim": "ansi_bright_black", "ns-cursor": "ansi_white",
    "ns-chart": "ansi_blue", "ns-rule": "ansi_bright_black",
}  # fmt: skip
TEXT_CONTRAST: Final = 4.5
SIGN_CONTRAST: Final = 3.0
"""Of text, and of signs and bold titles, with what is behind them, by WCAG 2.1, 1.4.3 and 1.4.11."""


def roles_of(theme: Theme) -> dict[str, str]:
    """Our roles in the colours of a theme that does not know them."""
    if theme.ansi:
        return dict(ANSI_DARK if theme.dark else ANSI_LIGHT)
    colours = theme.to_color_system().generate()
    background, foreground, primary = (Color.parse(colours[name]) for name in ("background", "foreground", "primary"))
    bar = background.blend(foreground, 0.06)

    def sign(colour: Color) -> str:
        return legible(colour, bar, foreground, SIGN_CONTRAST).hex

    return {
        "ns-accent": sign(primary),
        "ns-warn": sign(Color.parse(colours["warning"])),
        "ns-dim": legible(background.blend(foreground, 0.5), bar, foreground, TEXT_CONTRAST).hex,
        "ns-good": sign(Color.parse(colours["success"])),
        "ns-cursor": background.blend(primary, 0.22).hex,
        "ns-blur": background.blend(foreground, 0.05).hex,
        "ns-chart": primary.hex,
        "ns-rule": background.blend(foreground, 0.2).hex,
        "ns-bar": bar.hex,
    }


def legible(colour: Color, background: Color, foreground: Color, least: float) -> Color:
    """``colour``, as near to ``foreground`` as it needs to be to read well on ``background``."""
    for tenths in range(10):
        mixed = colour.blend(foreground, tenths / 10)
        if contrast(mixed, background) >= least:
            return mixed
    return foreground


def contrast(one: Color, other: Color) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Color) -> float:
    """Relative, by WCAG 2.1."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _theme(name: str, background: str, foreground: str, *, dark: bool = True, **colours: str) -> Theme:
    variables = {f"ns-{role}": colour for role, colour in colours.items()}
    variables |= {f"scrollbar-background{state}": colours["bar"] for state in ("", "-hover", "-active")}
    accent = colours["accent"]
    return Theme(
        name=name, primary=accent, secondary=accent, accent=accent, warning=colours["warn"], error=colours["warn"],
        success=colours["good"], foreground=foreground, background=background, surface=colours["bar"],
        panel=colours["cursor"], dark=dark, variables=variables,
    )  # fmt: skip


THEMES: Final = (
    _theme("netscope-dark", "#0d1218", "#d3dae1", accent="#5ccfe6", warn="#ffb454", dim="#7d8b99", good="#7fd962",
           cursor="#1f2e3d", blur="#151d26", chart="#4aa8bd", rule="#2a3541", bar="#141b23"),
    _theme("netscope-light", "#fbfaf7", "#23292f", dark=False, accent="#006b80", warn="#a84300", dim="#626d78",
           good="#2f7d14", cursor="#d8e8ec", blur="#ecefee", chart="#27899c", rule="#cfd5d6", bar="#eeeeea"),
    _theme("netscope-contrast", "#000000", "#ffffff", accent="#00ffff", warn="#ffff00", dim="#c0c0c0",
           good="#00ff00", cursor="#00457a", blur="#1c1c1c", chart="#00ffff", rule="#808080", bar="#000000"),
    _theme("netscope-colour-blind", "#10131a", "#dde1e6", accent="#56b4e9", warn="#e69f00", dim="#8a93a0",
           good="#009e73", cursor="#23304a", blur="#181d27", chart="#56b4e9", rule="#303848", bar="#171b24"),
    Theme(name="netscope-ansi", ansi=True, primary="ansi_cyan", secondary="ansi_cyan", accent="ansi_cyan",
          warning="ansi_yellow", error="ansi_red", success="ansi_green", foreground="ansi_default",
          background="ansi_default", surface="ansi_default", panel="ansi_default", boost="ansi_default",
          variables={
              **ANSI_DARK, "ansi-background": "ansi_black", "ansi-foreground": "ansi_white",
              "border-blurred": "ansi_black", "block-cursor-foreground": "ansi_black",
              "block-cursor-background": "ansi_white", "input-cursor-background": "ansi_white",
              "input-cursor-foreground": "ansi_black",
          }),
)  # fmt: skip

MENU: Final = (
    *(theme.name for theme in THEMES), "ansi-dark", "ansi-light", "nord", "gruvbox", "catppuccin-mocha",
    "catppuccin-latte", "solarized-light", "solarized-dark", "tokyo-night", "rose-pine-dawn",
)  # fmt: skip
"""What the settings screen offers."""


def default_theme(environ: Mapping[str, str] = os.environ) -> str:
    """The terminal's own 16 colours unless it says it has more."""
    term = environ.get("TERM", "")
    rich = environ.get("COLORTERM") in ("truecolor", "24bit") or "256color" in term or term.startswith(RICH_TERMS)
    return "netscope-dark" if rich else "netscope-ansi"


RICH_TERMS: Final = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour")
