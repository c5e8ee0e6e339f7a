"""What is done to the run itself: refusals and outcomes are said in the footer."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.tui.actions import run
from tests.tui.app_pilot import LARGE, SMALL, Session, running
from tests.tui.fake_reader import FakeControl

pytestmark = pytest.mark.asyncio


async def test_a_recording_has_no_adapter_to_choose() -> None:
    async with running(SMALL) as session:
        session.reader.run = None
        assert not run.can_choose_adapter(session.app.screen)  # type: ignore[arg-type]
        await session.press("A")
        assert "only a live capture has adapters to choose from" in session.lines()[-1]


def control(session: Session) -> FakeControl:
    assert session.reader.run is not None
    return session.reader.run


async def done(session: Session) -> str:
    """What the footer says once the work is done."""
    await session.app.workers.wait_for_complete()
    await session.pilot.pause()
    return session.lines()[-1]


async def test_without_kept_packets_w_says_how_to_keep_them() -> None:
    async with running(SMALL, mode="flows") as session:
        await session.press("w")
        assert session.context == "flows"
        assert "no packets are kept; --keep-packets 64 keeps the newest 64 MiB" in session.lines()[-1]


async def test_the_packets_of_the_flow_under_the_cursor_are_written_and_the_path_is_said(tmp_path: Path) -> None:
    async with running(LARGE, mode="flows", export_folder=tmp_path) as session:
        control(session).kept_bytes = 1 << 26
        session.table("flows").select(8)
        await session.press("w")
        assert "Write the kept packets of the flow to" in session.text()
        await session.press("enter")
        said = await done(session)
        assert control(session).written == [([8], tmp_path / "netscope-flow-8.pcap")]
        assert f"31 packets in {tmp_path}/netscope-flow-8.pcap" in said
        assert "no longer kept" not in said


async def test_marked_flows_go_into_one_file_and_what_is_gone_is_said(tmp_path: Path) -> None:
    async with running(LARGE, mode="flows", export_folder=tmp_path) as session:
        control(session).kept_bytes = 1 << 26
        for flow_id in (4, 12):
            session.table("flows").select(flow_id)
            await session.press("m")
        await session.press("w", "enter")
        said = await done(session)
        assert control(session).written == [([4, 12], tmp_path / "netscope-2-flows.pcap")]
        assert "62 packets in" in said
        assert "what came before 14:02:12 is no" in said


async def test_w_works_in_a_flows_detail_and_refusals_are_said(tmp_path: Path) -> None:
    async with running(LARGE, mode="flows", export_folder=tmp_path) as session:
        control(session).kept_bytes = 1 << 26
        control(session).refusal = "x.pcap is already there; choose another name"
        await session.press("enter", "w", "enter")
        assert session.context == "flow"
        assert "already there" in await done(session)
        control(session).refusal = None
        await session.press("w", "escape")
        assert control(session).written == []


async def test_w_needs_a_flow() -> None:
    async with running(SMALL, mode="devices") as session:
        control(session).kept_bytes = 1 << 26
        await session.press("w")
        assert "choose a flow, or mark some" in session.lines()[-1]


async def test_recording_starts_and_stops_and_the_header_says_so() -> None:
    async with running(LARGE, mode="past") as session:
        await session.press("r")
        assert "Record from now on to" in session.text()
        await session.press("enter")
        assert "recording to /data/netscope-20261101-140312.db" in await done(session)
        assert "rec netscope-20261101-14031… 41 MB" in session.lines()[0]
        await session.press("r")
        assert "41 MB: netscope view /data/netscope-20261101-140312.db" in await done(session)
        assert "rec off" in session.lines()[0]


async def test_the_header_itself_starts_a_recording() -> None:
    async with running(LARGE) as session:
        await session.pilot.click("#header", offset=(session.lines()[0].index("rec off"), 0))
        await session.pilot.pause()
        assert "Record from now on to" in session.text()
        await session.press("escape")
        assert session.reader.recording is None


async def test_a_recording_that_cannot_be_says_why() -> None:
    async with running(LARGE) as session:
        control(session).refusal = "/data/home.db is already there; choose another name"
        await session.press("r", "enter")
        assert "already there" in await done(session)
        assert "rec off" in session.lines()[0]


async def test_quitting_while_recording_asks() -> None:
    async with running(SMALL) as session:
        session.reader.recording = "/data/home.db"
        await session.pull(1)
        await session.press("q")
        assert "Stop it and quit?" in session.text()
        await session.press("n")
        assert session.app.is_running
        await session.press("q", "y")
        assert not session.app.is_running


async def test_what_does_not_go_on_cannot_be_recorded() -> None:
    async with running(SMALL) as session:
        session.reader.changes["kind"] = "file"
        await session.pull(1)
        await session.press("r")
        assert "netscope -r FILE --record DB" in session.lines()[-1]
        assert not run.can_record(session.app.screen)  # type: ignore[arg-type]


async def test_notices_of_the_run_are_said_once_each_and_one_after_the_other() -> None:
    async with running(LARGE) as session:
        session.reader.changes["notices"] = ("eth0 went down; waiting for it to come up", "the disk is full")
        await session.pull(1)
        assert "eth0 went down" in session.lines()[-1]
        await session.pull(1)
        assert "eth0 went down" in session.lines()[-1]
        session.app.unsay()
        await session.pull(1)
        assert "the disk is full" in session.lines()[-1]
        session.app.unsay()
        await session.pull(1)
        assert "disk" not in session.lines()[-1]
        session.reader.changes["notices"] = ()
        await session.pull(1)
        session.reader.changes["notices"] = ("eth0 went down; waiting for it to come up",)
        await session.pull(1)
        assert "eth0 went down" in session.lines()[-1]
