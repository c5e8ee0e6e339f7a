"""Records to rows: raw strings, NULL for what is unknown, JSON where the contract says so."""

from __future__ import annotations

import json
from pathlib import Path
from struct import pack

from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.store.rows import INT64_MAX, UPSERTS, batch_rows, encode_answers, merge, storable
from netscope.model.records import DhcpExchange
from tests.engine.store.samples import (
    T0,
    answer,
    make_alert,
    make_batch,
    make_certificate,
    make_device,
    make_flow,
    make_handshake,
    make_query,
    make_request,
    query,
    write,
)

HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "[bold red]x[/]",
    "=cmd|' /C calc'!A0",
    "a\x00b",
    "\u202egnp.exe",
    "'; DROP TABLE flows; --",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "x" * 300,
    "né\u0301",
    "",
    "\n",
]


def test_a_vlan_is_a_number_and_a_stack_of_them_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "v.db"
    write(path, make_batch(flows=[make_flow(1, vlan="20"), make_flow(2, vlan="20,100"), make_flow(3)]))
    assert query(path, "SELECT vlan FROM flows ORDER BY id") == [(20,), ("20,100",), (None,)]


def test_unanswered_and_empty_answers_differ(tmp_path: Path) -> None:
    path = tmp_path / "q.db"
    answers = (answer("example.org", "A", "192.0.2.1", ttl=60), answer("example.org", "TXT", '"v=spf1 \\"x\\""'))
    write(
        path,
        make_batch(
            dns_queries=[
                make_query(1),
                make_query(2, rcode="NXDOMAIN"),
                make_query(3, rcode="NOERROR", answers=answers),
            ]
        ),
    )
    (unanswered,), (empty,), (answered,) = query(path, "SELECT answers FROM dns_queries ORDER BY id")
    assert unanswered is None
    assert json.loads(empty) == []
    assert json.loads(answered) == [
        {"name": "example.org", "type": "A", "ttl": 60, "data": "192.0.2.1"},
        {"name": "example.org", "type": "TXT", "ttl": 300, "data": '"v=spf1 \\"x\\""'},
    ]
    found = query(path, "SELECT json_extract(answers, '$[0].data') FROM dns_queries WHERE rcode = 'NOERROR'")
    assert found == [("192.0.2.1",)]


@given(st.text(), st.text(max_size=20))
def test_answers_are_json_whatever_the_name(name: str, data: str) -> None:
    assert json.loads(encode_answers((answer(name, "TXT", data),))) == [
        {"name": name, "type": "TXT", "ttl": 300, "data": data}
    ]


