"""Reading a recording page by page."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from netscope.engine.store import migrations
from netscope.engine.store.faults import StoreFault
from netscope.engine.store.retention import Limits, Retention
from netscope.engine.store.writer import Recording
from netscope.export import rows as rows_module
from netscope.export.kinds import BY_NAME, KINDS
from netscope.export.rows import Recorded, Row, Span, Table
from tests.engine.store.samples import DAY, SECOND, T0, make_batch, make_flow, make_query, make_session, query, write
from tests.export.samples import HOSTILE, home


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorded]:
    with Recorded(home(tmp_path)) as recorded:
        yield recorded


def read(recorded: Recorded, kind: str, span: Span | None = None) -> list[Row]:
    return [row for _, rows in Table(recorded, BY_NAME[kind]).pages(span or Span()) for row in rows]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_column_of_every_table_comes_out(recorded: Recorded, kind: object) -> None:
    assert kind in KINDS
    table = Table(recorded, kind)  # type: ignore[arg-type]
    rows = [row for _, page in table.pages(Span()) for row in page]
    stored = query(recorded.path, f"SELECT * FROM {table.kind.table} ORDER BY rowid")  # noqa: S608
    own = [name for name, _ in recorded.columns(table.kind.table)]
    assert len(rows) == len(stored) > 0
    plain = [name for name in own if table.types()[name] in ("int", "time")]
    for row, values in zip(rows, stored, strict=True):
        assert {name: row[name] for name in plain} == {name: values[own.index(name)] for name in plain}


def test_a_row_that_points_to_its_flow_is_given_its_ends_and_its_devices_name(recorded: Recorded) -> None:
    (handshake,) = read(recorded, "tls")
    assert (handshake["client_ip"], handshake["server_port"], handshake["device_name"]) == (
        "192.168.1.10", 443, "Anna's TV",
    )  # fmt: skip
    assert read(recorded, "dns")[0]["client_port"] == 40_000


def test_values_have_their_kinds(recorded: Recorded) -> None:
    query_row = read(recorded, "dns")[0]
    assert query_row["answers"][1] == {"name": "cdn.example.net", "type": "A", "ttl": 300, "data": "198.51.100.7"}
    assert read(recorded, "flows")[2]["vlan"] == "100,20"
    assert read(recorded, "certificates")[0]["self_signed"] is False
    assert read(recorded, "dns")[1]["query_name"] == HOSTILE
    types = Table(recorded, BY_NAME["dns"]).types()
    assert {name: types[name] for name in ("id", "answers", "timestamp_ns", "query_name", "device_name")} == {
        "id": "int", "answers": "json", "timestamp_ns": "time", "query_name": "text", "device_name": "text",
    }  # fmt: skip


def test_pages_reach_every_row_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "PAGE_ROWS", 7)
    write(tmp_path / "a.db", make_batch(flows=[make_flow(3 * number) for number in range(1, 101)]))
    with Recorded(tmp_path / "a.db") as recorded:
        pages = list(Table(recorded, BY_NAME["flows"]).pages(Span()))
    assert [row["id"] for _, rows in pages for row in rows] == [3 * number for number in range(1, 101)]
    assert max(len(rows) for _, rows in pages) == 7


def test_a_span_takes_what_was_going_on_in_it(tmp_path: Path) -> None:
    flows = [make_flow(1), make_flow(2, last_seen_ns=T0 + 100 * SECOND), make_flow(3, first_seen_ns=T0 + 200 * SECOND)]
    write(tmp_path / "a.db", make_batch(flows=flows))
    with Recorded(tmp_path / "a.db") as recorded:
        inside = Span(T0 + 50 * SECOND, T0 + 200 * SECOND)
        assert [row["id"] for row in read(recorded, "flows", inside)] == [2]
        assert [row["id"] for row in read(recorded, "flows", Span(since_ns=T0 + 50 * SECOND))] == [2, 3]
        assert read(recorded, "flows", Span(since_ns=T0 + DAY)) == []
        assert [row["id"] for row in read(recorded, "flows", Span(until_ns=T0 + 2 * SECOND))] == [1]
        assert inside.holds(BY_NAME["flows"], read(recorded, "flows")[1])
        assert not inside.holds(BY_NAME["flows"], read(recorded, "flows")[0])


def test_a_uid_is_the_same_in_each_export_and_another_in_each_recording(tmp_path: Path) -> None:
    write(tmp_path / "a.db", make_batch())
    write(tmp_path / "b.db", make_batch(session=make_session(started_ns=T0 + 1)))
    with Recorded(tmp_path / "a.db") as first, Recorded(tmp_path / "a.db") as again, Recorded(tmp_path / "b.db") as b:
        uids = [first.uid(number) for number in range(1_000)]
        assert uids == [again.uid(number) for number in range(1_000)]
        assert len(set(uids)) == 1_000
        assert set(uids).isdisjoint(b.uid(number) for number in range(1_000))
        assert all(uid is not None and uid.isalnum() and uid[0] == "C" and 12 <= len(uid) <= 18 for uid in uids)
        assert first.uid(None) is None


def test_a_file_of_an_older_schema_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path, isolation_level=None)
    database = migrations.Database(connection, execute_plugins=False)
    migrations.migrate(database, path, migrations.MIGRATIONS[:1])
    connection.execute("INSERT INTO flows (id, client_ip, last_seen_ns) VALUES (4, '192.0.2.1', 5)")
    connection.close()
    with Recorded(path) as recorded:
        (flow,) = read(recorded, "flows")
    assert flow["client_ip"] == "192.0.2.1"
    assert "payload_bytes_up" not in flow


def test_a_column_with_a_strange_name_is_only_a_name(tmp_path: Path) -> None:
    path = home(tmp_path)
    connection = sqlite3.connect(path)
    connection.execute('ALTER TABLE flows ADD COLUMN "x"", (SELECT mac FROM devices) AS ""y" TEXT')
    connection.close()
    with Recorded(path) as recorded:
        assert read(recorded, "flows")[0]['x", (SELECT mac FROM devices) AS "y'] is None


def test_json_that_another_program_broke_stays_text(tmp_path: Path) -> None:
    path = home(tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE dns_queries SET answers = '[not json' WHERE id = 1")
    connection.commit()
    connection.close()
    with Recorded(path) as recorded:
        assert read(recorded, "dns")[0]["answers"] == "[not json"


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"something else")
    for path in (tmp_path / "a.db", tmp_path / "missing.db"):
        with pytest.raises(StoreFault):
            Recorded(path)


def test_a_reader_in_the_middle_holds_up_neither_recorder_nor_retention(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.db", T0)
    recording.write(make_batch(flows=[make_flow(number) for number in range(1, 5_001)]))
    with Recorded(tmp_path / "a.db") as recorded:
        pages = Table(recorded, BY_NAME["flows"]).pages(Span())
        next(pages)
        recording.write(make_batch(dns_queries=[make_query(1)]))
        retention = Retention(recording, Limits(flow_days=1))
        for moment in (T0 + 400 * DAY, T0 + 400 * DAY + 4_000 * SECOND, T0 + 400 * DAY + 4_001 * SECOND):
            retention.step(moment)
        recording.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert (tmp_path / "a.db-wal").stat().st_size == 0
        left = [row["id"] for _, rows in pages for row in rows]
    recording.close()
    assert left == sorted(set(left))


def test_a_recording_begun_anew_under_the_name_is_noticed(tmp_path: Path) -> None:
    path = home(tmp_path)
    with Recorded(path) as recorded:
        assert not recorded.is_replaced()
        path.rename(tmp_path / "aside.db")
        assert not recorded.is_replaced()
        write(path, make_batch(flows=[make_flow(9)]))
        assert recorded.is_replaced()
        recorded.reopen()
        assert [row["id"] for row in read(recorded, "flows")] == [9]
        assert not recorded.is_replaced()
