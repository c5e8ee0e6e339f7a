"""HTTP/1.x streams: framing, pairing, tunnels, loss; whole or in pieces the same; real captures against tshark."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netscope.engine.correlate.http_session import MAX_HELD_BYTES, MAX_LOST_CHUNKS, MAX_PENDING, REDETECT, HttpSession
from netscope.engine.correlate.session import DONE
from netscope.engine.parse.http import MAX_HEAD_BYTES
from netscope.model.flow import DOWN, UP
from netscope.model.records import HttpRequest
from netscope.model.service import ClearCredential
from tests.engine.correlate.session_replay import StreamReplay
from tests.engine.parse.capture_streams import events
from tests.engine.parse.plaintext_samples import CLIENT_HELLO_START, chunked, request, response
from tests.speed import least_s


def play(*pieces: tuple[int, bytes]) -> StreamReplay:
    replay = StreamReplay(HttpSession)
    for direction, data in pieces:
        replay.feed(direction, data)
    replay.close()
    return replay


def summary(replay: StreamReplay) -> list[tuple]:
    return [(r.method, r.uri, r.host, r.status, r.request_bytes, r.response_bytes) for r in replay.of(HttpRequest)]


def test_one_request_and_its_response() -> None:
    asked = request("GET", "/a", User_Agent="Test/1", Authorization="Basic dTpw")
    answered = response(200, b"hello", Server="nginx", Content_Type="text/plain")
    replay = StreamReplay(HttpSession)
    replay.feed(UP, asked, 5)
    (record,) = replay.records[-1:]
    assert isinstance(record, HttpRequest)
    assert (record.timestamp_ns, record.status) == (5, None)
    replay.feed(DOWN, answered, 9)
    assert replay.records[-1] is record
    assert (record.method, record.host, record.uri, record.user_agent) == ("GET", "example.com", "/a", "Test/1")
    assert (record.status, record.server, record.content_type) == (200, "nginx", "text/plain")
    assert (record.request_bytes, record.response_bytes) == (len(asked), len(answered))
    assert record.authorization_scheme == "Basic"
    assert replay.of(ClearCredential)[0].field == "authorization_basic"
    flow = replay.flow
    assert (flow.app_protocol, flow.app_protocol_source) == ("http", "content")
    assert (flow.server_name, flow.name_source, flow.user_agent) == ("example.com", "http", "Test/1")


def test_a_body_is_left_out_unseen() -> None:
    replay = StreamReplay(HttpSession)
    replay.feed(UP, request())
    head = response(200, bytes(100_000))[:-100_000]
    assert replay.session.feed(DOWN, head + bytes(1000), 0) == 99_000
    assert replay.session.feed(DOWN, response(404), 0) == 0
    replay.feed(UP, request(target="/2"))
    replay.feed(DOWN, response(200))
    assert [r.status for r in replay.of(HttpRequest)] == [200, 200]


def test_chunked_bodies_are_left_out_chunk_by_chunk() -> None:
    body = chunked(b"a" * 5000, b"b" * 70_000, trailer=b"X-Sum: 1\r\n")
    whole = response(200, None, Transfer_Encoding="chunked") + body
    replay = StreamReplay(HttpSession)
    replay.feed(UP, request())
    for start in range(0, len(whole), 1460):
        replay.feed(DOWN, whole[start : start + 1460])
    assert replay.received < 8 * 1460
    (record,) = replay.of(HttpRequest)
    assert record.response_bytes == len(whole)
    replay.feed(UP, request(target="/2"))
    replay.feed(DOWN, response(204, None))
    assert summary(replay)[1][3] == 204


def test_pipelined_requests_are_answered_in_order() -> None:
    replay = play(
        (UP, request(target="/1") + request("HEAD", "/2") + request("POST", "/3", body=b"x=1") + request(target="/4")),
        (DOWN, response(200, b"one") + b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"),
        (DOWN, response(304, None) + response(404, b"four")),
    )
    assert [(r[1], r[3]) for r in summary(replay)] == [("/1", 200), ("/2", 200), ("/3", 304), ("/4", 404)]


def test_interim_responses_do_not_answer() -> None:
    replay = play(
        (UP, request("PUT", "/", body=b"x" * 10, Expect="100-continue")),
        (DOWN, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + response(201)),
    )
    assert summary(replay)[0][3] == 201


def test_a_response_without_length_ends_its_direction() -> None:
    replay = play((UP, request()), (DOWN, response(200, None) + b"HTTP/1.1 500 in the body\r\n\r\n"), (DOWN, b"more"))
    assert summary(replay) == [("GET", "/", "example.com", 200, len(request()), None)]
    assert replay.open == [True, False]


def test_a_head_response_whose_request_was_not_seen_has_no_body() -> None:
    replay = play(
        (DOWN, b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + response(304, None)),
        (UP, request()),
        (DOWN, response(404)),
    )
    assert summary(replay)[0][3] == 404


def test_connect_hands_over_to_what_is_inside() -> None:
    replay = play(
        (UP, request("CONNECT", "a.example:443", Host="proxy.example")), (DOWN, response(200, None) + b"\x16\x03")
    )
    assert replay.code == REDETECT
    assert replay.session.leftover(DOWN) == b"\x16\x03"
    assert replay.session.leftover(UP) == b""
    assert summary(replay)[0][:4] == ("CONNECT", "a.example:443", "proxy.example", 200)


def test_client_bytes_behind_connect_wait_for_the_answer() -> None:
    replay = play(
        (UP, request("CONNECT", "a.example:443")),
        (DOWN, b"HTTP/1.1 200"),
        (UP, CLIENT_HELLO_START),
        (DOWN, b" established\r\n\r\n"),
    )
    assert replay.code == REDETECT
    assert replay.session.leftover(UP) == CLIENT_HELLO_START


def test_a_refused_connect_goes_on_as_http() -> None:
    replay = play(
        (UP, request("CONNECT", "a.example:443") + request(target="/next")),
        (DOWN, response(407, b"denied")),
        (UP, request(target="/third")),
        (DOWN, response(200) + response(404)),
    )
    assert [(r[1], r[3]) for r in summary(replay)] == [("a.example:443", 407), ("/next", 200), ("/third", 404)]


def test_a_tunnel_of_which_only_the_client_is_captured() -> None:
    replay = play((UP, request("CONNECT", "a.example:443")), (UP, CLIENT_HELLO_START))
    assert replay.code == REDETECT
    assert replay.session.leftover(UP) == CLIENT_HELLO_START


def test_a_tunnel_never_answered_is_bounded() -> None:
    replay = play((UP, request("CONNECT", "a.example:443")), (DOWN, b"HTTP/1."), *[(UP, b"\x17" * 4096)] * 20)
    assert replay.code == REDETECT
    assert len(replay.session.leftover(UP)) <= MAX_HELD_BYTES + 4096


@pytest.mark.parametrize(
    ("upgrade", "protocol", "code"),
    [("websocket", "websocket", DONE), ("h2c", "http2", DONE), ("TLS/1.0, HTTP/1.1", "http", REDETECT)],
)
def test_upgrades(upgrade: str, protocol: str, code: int) -> None:
    replay = play((UP, request(Upgrade=upgrade)), (DOWN, response(101, None, Upgrade=upgrade) + b"\x81\x05hello"))
    assert (replay.code, replay.flow.app_protocol) == (code, protocol)
    assert summary(replay)[0][3] == 101


def test_proxy_requests_name_the_target() -> None:
    raw = b"GET http://bob:pw1@news.example:8080/x HTTP/1.0\r\n\r\n"
    replay = play((UP, raw))
    (record,) = replay.of(HttpRequest)
    assert (record.host, record.uri) == ("news.example:8080", "http://news.example:8080/x")
    assert replay.flow.server_name == "news.example"
    assert replay.of(ClearCredential)[0].field == "uri_userinfo"
    assert "pw1" not in repr(replay.records)


def test_an_address_is_not_a_name() -> None:
    replay = play((UP, request(Host="192.0.2.7:81")))
    assert (replay.flow.server_name, replay.flow.name_missing_reason) == (None, "address_only")
    assert replay.of(HttpRequest)[0].host == "192.0.2.7:81"


def test_the_first_request_names_the_flow_and_beats_dns() -> None:
    replay = StreamReplay(HttpSession, server_name="from.dns", name_source="dns")
    replay.feed(UP, request(Host="first.example") + request(Host="second.example"))
    assert (replay.flow.server_name, replay.flow.name_source) == ("first.example", "http")


def test_a_credential_is_told_once_a_flow() -> None:
    login = request(target="/login?user=a&password=b", Authorization="Bearer x.y.z")
    replay = play((UP, login + login))
    assert [c.field for c in replay.of(ClearCredential)] == ["query:password", "authorization_bearer"]
    assert [r.uri for r in replay.of(HttpRequest)] == ["/login?user=a&password=***"] * 2


def post(kind: str, body: bytes) -> bytes:
    return request("POST", "/login", body=body, Content_Type=kind)


@pytest.mark.parametrize(
    ("kind", "body", "fields"),
    [
        ("application/x-www-form-urlencoded", b"user=anna&password=hunter2&x=1", ["form:password"]),
        ("application/x-www-form-urlencoded; charset=utf-8", b"a=1&userPass=x&new_pwd=y", ["form:new_pwd"]),
        ("application/x-www-form-urlencoded", b"pass=x", ["form:pass"]),
        ("application/json", b'{"user":"anna", "password" : "hunter2"}', ["form:password"]),
        ("multipart/form-data; boundary=x", b'--x\r\nA: form-data; name="passwd"\r\n\r\nhunter2', ["form:passwd"]),
        ("application/x-www-form-urlencoded", b"password=&passage=north&compass=1", []),
        ("application/json", b'{"password": "", "passages": ["x"]}', []),
        ("text/plain", b"password=hunter2", []),
    ],
)  # fmt: skip
def test_a_password_in_a_form_is_told_by_its_field_alone(kind: str, body: bytes, fields: list[str]) -> None:
    whole = post(kind, body)
    head = whole.index(b"\r\n\r\n") + 4
    for pieces in ([whole], [whole[:head], whole[head:]]):
        replay = play(*((UP, piece) for piece in pieces), (DOWN, response(200, b"ok")))
        assert [told.field for told in replay.of(ClearCredential)] == fields
        assert "hunter2" not in repr([vars_of(record) for record in replay.records])


def vars_of(record: object) -> dict[str, object]:
    return {name: getattr(record, name, None) for name in getattr(record, "__slots__", ())}


@pytest.mark.parametrize("chunks", [False, True])
def test_an_answer_that_begins_as_a_program_is_told_whatever_its_type(chunks: bool) -> None:
    program = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00" + bytes(90)
    answer = response(200, program)
    if chunks:
        answer = response(200, None, Transfer_Encoding="chunked") + chunked(program)
    for body in ([answer], [answer[: answer.index(b"\r\n\r\n") + 4], answer[answer.index(b"\r\n\r\n") + 4 :]]):
        replay = play((UP, request("GET", "/a.png")), *((DOWN, piece) for piece in body))
        (found,) = {record.uri: record for record in replay.of(HttpRequest)}.values()
        assert found.program == "windows"
    replay = play((UP, request("GET", "/a.png")), (DOWN, response(200, b"\x89PNG\r\n\x1a\n" + bytes(90))))
    assert [record.program for record in replay.of(HttpRequest)][-1] is None


def test_joined_midway() -> None:
    replay = play((DOWN, b"\x00\x01body body"), (DOWN, b"more body"), (UP, request()), (DOWN, response(200, b"ok")))
    assert summary(replay)[0][3] == 200


def test_joined_midway_with_roles_swapped() -> None:
    replay = play((UP, response(200)), (DOWN, request()), (UP, response(404, b"no")))
    assert [r[3] for r in summary(replay)] == [404]


def test_after_a_keep_alive_byte() -> None:
    replay = play((UP, b"\x00"), (UP, request()), (DOWN, response()))
    assert [r[3] for r in summary(replay)] == [200]


def test_one_direction_only() -> None:
    assert [r[3] for r in summary(play((UP, request() * 3)))] == [None] * 3
    assert summary(play((DOWN, response() * 3))) == []


def test_after_a_gap_reading_goes_on_at_the_next_start() -> None:
    replay = StreamReplay(HttpSession)
    replay.feed(UP, request(target="/1"))
    replay.feed(DOWN, response(200, None, Transfer_Encoding="chunked") + b"5\r\nhe")
    replay.gap(DOWN, 3000)
    replay.feed(DOWN, b"lo\r\n0\r\n\r\n")
    replay.feed(UP, request(target="/2"))
    replay.feed(DOWN, response(404, b"x"))
    assert [(r[1], r[3]) for r in summary(replay)] == [("/1", 200), ("/2", 404)]


def test_a_gap_within_a_skipped_body_changes_nothing() -> None:
    replay = StreamReplay(HttpSession)
    replay.feed(UP, request() * 2)
    replay.feed(DOWN, response(200, bytes(5000))[:500])
    replay.gap(DOWN, 3000)
    replay.feed(DOWN, (response(200, bytes(5000)) + response(404))[3500:])
    assert [r[3] for r in summary(replay)] == [200, 404]


def test_lost_responses_do_not_shift_the_pairing() -> None:
    replay = StreamReplay(HttpSession)
    replay.feed(UP, request(target="/1"))
    replay.gap(DOWN, 500)
    replay.feed(UP, request(target="/2"))
    replay.feed(DOWN, response(404))
    assert [(r[1], r[3]) for r in summary(replay)] == [("/1", None), ("/2", 404)]


def test_a_head_cut_by_the_end_still_gives_its_request() -> None:
    cut = b"GET /cut HTTP/1.1\r\nHost: a.example\r\nUser-Agent: Mozi"
    replay = play((UP, cut))
    (record,) = replay.of(HttpRequest)
    assert (record.uri, record.host, record.user_agent) == ("/cut", "a.example", None)
    assert replay.counted == ["truncated_http_head"]
    assert summary(play((UP, b"GET /images/box.gif HTT")))[0][1] == "/images/box.gif"
    assert summary(play((UP, b"GET /images/bo"))) == []


def test_bounds() -> None:
    long_head = play((UP, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000))
    assert "http_head_too_long" in long_head.counted
    assert sum(len(side.buffer) for side in long_head.session._sides) == 0
    many = play((UP, request() * (MAX_PENDING * 3)), (DOWN, response(404)))
    assert summary(many)[-1][3] == 404
    assert len(many.session._pending) <= MAX_PENDING
    lost = StreamReplay(HttpSession)
    for _ in range(MAX_LOST_CHUNKS + 2):
        lost.feed(DOWN, b"\x01" * 10)
    assert not lost.open[DOWN]


def test_malformed_chunks_are_counted_and_survived() -> None:
    replay = play(
        (UP, request() * 2),
        (DOWN, response(200, None, Transfer_Encoding="chunked") + b"xyz\r\nabc"),
        (DOWN, response(404)),
    )
    assert replay.counted == ["malformed_http_chunk"]
    assert [r[3] for r in summary(replay)] == [200, 404]


BODIES = st.binary(max_size=300)
EXCHANGES = st.lists(
    st.tuples(
        st.sampled_from(["GET", "POST", "HEAD", "PUT"]),
        BODIES,
        st.sampled_from(["length", "chunked", "none"]),
        st.lists(st.binary(min_size=1, max_size=200), max_size=4),
    ),
    min_size=1,
    max_size=5,
)


def _conversation(exchanges: list[tuple]) -> tuple[bytes, bytes]:
    up, down = b"", b""
    for number, (method, body, framing, chunks) in enumerate(exchanges):
        up += request(method, f"/{number}", body=body if method in ("POST", "PUT") else b"")
        if method == "HEAD" or framing == "none":
            down += response(204 if method != "HEAD" else 200, None)
        elif framing == "chunked":
            down += response(200, None, Transfer_Encoding="chunked") + chunked(*chunks)
        else:
            down += response(200, body)
    return up, down


@given(EXCHANGES, st.lists(st.integers(1, 400), min_size=1, max_size=12))
def test_whole_or_in_pieces_the_same(exchanges: list[tuple], sizes: list[int]) -> None:
    up, down = _conversation(exchanges)
    whole = summary(play((UP, up), (DOWN, down)))
    assert len(whole) == len(exchanges)
    assert all(status in (200, 204) for *_, status, _, _ in whole)
    pieces = []
    for direction, data in ((UP, up), (DOWN, down)):
        position = index = 0
        while position < len(data):
            size = sizes[index % len(sizes)]
            pieces.append((direction, data[position : position + size]))
            position, index = position + size, index + 1
    assert summary(play(*pieces)) == whole


@given(st.lists(st.tuples(st.sampled_from([UP, DOWN]), st.binary(max_size=80), st.booleans()), max_size=20), EXCHANGES)
@settings(max_examples=200)
def test_no_bytes_raise(noise: list[tuple], exchanges: list[tuple]) -> None:
    up, down = _conversation(exchanges)
    replay = StreamReplay(HttpSession)
    for index, (direction, data, lost) in enumerate(noise):
        source = up if direction == UP else down
        replay.feed(direction, source[index * 7 : index * 23] + data)
        if lost:
            replay.gap(direction, 17)
    replay.close()
    for side in replay.session._sides:
        assert len(side.buffer) <= MAX_HEAD_BYTES + 1


def test_a_head_sent_byte_by_byte_takes_linear_time() -> None:
    head = b"GET / HTTP/1.1\r\nX: " + b"y" * 60_000 + b"\r\n\r\n"

    def feed() -> None:
        replay = StreamReplay(HttpSession)
        for position in range(len(head)):
            replay.feed(UP, head[position : position + 1])
        assert len(replay.of(HttpRequest)) == 1

    assert least_s(feed, times=2) < 3


@pytest.fixture(scope="module")
def agreement(captures_dir: Path, truth_dir: Path) -> dict[str, tuple[Counter, Counter]]:
    """Capture -> what tshark read and what the session read: (method, uri, host) of each request."""
    table = {}
    for path in sorted((truth_dir / "tshark").glob("*.json")):
        rows = [
            row for row in json.loads(path.read_text()).get("http", []) if row["kind"] == "http" and row["l4"] == "tcp"
        ]
        if rows:
            theirs = Counter((row["method"], row["uri"], row["host"] or None) for row in rows if row.get("method"))
            table[path.stem] = theirs, _requests(captures_dir / path.stem)
    return table


def _requests(path: Path) -> Counter:
    flows: dict[tuple, StreamReplay] = {}
    found: Counter = Counter()
    for event in events(path):
        if event.key[0] != "tcp":
            continue
        if event.kind == "end":
            replay = flows.pop(event.key, None)
            if replay is not None:
                replay.close()
                found.update((r.method, r.uri, r.host) for r in replay.of(HttpRequest))
            continue
        replay = flows.setdefault(event.key, StreamReplay(HttpSession))
        if event.kind == "data":
            replay.feed(event.direction, event.data, event.timestamp_ns)
        else:
            replay.gap(event.direction, event.missing_bytes, event.timestamp_ns)
    return found


def test_requests_of_real_captures_agree_with_tshark(agreement: dict[str, tuple[Counter, Counter]]) -> None:
    total = sum(theirs.total() for theirs, _ in agreement.values())
    missed = {name: dict(theirs - ours) for name, (theirs, ours) in agreement.items() if theirs - ours}
    assert total > 1_800
    assert sum(sum(rows.values()) for rows in missed.values()) <= 0.005 * total, missed


def test_hardly_anything_is_taken_for_a_request_that_is_none(agreement: dict[str, tuple[Counter, Counter]]) -> None:
    extra = sum((ours - theirs).total() for theirs, ours in agreement.values())
    assert extra <= 5
