"""News is written within the second, running totals each ten, and nothing is held back for good."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from netscope.engine.store import totals
from netscope.engine.store.backlog import WriterThread
from netscope.engine.store.rows import Batch, Rows, batch_rows
from netscope.engine.store.totals import REFRESH_NS, RunningTotals
from netscope.engine.store.writer import Recording
from netscope.model.records import Evidence, TrafficBucket
from tests.engine.store.samples import (
    SECOND,
    T0,
    make_alert,
    make_batch,
    make_device,
    make_flow,
    make_query,
    make_session,
    query,
    wait_until,
)


def rows(**kinds: object) -> Rows:
    return batch_rows(make_batch(**kinds), 1)


@pytest.fixture
def running() -> RunningTotals:
    """With a session and a device written a second ago."""
    running = RunningTotals()
    first = rows(devices=[make_device(1)])
    assert running.due(first, T0) == first
    return running


def test_a_device_seen_again_waits_with_its_newest_totals_until_they_are_due(running: RunningTotals) -> None:
    for number in range(1, 10):
        again = make_device(1, last_seen_ns=T0 + number, bytes_sent=number)
        assert running.due(rows(devices=[again], session=make_session(packets=number)), T0 + number * SECOND) == {}
    due = running.due({}, T0 + REFRESH_NS)
    assert due == rows(devices=[again], session=make_session(packets=9))
    assert running.due({}, T0 + 2 * REFRESH_NS) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"name": "printer"},
        {"os": "Linux"},
        {"is_gateway": True},
        {"randomized_mac": True},
    ],
)
def test_what_is_learned_of_a_device_is_news(running: RunningTotals, change: dict[str, object]) -> None:
    running.due(rows(devices=[make_device(1, bytes_sent=1)]), T0 + SECOND)
    named = make_device(1, bytes_sent=2, **change)
    assert running.due(rows(devices=[named]), T0 + 2 * SECOND)["devices"][1][:2] == (1, named.mac)
    # What was held back before is older and must not follow.
    assert "devices" not in running.due({}, T0 + REFRESH_NS)


def test_an_address_that_is_lost_does_not_come_back_with_what_was_held_back(running: RunningTotals) -> None:
    key = (1, "192.168.1.10")
    seen = make_device(1, addresses={key[1]: (T0, T0 + 5)})
    running.due(rows(devices=[seen]), T0 + SECOND)
    running.due(rows(devices=[make_device(1, addresses={key[1]: (T0, T0 + 6)})]), T0 + 2 * SECOND)
    assert running.due(rows(lost_addresses=[key]), T0 + 3 * SECOND)["lost_addresses"] == {key: key}
    assert "device_addresses" not in running.due({}, T0 + REFRESH_NS)
    # Found again, it is told within the second, though nothing else of it changed.
    assert running.due(rows(devices=[seen]), T0 + REFRESH_NS + SECOND)["device_addresses"].keys() == {key}


def test_a_new_address_is_news_and_the_known_one_is_not(running: RunningTotals) -> None:
    moved = make_device(1, addresses={"192.168.1.10": (T0, T0 + 5), "192.168.1.99": (T0 + 5, T0 + 5)})
    assert running.due(rows(devices=[moved]), T0 + SECOND)["device_addresses"] == {
        (1, "192.168.1.99"): (1, "192.168.1.99", T0 + 5, T0 + 5)
    }


def test_evidence_is_news_once(running: RunningTotals) -> None:
    heard = Evidence(1, "mdns", "model", "X1", T0, T0, 2)
    key = (1, "mdns", "model", "X1")
    assert running.due(rows(evidence=[heard]), T0 + SECOND)["device_evidence"][key][-1] == 2
    heard.count = 3
    assert running.due(rows(evidence=[heard]), T0 + 2 * SECOND) == {}
    assert running.due({}, T0 + REFRESH_NS)["device_evidence"][key][-1] == 3


def test_a_session_that_ends_and_a_counter_that_begins_are_news(running: RunningTotals) -> None:
    counted = make_session(counters={"malformed_dns": 1})
    assert list(running.due(rows(session=counted), T0 + SECOND)) == ["counters", "sessions"]
    counted.counters["malformed_dns"] = 2
    assert running.due(rows(session=counted), T0 + 2 * SECOND) == {}
    counted.ended_ns = T0 + 3 * SECOND
    assert list(running.due(rows(session=counted), T0 + 3 * SECOND)) == ["sessions"]
    assert running.take_held()["counters"] == {(1, "malformed_dns"): (1, "malformed_dns", 2)}


def test_what_happens_on_the_network_never_waits(running: RunningTotals) -> None:
    flow = make_flow(1)
    happened = rows(
        flows=[flow], dns_queries=[make_query(1, flow)], alerts=[make_alert(1)],
        traffic=[TrafficBucket(1, T0, 60, 1, 2, 3, 4, 5)],
    )  # fmt: skip
    for second in range(1, 4):
        # The session comes along, so that it has as many packets as all of it.
        due = running.due(dict(happened), T0 + second * SECOND)
        assert due == happened


def test_what_detectors_learn_waits(running: RunningTotals) -> None:
    learned = batch_rows(Batch(baselines={("habits", "02:00:00:00:00:01"): [1]}, baselines_ns=T0), 1)
    assert running.due(learned, T0 + SECOND) == {}
    assert running.due({}, T0 + REFRESH_NS) == learned


def test_a_clock_set_back_holds_nothing_back(running: RunningTotals) -> None:
    again = rows(devices=[make_device(1, bytes_sent=7)])
    assert running.due(again, T0 - 3600 * SECOND) == again


def test_what_is_forgotten_is_news_again_and_not_lost(running: RunningTotals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "WRITTEN_KEPT", 2)
    many = rows(devices=[make_device(id_) for id_ in range(2, 6)])
    assert len(running.due(many, T0 + SECOND)["devices"]) == 4
    assert len(running.due(many, T0 + 2 * SECOND)["devices"]) == 4


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    recording = Recording(tmp_path / "home.db", T0)
    yield recording
    recording.db.conn.close()


def test_seconds_in_which_nothing_new_happens_write_nothing_but_upkeep_goes_on(recording: Recording) -> None:
    kept_up: list[int] = []
    thread = WriterThread(recording, kept_up.append)
    other = sqlite3.connect(recording.path)
    versions = []
    for second in range(30):
        batch = make_batch(session=make_session(packets=second), devices=[make_device(1, bytes_sent=second)])
        thread.submit(batch, T0 + second * SECOND)
        wait_until(lambda: len(kept_up) == second + 1)  # noqa: B023 - waited for in this round
        versions.append(other.execute("PRAGMA data_version").fetchone()[0])
    other.close()
    assert thread.close()
    assert [second for second in range(1, 30) if versions[second] != versions[second - 1]] == [10, 20]
    assert kept_up == [T0 + second * SECOND for second in range(30)]
    assert query(recording.path, "SELECT packets FROM sessions") == [(29,)]
    assert query(recording.path, "SELECT bytes_sent FROM devices") == [(29,)]


def test_the_end_of_a_recording_has_everything(recording: Recording) -> None:
    thread = WriterThread(recording)
    heard = Evidence(1, "mdns", "model", "X1", T0, T0, 1)
    thread.submit(make_batch(devices=[make_device(1)], evidence=[heard]), T0)
    heard.count = 9
    session = make_session(packets=99, ended_ns=T0 + SECOND, counters={"store_rows": 7})
    thread.submit(Batch(session, evidence=[heard], baselines={("habits", "x"): 1}), T0 + SECOND)
    assert thread.close()
    read = "SELECT (SELECT packets FROM sessions), (SELECT count FROM device_evidence), (SELECT value FROM baselines)"
    assert query(recording.path, read) == [(99, 9, "1")]
