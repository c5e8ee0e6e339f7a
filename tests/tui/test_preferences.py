"""What the user chooses is kept, and settings take effect at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.tui.preferences import Preferences, load, save
from netscope.tui.tables.flows import FLOWS
from netscope.tui.themes import MENU, default_theme
from tests.tui.app_pilot import SMALL, running

pytestmark = pytest.mark.asyncio


async def test_they_survive_a_round_through_the_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "tui.json"
    kept = Preferences(orders={"flows": ("up", True)}, columns={"flows": ["remote", "ja4"]}, groups={"flows": "host"},
                       theme="nord", refresh_s=0.5, names=False, show_closed=False, signs="ascii")  # fmt: skip
    save(kept, path)
    assert load(path) == kept
    assert [column.key for column in kept.columns_of(FLOWS)] == ["remote", "ja4"]
    assert kept.order(FLOWS) == ("up", True)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"orders": 3, "refresh_s": 77, "columns": {"flows": ["nope"]}, "signs": "runes"}']
)
async def test_a_file_that_is_not_ours_gives_the_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tui.json"
    path.write_text(text)
    found = load(path)
    assert found.refresh_s == 1.0
    assert found.signs == "terminal"
    assert found.order(FLOWS) == ("rate", False)
    assert len(found.columns_of(FLOWS)) > 5
    assert load(tmp_path / "missing.json") == Preferences()


async def test_a_home_that_cannot_be_written_does_not_stop_the_user_leaving() -> None:
    async with running(SMALL, preferences_path=Path("/proc/nowhere/tui.json")) as session:
        await session.press("q")
    assert session.app.return_code == 0


async def test_every_theme_of_the_menu_draws() -> None:
    async with running(SMALL) as session:
        for theme in MENU:
            session.app.preferences.theme = theme
            session.app.apply_preferences()
            await session.pilot.pause()
            assert session.app.theme == theme
            assert "living-room-tv" in session.text()


@pytest.mark.parametrize(
    ("environ", "theme"),
    [({"TERM": "linux"}, "netscope-ansi"), ({"TERM": "screen"}, "netscope-ansi"),
     ({"TERM": "screen", "COLORTERM": "truecolor"}, "netscope-dark"), ({"TERM": "tmux-256color"}, "netscope-dark")],
)  # fmt: skip
async def test_the_first_theme_suits_the_terminal(environ: dict[str, str], theme: str) -> None:
    assert default_theme(environ) == theme
