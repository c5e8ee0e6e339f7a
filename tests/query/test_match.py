"""What filters select, on the rows of the home network."""

from __future__ import annotations

import pytest

from netscope.query import EXAMPLES, FIELDS, FilterError, RowKind, field_lines, parse_filter, quote
from netscope.query.fields import WORDS
from tests.speed import least_s
from tests.tui.fake_reader import FakeReader

SNAPSHOT = FakeReader().snapshot()
NOW = SNAPSHOT.capture.now_ns
ROWS = {"flow": SNAPSHOT.flows, "device": SNAPSHOT.devices, "name": SNAPSHOT.names, "tracker": SNAPSHOT.trackers,
        "alert": SNAPSHOT.alerts}  # fmt: skip


def chosen(text: str, kind: RowKind = "flow") -> list[int | str]:
    query = parse_filter(text)
    assert query is not None
    return [getattr(row, "id", None) or row.name for row in query.select(kind, ROWS[kind], NOW)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("nflx", [1]),
        ("FACEBOOK", [3]),
        ("dev:tv port:443", [1, 8, 15]),
        ("dev:tv !amazon", [1, 15]),
        ("dev:anna|nas", [2, 3, 6]),
        ("ssh|port:445", [4, 6]),
        ("port:1-100", [4]),
        ("=22", [4]),
        ("dport=22", [4]),
        ("/^(icloud|sonos)/", [2, 16]),
        ("mark:T", [3, 8, 11, 15]),
        ("mark:!", [7]),
        ("mark:?", [9]),
        ("mark:x", [15]),
        ("mark:~", [1, 16, 17]),
        ("cc:DE", [7]),
        ("asn:AS32934", [3]),
        ("asn:32934", [3]),
        ("rate>1M", [1, 2]),
        ("age<10s dev:anna", [2]),
        ("age>1h", [12]),
        ("new:5s", [5, 8]),
        ("ip:157.240.0.0/16", [3]),
        ("ip!=192.168.0.0/16 dev:nas", []),
        ("app=ssh", [4]),
        ('dev="private 5e:11:09"', [12]),
        ("state:fin", [15]),
        ("proto=udp !(port:443|port:123)", [10]),
        ("rtt>90ms", [16]),
        ("cc!=us cc!=nl dev:desktop", []),
        ("cc!=us dev:nas", [6]),
        ("dev:tv and port:443 and not amazon", [1, 15]),
        ("ssh or port:445", [4, 6]),
        ("dev:anna cc:US or app:mqtt", [2, 3, 7]),
        ("bytes_up>20MB", []),
        ("bytes_down>40MB or sent>20MB", [4]),
        ("bytes>60MB", []),
        ("bytes>40MB", [4]),
    ],
)
def test_flows(text: str, ids: list[int]) -> None:
    assert chosen(text) == ids


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("mark:*", "device", [6, 12]),
        ("mark:gw", "device", [10]),
        ("mark:x", "device", [8]),
        ("vendor:apple kind:phone", "device", [2]),
        ("24:6f:28", "device", [6]),
        ("mark:NX", "name", ["xk3q9v.example-cdn.net"]),
        ("from:quic", "name", ["api.github.com", "www.youtube.com"]),
        ("owner:meta dev:desktop", "tracker", ["graph.facebook.com", "connect.facebook.net"]),
        ("sev:high", "alert", [1]),
        ("state:new", "alert", [1, 2]),
    ],
)
def test_other_rows(text: str, kind: RowKind, expected: list[int | str]) -> None:
    assert chosen(text, kind) == expected


