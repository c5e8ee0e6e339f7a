"""What the user does to the run itself: another adapter, recording, packets of a flow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from netscope.model.control import Recorded, RunControl, WrittenPackets
from netscope.model.errors import NetScopeError
from netscope.tui import figures
from netscope.tui.screens.adapters import AdapterPicker
from netscope.tui.screens.counters import CountersScreen
from netscope.tui.screens.prompt import Prompt

if TYPE_CHECKING:
    from netscope.tui.screens.monitor import MonitorScreen

Outcome = TypeVar("Outcome")
PACKETS_NOT_KEPT: Final = "no packets are kept; --keep-packets 64 keeps the newest 64 MiB"


def _when_done(screen: MonitorScreen, future: Future[Outcome], say: Callable[[Outcome], str]) -> None:
    """Says what came of it, without holding up screen or engine."""

    async def wait() -> None:
        try:
            outcome = await asyncio.wrap_future(future)
        except NetScopeError as error:
            screen.say(str(error), severity="error")
        else:
            screen.monitor.pull()
            screen.say(say(outcome))

    screen.app.run_worker(wait(), exit_on_error=False, group="run")


def _control(screen: MonitorScreen) -> RunControl | None:
    return screen.monitor.reader.control


def can_choose_adapter(screen: MonitorScreen) -> bool:
    control = _control(screen)
    return control is not None and control.can_listen


def choose_adapter(
    screen: MonitorScreen, *, notice: Sequence[str] = (), is_over: Callable[[], bool] = lambda: False
) -> None:
    control = _control(screen)
    if control is None or not control.can_listen:
        screen.say("only a live capture has adapters to choose from")
        return

    def listen(name: str | None) -> None:
        if name is not None:
            _when_done(screen, control.listen(name), lambda _: _heard(screen, name))

    monitor = screen.monitor
    picker = AdapterPicker(
        control.adapters, screen.view.glyphs, monitor.steady_s, notice=notice, is_over=is_over,
        counts=monitor.auto_refresh_rows,
    )  # fmt: skip
    screen.app.push_screen(picker, listen)


def show_counters(screen: MonitorScreen) -> None:
    def read() -> Mapping[str, int]:
        live = screen.view.live
        return live.capture.counters if live is not None else {}

    screen.app.push_screen(CountersScreen(read, counts=screen.monitor.auto_refresh_rows))


def _heard(screen: MonitorScreen, name: str) -> str:
    if screen.view.live is not None:
        screen.monitor.silence.begin(screen.view.live.capture)
    return f"listening to {name}"


def write_packets(screen: MonitorScreen) -> None:
    """Of the marked flows, else of the one under the cursor."""
    control = _control(screen)
    if control is None or not control.kept_bytes:
        screen.say(PACKETS_NOT_KEPT)
        return
    marked = [row_id for kind, row_id in screen.view.marked if kind == "flow" and isinstance(row_id, int)]
    chosen = screen.flow_under_cursor()
    flow_ids = sorted(marked) or ([chosen] if chosen is not None else [])
    if not flow_ids:
        screen.say("choose a flow, or mark some")
        return

    def write(answer: str | None) -> None:
        if answer and answer.strip():
            path = Path(answer.strip()).expanduser()
            _when_done(screen, control.write_packets(flow_ids, path), lambda done: _written(screen, done, flow_ids))

    name = f"netscope-flow-{flow_ids[0]}" if len(flow_ids) == 1 else f"netscope-{len(flow_ids)}-flows"
    question = (
        "Write the kept packets of the flow to"
        if len(flow_ids) == 1
        else f"Write the kept packets of {len(flow_ids)} marked flows to"
    )
    screen.app.push_screen(
        Prompt(question, figures.short_path(screen.monitor.export_folder / f"{name}.pcap"), "a pcap file"), write
    )


def _written(screen: MonitorScreen, done: WrittenPackets, flow_ids: Sequence[int]) -> str:
    rows = [row for flow_id in flow_ids if (row := screen.view.flow(flow_id)) is not None]
    early = any(row.first_seen_ns < done.kept_since_ns for row in rows)
    gone = f"; what came before {figures.clock(done.kept_since_ns)} is no longer kept" if early else ""
    return f"{figures.counted(done.packets, 'packet')} in {figures.short_path(done.path)}{gone}"


def can_record(screen: MonitorScreen) -> bool:
    control = _control(screen)
    return control is not None and control.can_record


def toggle_recording(screen: MonitorScreen) -> None:
    control = _control(screen)
    if control is None or not control.can_record:
        screen.say("a file is recorded by netscope -r FILE --record DB")
        return
    if control.recording is not None:
        _when_done(screen, control.stop_recording(), _ended_words)
        return

    def start(answer: str | None) -> None:
        if answer and answer.strip():
            path = Path(answer.strip()).expanduser()
            _when_done(
                screen, control.start_recording(path), lambda begun: f"recording to {figures.short_path(begun.path)}"
            )

    screen.app.push_screen(
        Prompt("Record from now on to", figures.short_path(control.new_recording()), "an SQLite file"), start
    )


def _ended_words(ended: Recorded) -> str:
    return f"{figures.size(ended.bytes)}: netscope view {figures.shell_path(ended.path)}"
