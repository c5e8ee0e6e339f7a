"""Completions of the last term of a filter, on the rows of the home network."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from netscope.query import RowKind, complete, parse_filter
from tests.speed import least_s
from tests.tui.fake_reader import FakeReader

SNAPSHOT = FakeReader().snapshot()
ROWS: Mapping[RowKind, Collection[Any]] = {
    "flow": SNAPSHOT.flows, "device": SNAPSHOT.devices, "name": SNAPSHOT.names, "tracker": SNAPSHOT.trackers,
    "alert": SNAPSHOT.alerts,
}  # fmt: skip


def labels(text: str, rows: Mapping[RowKind, Collection[Any]] = ROWS) -> list[str]:
    return [completion.label for completion in complete(text, rows)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("dev", "device:"),
        ("tv ret", "retrans>"),
        ("tv|po", "port>"),
        ("(!cc", "cc:"),
        ("dev:tv and byt", "bytes>"),
        ("dev:ann", "anna-iphone"),
        ("dev:iphone", "anna-iphone"),
        ("dev=liv", "living-room-tv"),
        ("cc:d", "DE"),
        ("asn:AS32", "AS32934"),
        ("sev:h", "high"),
        ("mark:n", "NX"),
        ("rcode:NX", "NXDOMAIN"),
    ],
)
def test_the_likeliest_completion(text: str, first: str) -> None:
    found = complete(text, ROWS)
    assert found[0].label == first
    assert found[0].text.startswith(text[:3])
    assert found[0].text.endswith(first)


@pytest.mark.parametrize(
    "text", ["", "tv ", "zzz", "dev:anna-iphone", "rate>1", "port:4", "zzz:1", '"an', "/an", "a b)"]
)
def test_where_there_is_nothing_to_complete(text: str) -> None:
    assert labels(text) == []


def test_fields_and_values_come_from_the_kinds_shown_only() -> None:
    flows = {"flow": SNAPSHOT.flows}
    assert "rcode:" in labels("rc")
    assert labels("rc", flows) == []  # type: ignore[arg-type]
    assert labels("dev:ben") == ["ben-laptop"]
    assert labels("dev:ben", flows) == []  # type: ignore[arg-type]


def test_a_value_with_a_blank_is_quoted_and_can_be_completed_inside_quotes() -> None:
    for typed in ("dev:priv", 'dev:"private 5'):
        (found,) = complete(typed, ROWS)
        assert found.text == 'dev:"private 5e:11:09"'
        wanted = parse_filter(found.text)
        assert wanted is not None
        assert [row.id for row in wanted.select("device", SNAPSHOT.devices, SNAPSHOT.capture.now_ns)] == [9]


def test_the_most_frequent_value_comes_first() -> None:
    counts: dict[str, int] = {}
    for row in SNAPSHOT.flows:
        counts[row.device_name] = counts.get(row.device_name, 0) + 1
    best = max(counts, key=lambda name: counts[name])
    assert labels("dev:", {"flow": SNAPSHOT.flows})[0] == best


def test_completing_costs_the_same_however_many_rows_there_are() -> None:
    rows = FakeReader(extra_flows=50_000).snapshot().flows
    assert labels("name:host", {"flow": rows})
    assert least_s(lambda: labels("name:host", {"flow": rows})) < 0.5