def test_a_field_foreign_to_a_kind_leaves_its_rows_alone() -> None:
    query = parse_filter("port:443")
    assert query is not None
    assert query.predicate("device", NOW) is None
    both = parse_filter("port:443|dev:nas")
    assert both is not None
    assert [row.name for row in both.select("device", ROWS["device"], NOW)] == ["nas"]


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("rcode:NXDOMAIN", "flow", "rcode is a field of names, not of flows"),
        ("dev:tv or (severity:high)", "device", "severity is a field of alerts, not of devices"),
        ("!port:443", "tracker", "port is a field of flows, not of trackers"),
    ],
)
def test_a_field_foreign_to_the_kind_asked_for_is_an_error(text: str, kind: RowKind, words: str) -> None:
    assert parse_filter(text) is not None
    with pytest.raises(FilterError, match=words) as caught:
        parse_filter(text, kind)
    assert text[caught.value.start : caught.value.end] in words


def test_what_was_there_from_the_start_is_not_new() -> None:
    query = parse_filter("mark:*")
    assert query is not None
    test = query.predicate("device", NOW, since_ns=NOW - 200 * 10**9)
    assert test is not None
    assert [row.id for row in ROWS["device"] if test(row)] == [6]


def test_rows_marked_by_the_user() -> None:
    query = parse_filter("mark:m")
    assert query is not None
    assert [row.id for row in query.select("flow", ROWS["flow"], NOW, {("flow", 3)})] == [3]
    assert [row.name for row in query.select("name", ROWS["name"], NOW, {("name", "dns.google")})] == ["dns.google"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rat>1M", "did you mean rat"),
        ("zzzz:1", "not a field"),
        ("rate>fast", "needs a number"),
        ("age<soon", "needs a time"),
        ("asn:meta", "needs a number"),
        ("dev>3", "is text"),
        ("mark:Z", "no mark Z"),
        ("ip:1.2.3/99", "not a network"),
        ("/(/", "regular expression"),
        ("/(a+)+$/", "too long"),
        ("/(a|a)*b/", "too long"),
        ("/a*b*c*d*e/", "too long"),
    ],
)
def test_errors_explain(text: str, words: str) -> None:
    with pytest.raises(FilterError, match=words):
        parse_filter(text)


@pytest.mark.parametrize(
    "value", ["tv", "living room", 'a"b', "x|y", "(z)", "back\\slash", "[red]", "!=", "/slash/", "日本", "or", "Not"]
)
def test_quote_round_trips(value: str) -> None:
    row = ROWS["flow"][0]._replace(device_name=value)
    query = parse_filter(f"dev={quote(value)}")
    assert query is not None
    assert query.select("flow", [row, ROWS["flow"][1]], NOW) == [row]
    assert query.subject == value


def test_no_terms_is_no_filter() -> None:
    assert parse_filter("  ") is None


def test_every_example_of_the_guide_is_valid() -> None:
    for text, _ in EXAMPLES:
        assert parse_filter(text) is not None


def test_every_field_is_found_in_its_rows_and_in_the_guide() -> None:
    for field in FIELDS:
        for kind, get in field.getters.items():
            for row in ROWS[kind]:
                get(row)
    names = {name for line, _ in field_lines() for name in line.split()}
    assert {field.name for field in FIELDS} <= names
    for kind, get in WORDS.items():
        assert all(value is None or isinstance(value, str) for value in get(ROWS[kind][0]))


def test_fifty_thousand_rows_are_filtered_within_a_pull() -> None:
    rows = FakeReader(extra_flows=50_000).snapshot().flows
    query = parse_filter("host4999 !dns rate>10")
    assert query is not None
    assert len(query.select("flow", rows, NOW)) > 5
    assert least_s(lambda: query.select("flow", rows, NOW)) < 1.0


@pytest.mark.parametrize(
    ("text", "steady"),
    [
        ("tv port:443 or cc:US", True),
        ("!(rate>1M)", True),
        ("new:10m", False),
        ("tv or (port:443 !age<3s)", False),
        ("mark:m", False),
        ("idle>1m", False),
    ],
)
def test_whether_an_answer_lasts_as_long_as_its_row(text: str, steady: bool) -> None:
    query = parse_filter(text)
    assert query is not None
    assert query.is_steady is steady
