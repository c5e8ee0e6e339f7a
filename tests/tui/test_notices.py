from __future__ import annotations

from dataclasses import replace

import pytest

from netscope.model.snapshot import Snapshot
from netscope.tui.app import NetScopeApp
from netscope.tui.notices import Notices
from tests.tui.app_pilot import SMALL, running
from tests.tui.fake_reader import FakeReader


class Noticing(FakeReader):
    def snapshot(self) -> Snapshot:
        whole = super().snapshot()
        return replace(whole, capture=replace(whole.capture, notices=("x.mmdb: damaged", "\x1b[31my.mmdb: damaged")))


def test_each_is_told_once_in_order_and_again_when_it_comes_back() -> None:
    notices = Notices()
    notices.hear(("a", "b"))
    notices.hear(("a", "b"))
    assert [notices.next(), notices.next(), notices.next()] == ["a", "b", None]
    notices.hear(())
    notices.hear(("b",))
    assert [notices.next(), notices.next()] == ["b", None]


@pytest.mark.asyncio
async def test_they_come_one_after_the_other_in_the_footer() -> None:
    async with running(reader=Noticing(), size=SMALL) as session:
        app: NetScopeApp = session.app
        assert app.said == ("x.mmdb: damaged", "warning")
        await session.pull()
        assert "x.mmdb: damaged" in session.lines()[-1]
        app.unsay()
        assert app.said is not None
        assert "\x1b" not in app.said[0]
        app.unsay()
        assert app.said is None
        await session.pull()
        assert app.said is None
