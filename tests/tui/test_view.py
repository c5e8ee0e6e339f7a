"""The view behind the screens: scopes keep the last good filter, undo goes back step by step, rows are derived once."""

from __future__ import annotations

from dataclasses import replace

from netscope.model.snapshot import FlowRow
from netscope.tui.view import UNDO_STEPS, Scope, View
from tests.tui.fake_reader import FakeReader


def shown() -> View:
    view = View()
    view.update(FakeReader().snapshot())
    return view


def test_an_unreadable_filter_keeps_the_one_in_force() -> None:
    scope = Scope()
    scope.set("dev:tv")
    good = scope.filter
    scope.set("dev:")
    assert scope.filter is good
    assert scope.error is not None
    assert scope.active
    scope.clear()
    assert (scope.filter, scope.error, scope.active) == (None, None, False)


def test_rows_are_filtered_once_per_snapshot() -> None:
    view = shown()
    view.scope.set("mark:T")
    first = view.rows("flow")
    assert len(first) == 4
    assert view.rows("flow") is first
    view.forget()
    assert view.rows("flow") is not first
    assert view.total("flow") == 17


def test_closed_flows_can_be_left_out() -> None:
    view = shown()
    view.show_closed = False
    assert all(row.end_reason is None for row in view.rows("flow"))
    assert len(view.rows("flow")) == 16


def test_a_paused_view_keeps_what_it_shows() -> None:
    view, reader = shown(), FakeReader()
    before = view.shown
    view.pause(True)
    reader.advance(9)
    assert not view.update(reader.snapshot())
    assert view.shown is before
    view.pause(False)
    assert view.shown is view.live


def test_undo_goes_back_one_step_at_a_time_and_remembers_a_bounded_number() -> None:
    view = View()
    done: list[int] = []
    for number in range(UNDO_STEPS + 5):
        view.remember(str(number), lambda number=number: done.append(number))  # type: ignore[misc]
    taken = 0
    while view.undo() is not None:
        taken += 1
    assert taken == UNDO_STEPS
    assert done[0] == UNDO_STEPS + 4


def test_devices_seen_from_the_start_are_not_new() -> None:
    view = shown()
    assert view.shown is not None
    assert view.since_ns == view.shown.capture.started_ns + 60 * 10**9
    assert view.drawing.local_names["192.168.1.20"] == "living-room-tv"


class Asked:
    """A row that notes who asks for its device."""

    def __init__(self, row: FlowRow, by: list[int]) -> None:
        self.row, self.by = row, by

    def __getattr__(self, name: str) -> object:
        if name == "device_name":
            self.by.append(self.row.id)
        return getattr(self.row, name)


def test_a_steady_filter_judges_only_rows_that_are_new() -> None:
    asked: list[int] = []
    view, snapshot = View(), FakeReader().snapshot()
    rows = [Asked(row, asked) for row in snapshot.flows]
    view.update(replace(snapshot, flows=rows))  # type: ignore[arg-type]
    view.scope.set("dev:tv")
    first = [row.id for row in view.rows("flow")]
    assert len(asked) == len(rows)
    asked.clear()
    changed = Asked(snapshot.flows[0]._replace(device_name="somebody else"), asked)
    view.update(replace(snapshot, flows=[changed, *rows[1:]]))  # type: ignore[list-item]
    assert [row.id for row in view.rows("flow")] == [id_ for id_ in first if id_ != changed.row.id]
    assert asked == [changed.row.id]


def test_a_filter_that_asks_for_the_time_is_asked_each_time() -> None:
    reader = FakeReader()
    view = View()
    view.update(reader.snapshot())
    view.scope.set("age<10s")
    young = len(view.rows("flow"))
    assert young > 0
    assert view.shown is not None
    late = replace(view.shown.capture, now_ns=view.now_ns + 60 * 10**9)
    view.update(replace(view.shown, capture=late))
    assert len(view.rows("flow")) < young


def test_flows_that_arrive_during_a_pause_are_counted() -> None:
    view, reader = shown(), FakeReader()
    view.pause(True)
    assert view.arrived == 0
    reader.advance(5)
    snapshot = reader.snapshot()
    newest = snapshot.flows[0]._replace(id=999, first_seen_ns=snapshot.capture.now_ns)
    view.update(replace(snapshot, flows=(*snapshot.flows, newest)))
    assert view.arrived == 1
    view.pause(False)
    assert view.arrived == 0
