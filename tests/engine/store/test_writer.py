"""A recording being written: ids, upserts, what survives a restart, readers beside it, and being killed."""

from __future__ import annotations

import dataclasses
import os
import random
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netscope.engine.store import writer
from netscope.engine.store.faults import StoreFault
from netscope.engine.store.rows import Batch
from netscope.engine.store.writer import NUMBERED_TABLES, OF_A_FLOW, Recording
from netscope.model.records import DevicePair, Evidence, TrafficBucket
from tests.engine.store.samples import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    T0,
    make_alert,
    make_batch,
    make_certificate,
    make_device,
    make_flow,
    make_handshake,
    make_hit,
    make_query,
    make_request,
    make_session,
    query,
    write,
)
from tools import power_cut


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home.db"


def test_ids_go_on_where_the_last_run_ended(path: Path) -> None:
    recording = Recording(path, T0)
    assert recording.next_ids() == dict.fromkeys(NUMBERED_TABLES, 1)
    flow = make_flow(7)
    recording.write(make_batch(flows=[flow], dns_queries=[make_query(30, flow)], alerts=[make_alert(2)]))
    recording.close()
    again = Recording(path, T0)
    ids = again.next_ids()
    again.close()
    assert (ids["flows"], ids["dns_queries"], ids["alerts"], ids["sessions"]) == (8, 31, 3, 2)
    assert ids["http_requests"] == 1


@pytest.mark.parametrize(
    ("table", "make"),
    [
        ("dns_queries", make_query),
        ("tls_handshakes", make_handshake),
        ("http_requests", make_request),
        ("tracker_hits", make_hit),
        ("alerts", make_alert),
    ],
)
def test_the_number_of_a_flow_that_was_never_written_is_not_given_again(
    path: Path, table: str, make: Callable[..., Any]
) -> None:
    """A killed recorder had written what was said in the flow, and not yet the flow."""
    write(path, make_batch(flows=[make_flow(3)], **{table: [make(1, flow=make_flow(9))]}))
    recording = Recording(path, T0)
    assert recording.next_ids()["flows"] == 10
    recording.close()


