"""One flow."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SIZES, SMALL, running

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
