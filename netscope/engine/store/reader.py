"""A recording through the screens' ``Reader``: followed while it is written, or shown at a moment of its past.

Opening and editing the file is in reading.py, its rows in views.py and details.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from netscope.engine.store import details, opening, past, reading, views
from netscope.engine.store.asking import Answers
from netscope.engine.store.faults import StoreFault, from_sqlite
from netscope.engine.store.names import read_names, read_trackers
from netscope.engine.store.privacy import INT64_MAX, ROWS_SEARCHED, read_privacy
from netscope.engine.store.views import SECOND_NS, Devices, FlowRows, Moment, Wording
from netscope.model.allow import MAX_RULES, AllowList, AllowRule, checked
from netscope.model.control import RunControl
from netscope.model.errors import NetScopeError
from netscope.model.history import CountryTraffic, CourseBucket, NameDetail, TrackerList, TrackerUses
from netscope.model.privacy import PrivacySummary
from netscope.model.snapshot import CaptureState, DeviceDetail, FlowDetail, FlowRow, NameRow, Snapshot, TrackerRow

FRESH_NS: Final = 60 * SECOND_NS
"""A recording whose newest row is older than this is not being written now."""

SEEK_WAIT_S: Final = 0.05
"""How long the first snapshot after a jump waits to show the new moment: less than a person sees."""


NAMES_NS: Final = 5 * SECOND_NS
"""While a recording is followed, names and trackers are counted again this often: they cost most of a snapshot."""

BUILD_NS: Final = SECOND_NS // 2
"""The least time between snapshots while the past is played."""


COUNTED_NS: Final = 60 * SECOND_NS
"""While the past is played what takes long to count is counted once for so much of it."""

Answer = TypeVar("Answer")


class RecordingReader:
    """Calls return at once: snapshots are built on a thread of its own and only when something changed."""

    def __init__(
        self,
        path: Path,
        clock_ns: Callable[[], int],
        wording: Wording | None = None,
        allowed: Sequence[AllowRule] = (),
    ) -> None:
        """``allowed``: rules of the configuration file, beside those of the recording. Raises StoreFault."""
        self.path = path
        self._allowed = tuple(allowed)
        self._clock_ns = clock_ns
        self._wording = wording or Wording()
        self._connection = reading.open_to_read(path)
        self._building = reading.open_to_read(path)
        self._was_still = not reading.has_log(path)
        """Nobody wrote it, so it may have been opened as a file that never changes."""
        self._left: list[sqlite3.Connection] = []
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="netscope-reader")
        self._future: Future[Snapshot] | None = None
        self._shown: tuple[int, int | None, int] | None = None
        """(data version, position, second followed) of the newest snapshot built or being built."""
        self._position_ns: int | None = None
        """None: at the end."""
        self._played_from_ns = 0
        self._speed = 0.0
        self._jumped = False
        self._end_ns = self._newest_ns = 0
        self._counted: tuple[int, tuple[TrackerRow, ...], tuple[NameRow, ...]] = (0, (), ())
        """When names and trackers were last counted, and what came of it."""
        self._answers = Answers(self._worker, self._building, SEEK_WAIT_S)
        self._built_ns = 0
        self._version = 0
        self._shown = (self._data_version(), None, 0)
        self._snapshot = self._build(None)

    @property
    def control(self) -> RunControl | None:
        return None

    def watch_flows(self, flow_ids: frozenset[int]) -> None:
        """Every snapshot reads all rows anew."""

    def close(self) -> None:
        self._worker.shutdown()
        for connection in (self._connection, self._building, *self._left):
            connection.close()

    def _notice_recorder(self) -> None:
        """A recorder has begun: what was opened as unchanging is opened as what grows."""
        if not self._was_still or self._future is not None or not reading.has_log(self.path):
            return
        try:
            opened = reading.open_to_read(self.path), reading.open_to_read(self.path)
        except StoreFault:  # not yet; what was read stays on the screen
            return
        self._was_still = False
        # Other threads may still be asking over these.
        self._left += [self._connection, self._building]
        self._connection, self._building = opened
        self._shown = None

    def snapshot(self) -> Snapshot:
        self._notice_recorder()
        self._take_built()
        position_ns = None if self._position_ns is None else self.position_ns
        wanted = (self._data_version(), position_ns, self._second_followed())
        is_due = self._jumped or not 0 <= self._clock_ns() - self._built_ns < BUILD_NS
        if wanted != self._shown and self._future is None and is_due:
            self._shown, self._built_ns = wanted, self._clock_ns()
            self._future = self._worker.submit(self._build, wanted[1])
            if self._jumped:
                self._jumped = False
                self._wait_for_built()
        return self._snapshot

    def _second_followed(self) -> int:
        """Of the clock, while the end of a recording being written is shown: time passes where nothing is written."""
        now_ns = self._clock_ns()
        is_over = self._snapshot.capture.finished or not 0 <= now_ns - self._newest_ns < FRESH_NS
        return 0 if is_over or self._position_ns is not None else now_ns // SECOND_NS

    def snapshot_at(self, moment_ns: int) -> Snapshot:
        """The moment's snapshot, built while the caller waits."""
        return self._worker.submit(self._build, moment_ns).result()

    def _take_built(self) -> None:
        if self._future is not None and self._future.done():
            self._snapshot, self._future = self._future.result(), None

    def _wait_for_built(self) -> None:
        assert self._future is not None
        try:
            self._future.result(SEEK_WAIT_S)
        except NotYet:
            return
        self._take_built()

    def _data_version(self) -> int:
        """Changes with each commit of another connection."""
        try:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            # The file went away or the disk fails: what was read stays on the screen, and the next build says why.
            return -1

    def _build(self, moment_ns: int | None) -> Snapshot:
        self._version += 1
        connection = self._building
        try:
            # One transaction: all rows of a snapshot are of one moment of a file being written.
            connection.execute("BEGIN")
            try:
                return self._read(connection, moment_ns)
            finally:
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            fault = from_sqlite(error, self.path)
            if self._version == 1:
                raise fault from error
            shown = self._snapshot
            return replace(shown, version=self._version, capture=replace(shown.capture, error=str(fault)))

    def _read(self, connection: sqlite3.Connection, moment_ns: int | None) -> Snapshot:
        moment = self._moment(connection, moment_ns)
        wording = self._wording
        devices = views.read_devices(connection, moment, wording)
        trackers, names = self._names(connection, devices, moment)
        allow_list = AllowList([*self._allowed, *views.read_allow_rules(connection)])
        alerts, allowed = views.read_alerts(connection, devices, moment, wording, allow_list)
        alerted = {row.flow_id for row in alerts if row.flow_id is not None}
        flows = views.read_flows(connection, FlowRows(devices, alerted, moment, wording), moment)
        return Snapshot(
            version=self._version,
            capture=self._capture_state(connection, devices, moment),
            flows=flows,
            devices=views.read_device_rows(connection, devices, trackers, alerts, moment, flows),
            names=names,
            trackers=trackers,
            alerts=alerts,
            pulse=views.read_pulse(connection, moment),
            allowed=allowed,
        )

    def _names(
        self, connection: sqlite3.Connection, devices: Devices, moment: Moment
    ) -> tuple[tuple[TrackerRow, ...], tuple[NameRow, ...]]:
        counted_ns, trackers, names = self._counted
        if moment.is_end and 0 < moment.time_ns - counted_ns < NAMES_NS:
            return trackers, names
        trackers = read_trackers(connection, devices, moment)
        names = read_names(connection, devices, trackers, moment)
        if moment.is_end:
            self._counted = (moment.time_ns, trackers, names)
        return trackers, names

    def _moment(self, connection: sqlite3.Connection, moment_ns: int | None) -> Moment:
        """At the end of a recording that is being written it is now; else when it last saw something."""
        newest_ns = self._newest_ns = views.newest_ns(connection)
        now_ns = self._clock_ns()
        self._end_ns = now_ns if 0 <= now_ns - newest_ns < FRESH_NS else newest_ns
        return Moment(self._end_ns, is_end=True) if moment_ns is None else Moment(moment_ns, is_end=False)

    def _capture_state(self, connection: sqlite3.Connection, devices: Devices, moment: Moment) -> CaptureState:
        session = connection.execute(
            "SELECT id, source, filter, packets, bytes, dropped, truncated, malformed, started_ns, ended_ns"
            " FROM sessions WHERE started_ns <= ? OR kind != 'live' ORDER BY id DESC LIMIT 1",
            (moment.time_ns,),
        ).fetchone() or (0, "", None, 0, 0, 0, 0, 0, 0, None)
        id_, source, filter_, packets, bytes_, dropped, truncated, malformed, started_ns, ended_ns = session
        counters = dict(connection.execute("SELECT name, value FROM counters WHERE session_id = ?", (id_,)))
        packets_of_minute = connection.execute(
            "SELECT coalesce(sum(packets_up + packets_down), 0) FROM traffic"
            " WHERE bucket_ns > ? AND bucket_ns <= ? AND bucket_seconds = 60",
            (moment.time_ns - 60 * SECOND_NS, moment.time_ns),
        ).fetchone()[0]
        gateway = next((device for device in devices.by_id.values() if device.is_gateway), None)
        return CaptureState(
            source=source,
            kind="recording",
            networks=(),
            filter=filter_,
            packets=packets,
            bytes=bytes_,
            gateway=None if gateway is None else next(iter(gateway.addresses), None),
            packets_per_s=packets_of_minute / 60,
            dropped=dropped,
            dropped_interface=0,
            truncated=truncated,
            malformed=malformed,
            flows_open=self._open_flows(connection, moment),
            flows_evicted=counters.get("flow_table_full", 0),
            recording=str(self.path),
            recording_bytes=opening.size_bytes(self.path),
            started_ns=started_ns,
            now_ns=moment.time_ns,
            finished=ended_ns is not None,
            progress=None,
            error=None,
            cpu_share=0.0,
            rss_bytes=0,
            learning_until_ns=None,
            counters=counters,
        )

    def _open_flows(self, connection: sqlite3.Connection, moment: Moment) -> int:
        if moment.is_end:
            sql, values = "SELECT count(*) FROM flows INDEXED BY idx_flows_open WHERE end_reason IS NULL", ()
            return int(connection.execute(sql, values).fetchone()[0])
        return int(
            connection.execute(
                "SELECT count(*) FROM flows WHERE last_seen_ns BETWEEN ? AND ? AND first_seen_ns <= ?",
                (moment.time_ns, moment.time_ns + views.DAY_NS, moment.time_ns),
            ).fetchone()[0]
        )

    def flow_detail(self, flow_id: int) -> FlowDetail | None:
        """None where retention has taken the flow since it was listed."""
        moment = Moment(self._snapshot.capture.now_ns, is_end=self._position_ns is None)
        try:
            found = self._connection.execute(
                f"SELECT {views.FLOW_COLUMNS} FROM flows WHERE id = ?",
                (flow_id,),
            ).fetchone()
            if found is None:
                return None
            devices = views.read_devices(self._connection, moment, self._wording)
            alerted = {row.flow_id for row in self._snapshot.alerts if row.flow_id is not None}
            row = FlowRows(devices, alerted, moment, self._wording).build(found)
            facts, timeline, community_id = details.flow_facts(self._connection, flow_id)
            same = details.same_server(self._connection, row, devices)
            shape = details.shape(self._connection, flow_id)
            # A recording has totals of a flow, not its course.
            return FlowDetail(row, facts, timeline, same, community_id, rate=None, shape=shape)
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error

    def device_detail(self, device_id: int) -> DeviceDetail | None:
        shown = self._snapshot
        row = next((row for row in shown.devices if row.id == device_id), None)
        if row is None:
            return None
        try:
            evidence = details.evidence(self._connection, device_id)
            same_devices = details.same_devices(self._connection, device_id, shown.devices)
            note = details.note(self._connection, device_id)
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error
        now_ns = self._step_ns()
        rate = self._ask(("rate", device_id), lambda c: past.device_rate(c, device_id, now_ns))
        return DeviceDetail(
            row,
            evidence,
            [name for name in shown.names if name.device_id == device_id],
            self._ask(("talks", device_id), lambda c: past.destinations(c, device_id, now_ns)) or (),
            self._ask(("day", device_id), lambda c: past.device_day(c, device_id, now_ns)) or (),
            past.minutes_of(rate),
            rate,
            self._wording.judgements([item[:3] for item in evidence]),
            same_devices,
            note,
        )

    def device_privacy(self, device_id: int) -> PrivacySummary | None:
        """Counted on the reader's own thread; what was counted last stays until there is newer."""
        until_ns = INT64_MAX if self._position_ns is None else self._step_ns()
        return self._ask(
            ("privacy", device_id), lambda connection: read_privacy(connection, device_id, until_ns, ROWS_SEARCHED)
        )

    def _step_ns(self) -> int:
        """While the past is played what takes long to count is as of the minute."""
        return self.position_ns if self._position_ns is None else self.position_ns // COUNTED_NS * COUNTED_NS

    def _ask(self, question: Hashable, read: Callable[[sqlite3.Connection], Answer]) -> Answer | None:
        of = (self._data_version(), None if self._position_ns is None else self._step_ns())
        return self._answers.get(question, read, of, self._clock_ns())

    def name_detail(self, name: str) -> NameDetail | None:
        moment = self._moment_counted()
        return self._ask(("name", name), lambda connection: past.name_detail(connection, name, moment))

    def tracker_uses(self) -> Sequence[TrackerUses]:
        moment = self._moment_counted()
        return self._ask("trackers", lambda connection: past.tracker_uses(connection, moment)) or ()

    def tracker_lists(self) -> Sequence[TrackerList]:
        return ()

    def countries(self) -> Sequence[CountryTraffic]:
        now_ns = self._step_ns()
        return self._ask("countries", lambda connection: past.countries(connection, now_ns)) or ()

    def course(self) -> Sequence[CourseBucket]:
        """The whole recording, whatever moment is shown."""
        end_ns = self._end_ns
        return (
            self._answers.get(
                "course", lambda connection: past.course(connection, end_ns), self._data_version(), self._clock_ns()
            )
            or ()
        )

    def alert_flows(self, alert_id: int) -> Sequence[FlowRow]:
        moment = self._moment_counted()
        return self._ask(("alert", alert_id), lambda connection: self._alert_flows(connection, alert_id, moment)) or ()

    def _alert_flows(self, connection: sqlite3.Connection, alert_id: int, moment: Moment) -> list[FlowRow]:
        ids = past.flow_ids_behind(connection, alert_id)
        devices = views.read_devices(connection, moment, self._wording)
        rows = FlowRows(devices, set(ids[:1]), moment, self._wording)
        sql = f"SELECT {views.FLOW_COLUMNS} FROM flows WHERE id = ?"
        return [rows.build(found) for id_ in ids if (found := connection.execute(sql, (id_,)).fetchone()) is not None]

    def _moment_counted(self) -> Moment:
        return Moment(self._step_ns(), is_end=self._position_ns is None)

    def set_device_label(self, device_id: int, label: str | None) -> None:
        """Raises StoreFault where the file may not be written."""
        reading.set_device_label(self.path, device_id, label or None)

    def set_device_note(self, device_id: int, note: str | None) -> None:
        """Raises StoreFault where the file may not be written."""
        reading.set_device_note(self.path, device_id, note or None)

    def set_alert_state(self, alert_id: int, state: str) -> None:
        """Raises StoreFault where the file may not be written."""
        reading.set_alert_state(self.path, alert_id, state)

    def allow(self, rule: AllowRule) -> None:
        """Raises NetScopeError for a rule that is no good and StoreFault where the file may not be written."""
        rule = checked(rule)
        if len(self._snapshot.allowed) >= MAX_RULES:
            raise NetScopeError(f"{MAX_RULES} alerts are allowed already: take some away first")
        reading.set_allow_rule(self.path, rule, active=True)

    def disallow(self, rule: AllowRule) -> None:
        """Raises StoreFault where the file may not be written."""
        reading.set_allow_rule(self.path, rule, active=False)

    def _fetch(self, sql: str, *values: object) -> list[Any]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error

    def time_range(self) -> tuple[int, int]:
        """First and last moment recorded; (0, 0) when nothing is."""
        first = self._fetch(
            "SELECT min(start_ns) FROM (SELECT min(bucket_ns) AS start_ns FROM traffic"
            " UNION ALL SELECT first_seen_ns FROM flows WHERE id = (SELECT min(id) FROM flows))"
        )[0][0]
        return (first or 0, self._end_ns)

    @property
    def position_ns(self) -> int:
        """The moment shown."""
        if self._position_ns is None:
            return self._snapshot.capture.now_ns
        if not self._speed:
            return self._position_ns
        played_ns = int((self._clock_ns() - self._played_from_ns) * self._speed)
        return min(self._position_ns + played_ns, max(self._end_ns, self._position_ns))

    @property
    def speed(self) -> float:
        return self._speed

    @property
    def at_live(self) -> bool:
        return self._position_ns is None

    def seek(self, time_ns: int) -> None:
        self._position_ns = time_ns
        self._played_from_ns = self._clock_ns()
        self._jumped = True

    def play(self, speed: float) -> None:
        """0 stops."""
        self._position_ns = self.position_ns
        self._played_from_ns = self._clock_ns()
        self._speed = speed

    def to_live(self) -> None:
        self._position_ns = None
        self._speed = 0.0
        self._jumped = True
