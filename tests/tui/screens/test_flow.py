"""One flow."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import LARGE, SIZES, SMALL, running

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("size", SIZES)
async def test_a_flow_tells_who_by_which_name_and_what_was_seen(size: tuple[int, int]) -> None:
    async with running(size, mode="flows") as session:
        assert session.table("flows").select(3)
        await session.press("enter")
        text = session.text()
        for words in ("anna-iphone → graph.facebook.com:443", "157.240.0.13:443  US  AS32934", "SNI", "owner Meta",
                      "ClientHello", "SYN-ACK", "JA4", "desktop-7", "nothing was sent or looked up"):  # fmt: skip
            assert words in text, words


async def test_a_nameless_flow_says_why() -> None:
    async with running(SMALL, mode="flows") as session:
        session.table("flows").select(9)
        await session.press("enter")
        assert "none: hidden by ECH" in session.text()


async def test_a_fact_leads_to_all_flows_with_its_value() -> None:
    async with running(SMALL, mode="flows") as session:
        session.table("flows").select(3)
        await session.press("enter")
        facts = session.table("facts")
        row = next(index for index, fact in enumerate(facts.rows) if fact.field == "JA4")
        facts.move_to(row)
        await session.press("enter")
        assert session.context == "flows"
        assert "ja4=t13d1516h2" in session.app.view.scope.text
        assert "Flows 10 of 17" in session.text()


async def test_where_there_is_no_room_for_all_b_shows_what_is_left() -> None:
    async with running(SMALL, mode="flows") as session:
        session.table("flows").select(3)
        await session.press("enter")
        shown = []
        for _ in range(4):
            right = "\n".join(line[38:] for line in session.lines())
            shown += [words for words in ("Timeline", "Rate, last", "Packet sizes", "Gaps between") if words in right]
            await session.press("b")
        assert shown == ["Timeline", "Rate, last", "Packet sizes", "Gaps between"]
        assert "Timeline" in session.text()


async def test_a_large_screen_shows_all_at_once_and_the_other_flows() -> None:
    async with running(LARGE, mode="flows") as session:
        session.table("flows").select(3)
        await session.press("enter")
        text = session.text()
        for words in ("Timeline", "Rate, last 4 min", "Packet sizes", "Gaps between", "Same server, other devices 2"):
            assert words in text, words
        assert "others to this host" in text or "others of the device" in text
        siblings = session.table("siblings")
        assert siblings.rows
        assert all(row.id != 3 for row in siblings.rows)
        siblings.focus()
        other = siblings.rows[0].id
        await session.press("enter")
        assert session.app.screen.item == other
