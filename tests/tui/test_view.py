"""The view behind the screens: scopes keep the last good filter, undo goes back step by step, rows are derived once."""

from __future__ import annotations

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