def test_lists_are_json_arrays(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    flow = make_flow(1)
    asked = (1, 3, 6)
    messages = [
        DhcpExchange(T0, "02:00:00:00:00:01", "DISCOVER", None, None, None, None, None, asked, id=1),
        DhcpExchange(T0, None, "BOOTREQUEST", None, None, None, None, None, (), id=2),
    ]
    write(
        path,
        make_batch(
            flows=[flow],
            tls_handshakes=[make_handshake(1, flow), make_handshake(2, flow, alpn=())],
            certificates=[make_certificate("aa", sans=("a.example", "b.example"))],
            dhcp_messages=messages,
        ),
    )
    assert query(path, "SELECT alpn FROM tls_handshakes ORDER BY id") == [('["h2", "http/1.1"]',), ("[]",)]
    assert json.loads(query(path, "SELECT sans FROM certificates")[0][0]) == ["a.example", "b.example"]
    found = query(path, "SELECT parameter_request_list FROM dhcp_messages ORDER BY id")
    assert found == [("[1, 3, 6]",), (None,)]


def test_hostile_strings_come_back_as_they_were_sent(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    flow = make_flow(1)
    write(
        path,
        make_batch(
            flows=[flow],
            http_requests=[
                make_request(number, flow, uri=text, user_agent=text) for number, text in enumerate(HOSTILE, start=1)
            ],
        ),
    )
    assert query(path, "SELECT uri, user_agent FROM http_requests ORDER BY id") == [(text, text) for text in HOSTILE]


def test_what_sqlite_cannot_hold_is_replaced_and_the_rest_of_the_batch_stands(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    flow = make_flow(1)
    far_ns = 253_402_300_799 * 1_000_000_000
    write(
        path,
        make_batch(
            flows=[flow],
            http_requests=[
                make_request(1, flow),
                make_request(2, flow, uri="/\udcff\udcfe", response_bytes=1 << 80),
                make_request(3, flow),
            ],
            dns_queries=[make_query(1, rcode="NOERROR", answers=(answer("\ud800.example", "A", "192.0.2.1"),))],
            certificates=[make_certificate("aa", not_after_ns=far_ns)],
        ),
    )
    found = query(path, "SELECT uri, response_bytes FROM http_requests ORDER BY id")
    assert found == [("/", None), ("/\ufffd\ufffd", INT64_MAX), ("/", None)]
    assert json.loads(query(path, "SELECT answers FROM dns_queries")[0][0])[0]["name"] == "\ufffd.example"
    assert query(path, "SELECT not_after_ns FROM certificates") == [(INT64_MAX,)]


@given(st.tuples(st.text(st.characters()), st.integers(), st.none(), st.floats(allow_nan=False)))
def test_storable_changes_only_what_it_must(row: tuple[object, ...]) -> None:
    assert storable(row)[2:] == row[2:]
    assert storable(row)[0] == str(row[0]).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert storable(row)[1] == row[1] or abs(int(str(row[1]))) > INT64_MAX


def test_a_record_twice_in_a_batch_is_one_row_as_it_was_last() -> None:
    flow = make_flow(1, bytes_up=1)
    rows = batch_rows(make_batch(flows=[flow, flow], alerts=[make_alert(4)]), 9)
    assert len(rows["flows"]) == 1
    assert rows["flows"][1][-2] == 9
    assert set(rows) == {"flows", "alerts", "sessions"}


def test_merging_keeps_the_newer_row() -> None:
    flow = make_flow(1, bytes_up=1)
    older = batch_rows(make_batch(flows=[flow, make_flow(2)]), 1)
    flow.bytes_up = 50
    merge(older, batch_rows(make_batch(flows=[flow]), 1))
    assert set(older["flows"]) == {1, 2}
    assert 50 in older["flows"][1]


def test_an_address_that_came_again_is_lost_no_more() -> None:
    router = make_device(1, addresses={"192.168.1.1": (1, 1)})
    older = batch_rows(make_batch(lost_addresses=[(1, "192.168.1.1"), (1, "10.0.0.1")]), 1)
    merge(older, batch_rows(make_batch(devices=[router]), 1))
    assert list(older["lost_addresses"]) == [(1, "10.0.0.1")]


def test_a_flows_row_has_each_field_in_its_columns_place() -> None:
    flow = make_flow(7, bytes_up=1, bytes_down=2, packets_up=3, packets_down=4, rtt_us=5, retransmissions=6, asn=8)
    columns = next(upsert.columns for upsert in UPSERTS if upsert.table == "flows")
    row = batch_rows(make_batch(flows=[flow]), 9)["flows"][7]
    own = [name for name in columns if name != "session_id"]
    expected = {**{name: getattr(flow, name) for name in own}, "session_id": 9}
    assert dict(zip(columns, row, strict=False)) == expected


def test_a_flows_shape_is_json_any_program_reads() -> None:
    packed = pack("<32H2I", *range(32), 7, 1500)
    with_shape, without = make_flow(1, shape=packed), make_flow(2)
    rows = batch_rows(make_batch(flows=[with_shape, without]), 1)["flows"]
    assert json.loads(rows[1][-1]) == {
        "sizes_up": list(range(8)), "gaps_up": list(range(8, 16)), "sizes_down": list(range(16, 24)),
        "gaps_down": list(range(24, 32)), "busy_s": 7, "peak_bytes": 1500,
    }  # fmt: skip
    assert rows[2][-1] is None
