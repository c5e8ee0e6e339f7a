"""Alerts explain themselves."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SMALL, running

pytestmark = pytest.mark.asyncio


async def test_alerts_say_what_why_usual_check_and_data() -> None:
    async with running(SMALL, mode="alerts") as session:
        text = session.text()
        for words in ("What   This device calls", "Why    6 calls, mean gap 30.1 s", "rule: 5 calls", "within 60 min",
                      "Usual  Smart-home", "Check  Is it yours?", "gaps (s) 30 30.2"):  # fmt: skip
            assert words in " ".join(text.replace("\n        ", " ").split("\n")), words
        await session.press("enter")
        assert "the flow behind it" in session.text()
        assert "47.91.88.12:8883" in session.text()
