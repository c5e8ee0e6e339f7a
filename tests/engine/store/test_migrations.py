"""The contract with users' queries, and files of other ages."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from netscope.engine.store import migrations
from netscope.engine.store.faults import StoreFault
from netscope.engine.store.reading import open_to_read, set_allow_rule
from netscope.engine.store.views import read_allow_rules
from netscope.engine.store.writer import Recording
from netscope.model.allow import AllowRule
from tests.engine.store.samples import T0, make_batch, make_flow, query, write

# The columns users query, as documented. May grow; nothing here may change or go.
CONTRACT = {
    "sessions": "id source kind link_type filter started_ns ended_ns packets bytes dropped truncated malformed version",
    "devices": "id mac name name_source vendor kind os model randomized_mac is_gateway first_seen_ns last_seen_ns"
    " bytes_sent bytes_received label",
    "device_addresses": "device_id address first_seen_ns last_seen_ns",
    "device_evidence": "device_id source attribute value first_seen_ns last_seen_ns count",
    "flows": "id session_id device_id client_ip client_port server_ip server_port protocol vlan app_protocol"
    " server_name name_source application activity country city asn as_org tracker first_seen_ns last_seen_ns bytes_up"
    " bytes_down packets_up packets_down tcp_state tcp_history rtt_us retransmissions ja3 ja4 community_id end_reason",
    "dns_queries": "id session_id flow_id device_id client_ip server_ip transport timestamp_ns transaction_id"
    " query_name query_type rcode answers response_time_us",
    "tls_handshakes": "id flow_id timestamp_ns transport sni ech version negotiated_version alpn cipher ja3 ja3_hash"
    " ja3s_hash ja4 certificate_sha256",
    "certificates": "sha256 subject issuer sans serial not_before_ns not_after_ns key_type key_bits"
    " signature_algorithm self_signed",
    "http_requests": "id flow_id timestamp_ns method host uri user_agent status server content_type request_bytes"
    " response_bytes",
    "dhcp_messages": "id timestamp_ns mac message_type requested_ip assigned_ip server_ip hostname vendor_class"
    " parameter_request_list",
    "tracker_hits": "id timestamp_ns device_id flow_id name rule owner category list",
    "alerts": "id detector severity device_id flow_id first_ns last_ns count title evidence state",
    "traffic": "device_id bucket_ns bucket_seconds bytes_up bytes_down packets_up packets_down flows",
    "counters": "session_id name value",
}


def columns(path: Path, table: str) -> dict[str, tuple[str, int]]:
    """Column -> (declared type, place in the primary key)."""
    return {row[1]: (row[2], row[5]) for row in query(path, f"PRAGMA table_info({table})")}


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    path = tmp_path / "home.db"
    write(path)
    return path


@pytest.mark.parametrize(("table", "names"), CONTRACT.items(), ids=CONTRACT)
def test_the_contract_of_names_holds(empty: Path, table: str, names: str) -> None:
    assert set(names.split()) <= set(columns(empty, table))


def test_no_table_of_the_contract_is_missing_here(empty: Path) -> None:
    tables = {row[0] for row in query(empty, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables - set(CONTRACT) == {"baselines", "upkeep", "allow_rules", "same_devices"}


def test_times_counts_and_keys_have_the_types_that_make_comparisons_work(empty: Path) -> None:
    for table, names in CONTRACT.items():
        declared = columns(empty, table)
        for name in names.split():
            is_text = (table, name) in {("device_evidence", "value"), ("flows", "community_id")}
            if name.endswith(("_ns", "_us", "_id", "_bytes")) or name in {"id", "vlan", "asn", "count", "value", "ech"}:
                assert declared[name][0] == ("TEXT" if is_text else "INTEGER"), (table, name)
    assert columns(empty, "certificates")["sha256"] == ("TEXT", 1)
    assert columns(empty, "flows")["id"] == ("INTEGER", 1)


def test_a_mac_is_recorded_once(empty: Path) -> None:
    indexes = query(empty, "SELECT name, \"unique\" FROM pragma_index_list('devices')")
    assert [name for name, is_unique in indexes if is_unique] == ["idx_devices_mac"]


def test_space_can_be_given_back_and_readers_do_not_block(empty: Path) -> None:
    assert query(empty, "PRAGMA auto_vacuum") == [(2,)]
    assert query(empty, "PRAGMA journal_mode") == [("wal",)]


def older_file(path: Path, steps: int) -> None:
    """A file as the program of ``steps`` migrations left it."""
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.migrate(Database(connection, execute_plugins=False), path, migrations.MIGRATIONS[:steps])
    connection.execute("INSERT INTO flows (id, server_name, last_seen_ns) VALUES (41, 'kept.example', 1)")
    connection.close()


def test_a_file_of_the_first_schema_is_brought_up_to_date_with_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    older_file(path, 1)
    assert "merged_flows" not in columns(path, "flows")
    recording = Recording(path, T0)
    recording.write(make_batch(flows=[make_flow(recording.next_ids()["flows"])]))
    recording.close()
    assert query(path, "SELECT id, server_name, merged_flows FROM flows") == [(41, "kept.example", 1), (42, None, 1)]
    assert query(path, "PRAGMA user_version") == [(len(migrations.MIGRATIONS),)]
    assert query(path, "SELECT * FROM baselines") == []
    assert query(path, "SELECT id, payload_bytes_up FROM flows") == [(41, None), (42, 0)]
    assert {"flow_id", "transaction_id", "lease_s"} <= set(columns(path, "dhcp_messages"))


def test_an_older_file_takes_the_users_rule_and_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    older_file(path, 3)
    connection = open_to_read(path)
    assert read_allow_rules(connection) == []
    connection.close()
    set_allow_rule(path, AllowRule("beacon"), active=True)
    assert query(path, "SELECT detector, source, destination, active FROM allow_rules") == [("beacon", "*", "*", 1)]
    assert query(path, "SELECT server_name FROM flows") == [("kept.example",)]


def test_a_newer_file_is_refused_and_left_as_it_is(empty: Path) -> None:
    connection = sqlite3.connect(empty)
    connection.execute(f"PRAGMA user_version = {len(migrations.MIGRATIONS) + 1}")
    connection.close()
    before = empty.read_bytes()
    with pytest.raises(StoreFault, match="newer NetScope") as refused:
        Recording(empty, T0)
    assert refused.value.slug == "newer_schema"
    assert empty.read_bytes() == before


def test_a_migration_that_fails_leaves_the_file_at_the_step_before(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    older_file(path, 1)
    connection = sqlite3.connect(path, isolation_level=None)
    db = Database(connection, execute_plugins=False)

    def half_done(db: Database) -> None:
        db.execute("CREATE TABLE started (x)")
        db.execute("CREATE TABLE flows (x)")

    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        migrations.migrate(db, path, (migrations.MIGRATIONS[0], half_done))
    assert migrations.version(db) == 1
    assert "started" not in db.table_names()
    connection.close()