def test_every_table_that_names_a_flow_is_asked_for_the_highest(path: Path) -> None:
    write(path, make_batch())
    tables = [name for (name,) in query(path, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {table: [row[1] for row in query(path, f"PRAGMA table_info({table})")] for table in tables}
    assert {table for table in tables if "flow_id" in columns[table]} == set(OF_A_FLOW)


def test_every_kind_of_record_has_its_row(path: Path) -> None:
    flow = make_flow(1, device_id=1, server_name="www.example.org", name_source="sni", asn=64500, ja3="f" * 32)
    write(
        path,
        make_batch(
            session=make_session(packets=5, bytes=500, counters={"malformed_dns": 2}),
            flows=[flow],
            devices=[make_device(1, vendor="Example", is_gateway=True)],
            dns_queries=[make_query(1, flow, device_id=1)],
            tls_handshakes=[make_handshake(1, flow, ech=True)],
            certificates=[make_certificate("ab")],
            http_requests=[make_request(1, flow, status=200)],
            tracker_hits=[make_hit(1, flow)],
            evidence=[Evidence(1, "dhcp", "hostname", "printer", T0, T0, 3)],
            alerts=[make_alert(1, flow=flow)],
            traffic=[TrafficBucket(1, T0, 60, 10, 20, 1, 2, 1)],
        ),
    )
    assert query(path, "SELECT session_id, device_id, server_name, asn, ja3 FROM flows") == [
        (1, 1, "www.example.org", 64500, "f" * 32)
    ]
    assert query(path, "SELECT session_id, flow_id, device_id, query_type FROM dns_queries") == [(1, 1, 1, "A")]
    assert query(path, "SELECT flow_id, sni, ech FROM tls_handshakes") == [(1, "www.example.org", 1)]
    assert query(path, "SELECT mac, is_gateway, vendor FROM devices") == [("02:00:00:00:00:01", 1, "Example")]
    assert query(path, "SELECT device_id, address FROM device_addresses") == [(1, "192.168.1.10")]
    assert query(path, "SELECT attribute, count FROM device_evidence") == [("hostname", 3)]
    assert query(path, "SELECT flow_id, status FROM http_requests") == [(1, 200)]
    assert query(path, "SELECT flow_id, rule, owner FROM tracker_hits") == [(1, "example.net", "Example Ads")]
    assert query(path, "SELECT flow_id, state, json_extract(evidence, '$.threshold') FROM alerts") == [(1, "new", 15)]
    assert query(path, "SELECT bytes_up, bytes_down, flows FROM traffic") == [(10, 20, 1)]
    assert query(path, "SELECT session_id, name, value FROM counters") == [(1, "malformed_dns", 2)]
    assert query(path, "SELECT packets, bytes, ended_ns FROM sessions") == [(5, 500, None)]
    assert query(path, "SELECT sha256 FROM certificates") == [("ab",)]


def dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [line for line in connection.iterdump() if line.startswith("INSERT")]
    finally:
        connection.close()


def test_writing_a_batch_again_changes_nothing(path: Path) -> None:
    flow = make_flow(1, bytes_up=10)
    batch = make_batch(
        flows=[flow],
        devices=[make_device(1)],
        dns_queries=[make_query(1, flow)],
        alerts=[make_alert(1)],
        certificates=[make_certificate("ab")],
        evidence=[Evidence(1, "arp", "ip", "x", T0, T0)],
        traffic=[TrafficBucket(1, T0, 60, 10, 20, 1, 2, 1)],
    )
    write(path, batch)
    once = dump(path)
    recording = Recording(path, T0)
    recording.write(dataclasses.replace(batch, traffic=[]))
    recording.close()
    assert dump(path) == once
    assert len(once) > 8


def test_a_record_that_grew_updates_its_row(path: Path) -> None:
    recording = Recording(path, T0)
    flow = make_flow(1, end_reason=None, bytes_down=10)
    asked = make_query(1, flow)
    recording.write(make_batch(flows=[flow], dns_queries=[asked]))
    flow.bytes_down, flow.end_reason, flow.server_name = 99, "rst", "late.example"
    asked.rcode, asked.response_time_us = "SERVFAIL", 1500
    recording.write(Batch(flows=[flow], dns_queries=[asked]))
    recording.close()
    assert query(path, "SELECT session_id, bytes_down, end_reason, server_name FROM flows") == [
        (1, 99, "rst", "late.example")
    ]
    assert query(path, "SELECT session_id, rcode, response_time_us FROM dns_queries") == [(1, "SERVFAIL", 1500)]


def test_an_address_that_was_only_carried_is_taken_back(path: Path) -> None:
    recording = Recording(path, T0)
    router = make_device(1, addresses={"192.168.1.1": (T0, T0), "10.20.0.7": (T0, T0), "10.20.0.8": (T0, T0)})
    recording.write(make_batch(devices=[router]))
    del router.addresses["10.20.0.7"]
    recording.write(Batch(devices=[router], lost_addresses=[(1, "10.20.0.7"), (1, "10.20.0.8")]))
    recording.close()
    assert query(path, "SELECT address FROM device_addresses ORDER BY address") == [("10.20.0.8",), ("192.168.1.1",)]


def test_what_the_user_said_outlives_the_engines_updates(path: Path) -> None:
    recording = Recording(path, T0)
    device, alert = make_device(1, name="phone"), make_alert(1)
    recording.write(make_batch(devices=[device], alerts=[alert]))
    recording.write(Batch(device_labels={1: "Anna's phone"}, alert_states={1: "ignored"}))
    device.name, alert.count = "iphone", 5
    recording.write(Batch(devices=[device], alerts=[alert]))
    recording.close()
    assert query(path, "SELECT name, label FROM devices") == [("iphone", "Anna's phone")]
    assert query(path, "SELECT count, state FROM alerts") == [(5, "ignored")]


def test_traffic_of_two_runs_in_one_minute_adds_up(path: Path) -> None:
    bucket = TrafficBucket(1, T0, 60, bytes_up=100, packets_up=1, flows=1)
    recording = Recording(path, T0)
    recording.write(make_batch(traffic=[bucket]))
    bucket.bytes_up = 150
    recording.write(Batch(traffic=[bucket]))
    assert query(path, "SELECT bytes_up, packets_up, flows FROM traffic") == [(150, 1, 1)]
    recording.close()
    write(path, make_batch(traffic=[TrafficBucket(1, T0, 60, bytes_up=7, packets_up=1, flows=1)]))
    assert query(path, "SELECT bytes_up, packets_up, flows FROM traffic") == [(157, 2, 2)]


def test_a_batch_that_failed_counts_its_traffic_once(path: Path) -> None:
    recording = Recording(path, T0)
    recording.write(make_batch(traffic=[TrafficBucket(1, T0, 60, bytes_up=1)]))
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    recording.db.execute("PRAGMA busy_timeout = 1")
    grown = Batch(traffic=[TrafficBucket(1, T0, 60, bytes_up=5)])
    with pytest.raises(StoreFault) as locked:
        recording.write(grown)
    assert locked.value.slug == "locked"
    blocker.close()
    recording.write(grown)
    recording.close()
    assert query(path, "SELECT bytes_up FROM traffic") == [(5,)]


def test_devices_and_evidence_are_known_again_after_a_restart(path: Path) -> None:
    addresses = {"192.168.1.10": (T0, T0 + 5), "fe80::1": (T0, T0)}
    device = make_device(1, randomized_mac=True, label="tv", addresses=addresses)
    heard = Evidence(1, "mdns", "service", "_ipp._tcp", T0, T0 + HOUR, 4)
    write(path, make_batch(devices=[device, make_device(2)], evidence=[heard]))
    recording = Recording(path, T0)
    found = {known.id: known for known in recording.devices()}
    assert dataclasses.asdict(found[1]) == dataclasses.asdict(device)
    assert set(found) == {1, 2}
    assert [dataclasses.asdict(known) for known in recording.evidence()] == [dataclasses.asdict(heard)]
    assert [dataclasses.asdict(known) for known in recording.known().evidence] == [dataclasses.asdict(heard)]
    recording.close()


def test_pairs_are_known_again_and_the_first_time_stays(path: Path) -> None:
    pair = DevicePair(2, 1, 60, ("same host name tv", "came 3 minutes after"), 5, T0, T0)
    write(path, make_batch(same_devices=[pair]))
    pair.confidence, pair.created_ns, pair.updated_ns = 0, T0 + DAY, T0 + DAY
    write(path, make_batch(same_devices=[pair]))
    recording = Recording(path, T0)
    (known,) = recording.known().pairs
    assert (known.device_id, known.other_device_id, known.confidence, known.evidence) == (2, 1, 0, pair.evidence)
    assert (known.gap_ns, known.created_ns, known.updated_ns) == (5, T0, T0 + DAY)
    recording.db.execute("UPDATE same_devices SET evidence = 'no JSON'")
    assert [pair.evidence for pair in recording.pairs()] == [()]
    recording.close()


def test_what_was_heard_last_comes_last_and_of_too_much_the_newest(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "EVIDENCE_KEPT", 2)
    heard = [Evidence(1, "dhcp", "hostname", f"name{at}", T0, T0 + at) for at in (2, 1, 3)]
    write(path, make_batch(evidence=heard))
    recording = Recording(path, T0)
    assert [item.value for item in recording.evidence()] == ["name2", "name3"]
    recording.close()


def test_evidence_and_addresses_never_shrink(path: Path) -> None:
    device = make_device(1, addresses={"192.168.1.10": (T0, T0 + DAY)})
    write(path, make_batch(devices=[device], evidence=[Evidence(1, "arp", "ip", "x", T0, T0 + DAY, 9)]))
    device.addresses["192.168.1.10"] = (T0 + HOUR, T0 + 2 * DAY)
    write(path, make_batch(devices=[device], evidence=[Evidence(1, "arp", "ip", "x", T0 + HOUR, T0 + HOUR, 1)]))
    assert query(path, "SELECT first_seen_ns, last_seen_ns FROM device_addresses") == [(T0, T0 + 2 * DAY)]
    assert query(path, "SELECT first_seen_ns, last_seen_ns, count FROM device_evidence") == [(T0, T0 + DAY, 9)]


def test_a_mac_met_under_another_id_does_not_fail_the_batch(path: Path) -> None:
    write(path, make_batch(devices=[make_device(1)]))
    write(path, make_batch(devices=[make_device(9, mac="02:00:00:00:00:01", name="same")], flows=[make_flow(1)]))
    assert query(path, "SELECT id, name FROM devices") == [(1, "same")]
    assert query(path, "SELECT count(*) FROM flows") == [(1,)]


def test_flows_a_killed_recorder_left_open_are_closed_by_the_next(path: Path) -> None:
    write(path, make_batch(flows=[make_flow(1, end_reason=None), make_flow(2)]))
    recording = Recording(path, T0)
    assert recording.close_left_open() == 1
    assert recording.close_left_open() == 0
    recording.close()
    assert query(path, "SELECT end_reason FROM flows ORDER BY id") == [("capture_end",), ("fin",)]


def test_a_reader_sees_whole_batches_while_they_are_written(path: Path) -> None:
    """Each batch adds a flow and its query and raises the session's packets: a reader finds the three in step."""
    recording = Recording(path, T0)
    recording.write(make_batch())
    reader = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    done, looked = threading.Event(), threading.Semaphore(0)
    seen: list[tuple[int, int, int]] = []

    def read() -> None:
        while not done.is_set():
            seen.append(
                reader.execute(
                    "SELECT (SELECT count(*) FROM flows), (SELECT count(*) FROM dns_queries), packets FROM sessions"
                ).fetchone()
            )
            looked.release()

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(1, 301):
        flow = make_flow(number)
        session = make_session(packets=number)
        recording.write(make_batch(session=session, flows=[flow], dns_queries=[make_query(number, flow)]))
        if not number % 30:
            # On a busy machine the reader might sleep through all. The second look from here begins behind this batch.
            while looked.acquire(blocking=False):
                pass
            assert looked.acquire(timeout=60)
            assert looked.acquire(timeout=60)
    done.set()
    thread.join()
    reader.close()
    recording.close()
    assert all(flows == queries == packets for flows, queries, packets in seen if packets)
    assert len({packets for _, _, packets in seen}) > 3


def test_a_recorder_killed_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    """Live or of a file, itself, its writer or both: 28 times here; ``tools/power_cut.py`` does it a thousand times."""
    rng = random.Random(7)
    outcome = power_cut.Outcome()
    for number in range(28):
        power_cut.one_trial(tmp_path / f"{number // 10}.db", tmp_path, rng, outcome)
    assert outcome.killed.total() == 28
    assert set(outcome.killed) == set(power_cut.VICTIMS)
    assert outcome.killed_before_first <= 28 // power_cut.EARLY + 1
    assert outcome.lost_committed == 0
    assert outcome.batches >= 28 - outcome.killed_before_first
    assert outcome.torn_logs >= 3


def test_the_check_of_killed_files_notices_a_missing_row(path: Path) -> None:
    write(path, power_cut.batch_number(0), power_cut.batch_number(1))
    assert power_cut.written(path) == 1
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM dns_queries WHERE id = 3")
    connection.commit()
    connection.close()
    with pytest.raises(AssertionError, match="queries without their flows"):
        power_cut.written(path)


def test_a_deleted_file_is_noticed_and_a_new_one_knows_session_and_devices(path: Path) -> None:
    recording = Recording(path, T0)
    recording.write(make_batch(devices=[make_device(1)], flows=[make_flow(1)]))
    for file in path.parent.glob("home.db*"):
        if not file.name.endswith("-lock"):
            file.unlink()
    with pytest.raises(StoreFault) as gone:
        recording.write(Batch(flows=[make_flow(2)]))
    assert gone.value.slug == "deleted"
    recording.reopen(T0 + SECOND)
    recording.write(Batch(flows=[make_flow(2, device_id=1)], traffic=[TrafficBucket(1, T0, 60, bytes_up=4)]))
    assert recording.notices == [f"{path}: a new recording has been begun"]
    recording.close()
    found = query(path, "SELECT flows.id, mac, source FROM flows JOIN devices ON devices.id = device_id JOIN sessions")
    assert found == [(2, "02:00:00:00:00:01", "eth0")]
    assert query(path, "SELECT bytes_up FROM traffic") == [(4,)]


def test_reopening_a_moved_file_begins_another_and_the_same_file_goes_on(path: Path) -> None:
    recording = Recording(path, T0)
    recording.write(make_batch(flows=[make_flow(1)]))
    recording.reopen(T0)
    recording.write(Batch(flows=[make_flow(2)]))
    assert recording.notices == []
    path.rename(path.with_name("yesterday.db"))
    recording.reopen(T0)
    recording.write(Batch(flows=[make_flow(3)]))
    recording.close()
    assert query(path, "SELECT id FROM flows") == [(3,)]
    assert query(path.with_name("yesterday.db"), "SELECT id FROM flows") == [(1,), (2,)]


def test_a_file_put_in_its_place_is_not_written_to(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    write(other, make_batch(flows=[make_flow(1, server_name="theirs.example")]))
    recording = Recording(path, T0)
    recording.write(make_batch())
    os.replace(other, path)
    for attempt in (lambda: recording.write(Batch(flows=[make_flow(1)])), lambda: recording.reopen(T0)):
        with pytest.raises(StoreFault) as replaced:
            attempt()
        assert replaced.value.slug == "deleted"
    recording.close()
    assert query(path, "SELECT server_name FROM flows") == [("theirs.example",)]


@pytest.mark.parametrize(("live", "level", "page_bytes"), [(False, 1, 4096), (True, 2, 1024)])
def test_a_live_recording_waits_for_the_disk_and_has_small_pages(
    path: Path, live: bool, level: int, page_bytes: int
) -> None:
    recording = Recording(path, T0, live=live)
    assert recording.db.execute("PRAGMA synchronous").fetchone() == (level,)
    # 2: no file in /tmp, where a recorder without rights may not write.
    assert recording.db.execute("PRAGMA temp_store").fetchone() == (2,)
    assert recording.db.execute("PRAGMA page_size").fetchone() == (page_bytes,)
    assert recording.db.execute("PRAGMA wal_autocheckpoint").fetchone() == ((16 << 20) // page_bytes,)
    recording.close()


def written_bytes() -> int:
    """By this process, to files, so far."""
    counters = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counters["wchar"])


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="only Linux counts what a process writes")
def test_a_quiet_home_network_writes_less_than_a_megabyte_a_minute(path: Path) -> None:
    """Twenty devices, each heard every 20 s, a flow and a query every 5 s, over ten minutes."""
    recording = Recording(path, T0, live=True)
    recording.write(make_batch(devices=[make_device(number) for number in range(1, 21)]))
    before = written_bytes()
    for second in range(600):
        now_ns = T0 + second * SECOND
        heard = 1 + second % 20
        flow = make_flow(1 + second // 5, first_seen_ns=now_ns)
        recording.write(
            make_batch(
                session=make_session(packets=second, counters={f"fact_{number}": second for number in range(30)}),
                devices=[make_device(heard, last_seen_ns=now_ns)],
                traffic=[TrafficBucket(heard, now_ns - now_ns % MINUTE, 60, second, second, 1, 1, 1)],
                flows=[flow] if second % 5 == 0 else [],
                dns_queries=[make_query(flow.id, flow)] if second % 5 == 0 else [],
            )
        )
    recording.close()
    assert (written_bytes() - before) / 10 < 1_000_000


def test_traffic_remembered_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netscope.engine.store.writer.TRAFFIC_KEPT", 10)
    recording = Recording(path, T0)
    for number in range(50):
        recording.write(make_batch(traffic=[TrafficBucket(1, T0 + number * MINUTE, 60, bytes_up=1)]))
    remembered = recording._traffic_written
    recording.close()
    assert len(remembered) == 10
    assert query(path, "SELECT count(*), sum(bytes_up) FROM traffic") == [(50, 50)]


def test_traffic_that_no_longer_grows_is_forgotten(path: Path) -> None:
    recording = Recording(path, T0)
    for number in range(500):
        for bytes_up in (1, 3):
            recording.write(make_batch(traffic=[TrafficBucket(1, T0 + number * MINUTE, 60, bytes_up=bytes_up)]))
    remembered = len(recording._traffic_written)
    recording.close()
    assert remembered < 20
    assert query(path, "SELECT count(*), sum(bytes_up) FROM traffic") == [(500, 1500)]


def test_size_counts_the_log(path: Path) -> None:
    recording = Recording(path, T0)
    before = recording.size_bytes()
    recording.write(make_batch(flows=[make_flow(number) for number in range(1, 500)]))
    assert recording.size_bytes() > before + 50_000
    recording.close()
    assert not path.with_name("home.db-wal").exists()
