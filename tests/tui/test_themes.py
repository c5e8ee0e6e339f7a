"""Every theme of the menu can be read, whether it knows our roles or not."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from netscope.tui.preferences import Preferences
from netscope.tui.themes import ANSI_DARK, MENU, SIGN_CONTRAST, THEMES, contrast, legible, luminance, roles_of
from tests.tui.app_pilot import SMALL, running

KNOWN = {**BUILTIN_THEMES, **{theme.name: theme for theme in THEMES}}
IN_COLOUR = [name for name in MENU if not KNOWN[name].ansi]


def test_luminance_and_contrast_are_those_of_the_standard() -> None:
    black, white = Color.parse("#000000"), Color.parse("#ffffff")
    assert contrast(black, white) == contrast(white, black) == 21.0
    assert luminance(Color.parse("#ff0000")) == pytest.approx(0.2126)
    assert contrast(Color.parse("#777777"), white) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", IN_COLOUR)
def test_every_role_stands_out_from_what_is_behind_it(name: str) -> None:
    theme = KNOWN[name]
    roles = {**roles_of(theme), **theme.variables}
    foreground = Color.parse(theme.to_color_system().generate()["foreground"])
    for behind in (theme.background, roles["ns-bar"]):
        for role in ("accent", "warn", "dim", "good"):
            assert contrast(Color.parse(roles[f"ns-{role}"]), Color.parse(str(behind))) >= SIGN_CONTRAST, role
    for line in ("cursor", "blur"):
        assert contrast(foreground, Color.parse(roles[f"ns-{line}"])) >= SIGN_CONTRAST, line


def test_a_colour_goes_no_further_than_it_must() -> None:
    white, black, yellow = Color.parse("#ffffff"), Color.parse("#000000"), Color.parse("#ffff00")
    assert legible(yellow, black, white, 3.0) == yellow
    mixed = legible(yellow, white, black, 3.0)
    assert mixed not in (yellow, black)
    assert contrast(mixed, white) >= 3.0


def test_themes_of_sixteen_colours_name_no_others() -> None:
    assert roles_of(BUILTIN_THEMES["ansi-dark"]) == ANSI_DARK
    for name in ("ansi-dark", "ansi-light"):
        assert all(colour.startswith("ansi_") for colour in roles_of(BUILTIN_THEMES[name]).values())


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["netscope-light", "solarized-light", "nord", "ansi-light"])
async def test_the_line_under_the_cursor_has_the_colour_of_its_theme(name: str) -> None:
    async with running(SMALL, preferences=Preferences(theme=name, signs="blocks")) as session:
        assert session.app.theme == name
        expected = {**roles_of(KNOWN[name]), **KNOWN[name].variables}["ns-cursor"]
        assert session.app.theme_variables["ns-cursor"] == expected
        await session.press("comma", "right", "escape")
        assert session.app.theme != name
