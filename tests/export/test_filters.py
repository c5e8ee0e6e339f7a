"""The filter language over rows of a recording."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netscope.export.filters import FILTERED_KINDS, FLOW_COLUMNS, filter_test
from netscope.export.kinds import BY_NAME
from netscope.export.rows import Recorded, Span, Table
from netscope.model.errors import NetScopeError
from tests.engine.store.samples import MINUTE, T0
from tests.export.samples import home


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorded]:
    with Recorded(home(tmp_path)) as recorded:
        yield recorded


def fitting(recorded: Recorded, kind: str, text: str) -> list[int]:
    test = filter_test(text, kind, recorded, T0 + MINUTE)
    rows = [row for _, page in Table(recorded, BY_NAME[kind], FLOW_COLUMNS).pages(Span()) for row in page]
    return [row["rowid"] for row in rows if test is None or test(row)]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("flows", "dev:anna port:443", [1]),
        ("flows", "proto:icmp | cc:US", [1, 3]),
        ("flows", "bytes>10k", [1]),
        ("flows", "ip:2001:db8::/32", [3]),
        ("flows", "mark:!", [1]),
        ("flows", "state:open", [3]),
        ("flows", "", [1, 2, 3]),
        ("flows", "example", [1]),
        ("devices", "kind:tv vendor:acme", [1]),
        ("devices", "ip:192.168.1.10 mark:!", [1]),
        ("devices", "kind:phone", []),
        ("dns", "rcode:NOERROR", [1]),
        ("dns", "ip:198.51.100.7", [1]),
        ("dns", "dport:53 name:example", [1]),
        ("dns", "!rcode:NOERROR", [2]),
        ("tls", "dev:anna", [1]),
        ("tls", "name:www.example dport:443", [1]),
        ("tls", "country:DE", []),
        ("http", "example.org:8080", [2]),
        ("trackers", "owner:ads category:advertising", [1]),
        ("alerts", "severity:high detector:port_scan", [1, 2]),
        ("alerts", "severity:low", []),
    ],
)
def test_rows_that_fit(recorded: Recorded, kind: str, text: str, expected: list[int]) -> None:
    assert fitting(recorded, kind, text) == expected


def test_a_bad_filter_is_shown_with_its_place(recorded: Recorded) -> None:
    with pytest.raises(NetScopeError) as refused:
        filter_test("dev:tv port:x", "flows", recorded, T0)
    assert str(refused.value).splitlines()[1:] == ["  dev:tv port:x", "         ^^^^^^"]


@pytest.mark.parametrize(("kind", "text"), [("flows", "rcode:NXDOMAIN"), ("alerts", "port:1"), ("devices", "sni:x")])
def test_a_field_rows_of_the_kind_lack_is_refused(recorded: Recorded, kind: str, text: str) -> None:
    with pytest.raises(NetScopeError, match="is a field of"):
        filter_test(text, kind, recorded, T0)


def test_a_kind_without_fields_is_told(recorded: Recorded) -> None:
    with pytest.raises(NetScopeError, match="no fields for certificates; it has for flows"):
        filter_test("x", "certificates", recorded, T0)
    assert "flows" in FILTERED_KINDS
