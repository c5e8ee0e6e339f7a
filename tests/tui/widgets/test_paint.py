"""Lines drawn from pieces are exactly as wide as their widget."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from netscope.tui.widgets.paint import Painted
from tests.tui.app_pilot import running


@pytest.mark.asyncio
@pytest.mark.parametrize("left", ["", "short", "日本" * 60, "x" * 300])
@pytest.mark.parametrize("right", ["", "right", "y" * 200])
async def test_pieces_fill_the_line_whatever_their_length(left: str, right: str) -> None:
    async with running() as session:
        widget = session.app.screen.query(Painted).first()
        strip = widget.strip([(left, "name")], [(right, "dim")])
        assert cell_len(strip.text) == strip.cell_length == 80
        if right == "right":
            assert strip.text.endswith("right")
