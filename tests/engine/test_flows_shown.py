"""Which flows are in view, and whose rows are made again when more changed than may be."""

from __future__ import annotations

from collections.abc import Iterable

from netscope.engine.flows_shown import CLOSED_KEPT_NS, COOLING_NS, FlowsShown
from netscope.model.flow import Flow
from netscope.model.snapshot import FlowRow
from tests.engine.parse.frames import SECOND, START
from tests.engine.parse.meter_log import MeterLog
from tests.engine.parse.test_meter_rates import packet

PORT = 40000


class Shown(MeterLog):
    """A meter whose flows are shown."""

    def __init__(self, rows_a_second: int = 1000, max_flows: int = 1000) -> None:
        super().__init__()
        self.shown = FlowsShown(rows_a_second, max_flows)
        self.shown.attach(self.meter)
        self.names: dict[int, str] = {}
        self.alerted: set[int] = set()
        self.now_ns = START
        self.made: list[int] = []
        self._before: dict[int, FlowRow] = {}

    def open_flow(self, *args: object) -> Flow:  # type: ignore[override]
        flow: Flow = super().open_flow(*args)  # type: ignore[no-untyped-call]
        flow.device_id = flow.id
        self.shown.opened(flow)
        return flow

    def close_flow(self, flow: Flow) -> None:  # type: ignore[override]
        super().close_flow(flow)  # type: ignore[no-untyped-call]
        self.shown.ended(flow)

    def send(self, sizes: dict[int, int], *, second: int | None = None) -> None:
        """A packet of so many bytes in each of these flows, numbered from 0."""
        if second is not None:
            self.now_ns = START + second * SECOND
        for number, size in sizes.items():
            self.meter.add_frame(self.now_ns, packet(size, port=PORT + number), -1, 1, 0)
        self.meter.collect()

    def rows(self, *, whole: bool = False) -> dict[int, FlowRow]:
        """By port from 0; ``made`` says which are not the objects of the time before."""
        found = self.shown.rows(
            lambda device_id, otherwise: self.names.get(device_id or 0, otherwise), self.alerted, self.now_ns,
            whole=whole,
        )  # fmt: skip
        rows = {row.client_port - PORT: row for row in found}
        self.made = [number for number, row in rows.items() if self._before.get(number) is not row]
        self._before = rows
        return rows


def sizes(numbers: Iterable[int], size: int = 100) -> dict[int, int]:
    return dict.fromkeys(numbers, size)


def test_rows_follow_the_flows_and_are_made_again_only_when_something_changed() -> None:
    log = Shown()
    log.send(sizes(range(3)))
    rows = log.rows()
    assert {number: row.bytes_up for number, row in rows.items()} == {0: 100, 1: 100, 2: 100}
    assert {row.rate_up_bps for row in rows.values()} == {160.0}
    log.rows()
    assert log.made == []
    log.send({1: 60}, second=1)
    assert log.rows()[1].bytes_up == 160
    assert 1 in log.made


def test_a_name_an_alert_and_a_renamed_device_are_shown_without_a_packet() -> None:
    log = Shown()
    log.send(sizes(range(3)))
    log.rows()
    log.opened[0].server_name = "a.example"
    log.shown.touch(log.opened[0].id)
    log.alerted.add(log.opened[1].id)
    log.shown.touch(log.opened[1].id)
    log.names[log.opened[2].id] = "tv"
    log.shown.rename({log.opened[2].id})
    log.shown.touch(999)
    rows = log.rows()
    assert (rows[0].server_name, rows[1].alert, rows[2].device_name) == ("a.example", True, "tv")
    assert log.made == [0, 1, 2]


def test_of_too_many_the_watched_the_heavy_and_the_longest_waiting_come_first() -> None:
    log = Shown(rows_a_second=8)
    log.send(sizes(range(30)))
    log.rows(whole=True)
    log.shown.watched = frozenset({log.opened[29].id})
    seen: set[int] = set()
    for second in range(1, 7):
        log.send({**sizes(range(30), 60), 7: 1400}, second=second)
        rows = log.rows()
        assert len(log.made) == 8
        assert {7, 29} <= set(log.made)
        assert rows[29].bytes_up == 100 + 60 * second
        assert rows[7].bytes_up == 100 + 1400 * second
        seen |= set(log.made)
    assert seen == set(range(30))
    assert all(row.bytes_up == 100 + (1400 if number == 7 else 60) * 6
               for number, row in log.rows(whole=True).items())  # fmt: skip


def test_the_last_snapshot_shows_all_as_it_is() -> None:
    log = Shown(rows_a_second=8)
    log.send(sizes(range(50)))
    log.rows()
    assert len(log.rows()) < 50
    log.meter.finish()
    rows = log.rows(whole=True)
    assert len(rows) == 50
    assert {row.end_reason for row in rows.values()} == {"capture_end"}


def test_a_closed_flow_keeps_its_rate_for_five_seconds_and_its_picture_while_it_is_shown() -> None:
    log = Shown()
    log.send({0: 1400})
    log.rows()
    log.meter.finish()
    row = log.rows()[0]
    assert (row.end_reason, row.rate_up_bps, row.history_bytes[-1]) == ("capture_end", 2240.0, 1400)
    log.now_ns += COOLING_NS
    row = log.rows()[0]
    assert (row.rate_up_bps, row.history_bytes[-1]) == (0.0, 1400)
    log.now_ns += SECOND
    log.rows()
    assert log.made == []


def test_closed_flows_leave_after_a_minute() -> None:
    log = Shown()
    log.send({0: 100})
    log.meter.finish()
    log.shown.drop_old(START + CLOSED_KEPT_NS - 1)
    assert len(log.rows()) == 1
    log.shown.drop_old(START + CLOSED_KEPT_NS)
    assert log.rows() == {}


def test_rows_are_bounded_closed_ones_go_first() -> None:
    log = Shown(max_flows=10)
    log.send(sizes(range(8)))
    log.rows()
    log.meter.finish()
    log.rows()
    log.send(sizes(range(100, 105)))
    rows = log.rows()
    assert len(rows) == 10
    assert set(range(100, 105)) <= set(rows)
    log.send(sizes(range(200, 212)))
    rows = log.rows()
    assert len(rows) == 10
    assert not any(row.end_reason for row in rows.values())
    assert log.shown.dropped == 15


def test_no_more_closed_flows_are_remembered_than_may_be_shown() -> None:
    log = Shown(max_flows=10)
    for number in range(5):
        log.send(sizes(range(number * 10, number * 10 + 10)))
        log.meter.finish()
    assert len(log.shown.closed) == 10
    assert set(log.rows()) == set(range(40, 50))
