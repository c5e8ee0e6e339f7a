"""The pictures: the same bytes twice, and nothing fetched to draw them."""

from __future__ import annotations

import pytest

from tools.screenshots import FAMILY, PICTURES, Picture, draw, evening, fixed_surroundings

PLAYED_S = 8


async def drawn_anew(picture: Picture) -> str:
    with fixed_surroundings(), evening(PLAYED_S) as reader:
        return await draw(reader, picture, (80, 24))


@pytest.mark.asyncio
async def test_a_picture_made_twice_is_the_same_and_fetches_nothing() -> None:
    home = PICTURES[0]
    first = await drawn_anew(home)
    assert first == await drawn_anew(home)
    assert "@font-face" not in first
    assert "url(http" not in first
    assert FAMILY in first
    assert "Devices" in first
