"""Colours: one accent, one warning, one dim, in themes for dark, light, high contrast and colour-blind eyes.

Colour only repeats what letters say. The ANSI themes of Textual use the terminal's own 16 colours.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from textual.theme import Theme

FALLBACK: Final = {
    "ns-accent": "#5ccfe6",
    "ns-warn": "#ffb454",
    "ns-dim": "#7d8b99",
    "ns-good": "#7fd962",
    "ns-cursor": "#1d2a37",
    "ns-blur": "#151d26",
    "ns-chart": "#4aa8bd",
    "ns-rule": "#2a3541",
    "ns-bar": "#141b23",
}


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
              "ns-accent": "ansi_cyan", "ns-warn": "ansi_yellow", "ns-dim": "ansi_white", "ns-good": "ansi_green",
              "ns-cursor": "ansi_blue", "ns-blur": "ansi_default", "ns-chart": "ansi_cyan", "ns-rule": "ansi_white",
              "ns-bar": "ansi_default", "ansi-background": "ansi_black", "ansi-foreground": "ansi_white",
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
