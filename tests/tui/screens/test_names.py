"""Host names."""

from __future__ import annotations

import pytest

from netscope.model.snapshot import NameRow
from netscope.tui.screens.names import around, related
from tests.tui.app_pilot import LARGE, SMALL, running


@pytest.mark.asyncio
async def test_a_name_shows_who_asked_and_the_flows_to_it() -> None:
    async with running(SMALL, mode="names") as session:
        session.table("names").select(("graph.facebook.com", 2))
        await session.press("enter")
        text = session.text()
        assert "asked by anna-iphone 14, desktop-7 5" in text
        assert "tracker: Meta" in text
        assert "Flows 1" in text


@pytest.mark.asyncio
async def test_a_large_list_tells_the_name_under_the_cursor() -> None:
    async with running(LARGE, mode="names") as session:
        session.table("names").select(("graph.facebook.com", 2))
        await session.pull()
        text = session.text()
        for words in ("asked by anna-iphone 14, desktop-7 5", "683 kB in 24 h", "Uses by the hour, last 24 h",
                      "Used by 2", "Answers over time 6", "Flows 1 · to it"):  # fmt: skip
            assert words in text, words
        await session.press("down")
        assert "asked by anna-iphone 14" not in session.text()


@pytest.mark.asyncio
async def test_one_name_tells_what_was_answered_and_what_is_near() -> None:
    async with running(LARGE, mode="names") as session:
        session.table("names").select(("graph.facebook.com", 2))
        await session.press("enter")
        assert "157.240.0.9" in session.text()
        session.table("answers").focus()
        await session.press("enter")
        assert session.context == "flows"
        assert session.app.view.scope.text == "ip=157.240.0.13"


def row(name: str, device_id: int | None, first: int, last: int, addresses: tuple[str, ...] = ()) -> NameRow:
    return NameRow(name, ("dns",), device_id, "", 1, first * 10**9, last * 10**9, None, addresses, None, None)


def test_names_around_one_are_those_of_its_device_at_its_time() -> None:
    page = row("www.example.org", 1, 100, 200)
    near = [row("ads.example.net", 1, 95, 500), row("cdn.example.com", 1, 0, 209)]
    far = [row("later.example", 1, 120, 300), row("other.example", 2, 100, 200), page]
    assert around([page], [*far, *near]) == near


def test_related_names_share_an_address_or_a_domain() -> None:
    page = row("www.example.org", 1, 0, 0, ("192.0.2.1",))
    near = [row("api.example.org", 2, 0, 0), row("cdn.example.net", 1, 0, 0, ("192.0.2.9", "192.0.2.1"))]
    far = [row("notexample.org", 1, 0, 0), row("example.net", 1, 0, 0, ("192.0.2.9",)), page]
    assert related("www.example.org", [page], [*near, *far]) == near
