from __future__ import annotations

from datetime import datetime, timezone

import pytest

from netscope.export.moment import parse_moment
from netscope.model.errors import NetScopeError

NOW = 1_777_660_200_000_000_000
SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "ago_s"),
    [("now", 0), ("90s", 90), ("5m", 300), ("5min", 300), ("2h", 7_200), ("1.5d", 129_600), ("1w", 604_800)],
)
def test_so_long_ago(text: str, ago_s: int) -> None:
    assert parse_moment(text, NOW) == NOW - ago_s * SECOND


@pytest.mark.parametrize(
    ("text", "expected_ns"),
    [
        ("2026-05-01T18:30:00Z", 1_777_660_200 * SECOND),
        ("2026-05-01T18:30:00.250000+00:00", 1_777_660_200 * SECOND + 250_000_000),
        ("2026-05-01T20:30+02:00", 1_777_660_200 * SECOND),
        ("1777660200", 1_777_660_200 * SECOND),
        ("1777660200.000000007", 1_777_660_200 * SECOND + 7),
    ],
)
def test_a_moment(text: str, expected_ns: int) -> None:
    assert parse_moment(text, NOW) == expected_ns


def test_a_date_is_this_machines_midnight() -> None:
    expected = datetime(2026, 5, 1).astimezone(timezone.utc).timestamp()  # noqa: UP017
    assert parse_moment("2026-05-01", NOW) == int(expected) * SECOND


@pytest.mark.parametrize("text", ["", "yesterday", "5 parsecs", "2026-13-01", "-5m", "99999999999999999999d x"])
def test_what_is_no_time_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(NetScopeError, match="is no time; write it as 2h"):
        parse_moment(text, NOW)
