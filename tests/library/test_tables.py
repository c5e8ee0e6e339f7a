"""Rows of a recording for a program: iterated, chosen, followed, as tables of pandas, polars and pyarrow."""

from __future__ import annotations

import itertools
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from netscope.engine.store.writer import Recording as Writer
from netscope.export.rows import PAGE_ROWS
from netscope.library import Flow, NetScopeError, Recording, recording
from netscope.library.tables import nanoseconds
from tests.engine.store.samples import SECOND, T0, make_batch, make_flow, make_session
from tests.export.samples import HOSTILE, home

T0_UTC = datetime.fromtimestamp(T0 // SECOND, UTC)


@pytest.fixture
def kept(tmp_path: Path) -> Recording:
    return recording(home(tmp_path))


def test_rows_are_read_anew_each_time_they_are_iterated(kept: Recording) -> None:
    flows = kept.flows()
    assert [flow.id for flow in flows] == [1, 2, 3] == [flow.id for flow in flows]
    assert flows.count() == 3
    first = flows.first()
    assert isinstance(first, Flow)
    assert (first.server_name, first.device_name, first.vlan) == ("www.example.org", "Anna's TV", None)
    assert first.time == T0_UTC + timedelta(seconds=1)


def test_a_filter_chooses_and_names_what_it_does_not_know(kept: Recording) -> None:
    assert [flow.id for flow in kept.flows("cc:US")] == [1]
    assert [query.id for query in kept.dns("example.org")] == [1]
    assert kept.flows("cc:FR").first() is None
    with pytest.raises(NetScopeError, match="nosuch"):
        kept.flows("nosuch:1").first()


@pytest.mark.parametrize("since", [T0 + 2 * SECOND, T0_UTC + timedelta(seconds=2), "1970-01-02"])
def test_a_time_is_a_number_a_text_or_a_datetime(kept: Recording, since: int | str | datetime) -> None:
    assert kept.dns(since=since).count() in (1, 2)
    assert kept.dns(since=since, until=0).count() == 0


def test_times_keep_their_microseconds_and_their_zone() -> None:
    east = datetime(2026, 1, 1, 2, 0, 0, 123_457, timezone(timedelta(hours=2)))
    assert nanoseconds(east) == 1_767_225_600_123_457_000
    assert nanoseconds(None) is None
    with pytest.raises(NetScopeError, match="soonish"):
        nanoseconds("soonish")


def test_every_kind_can_be_iterated(kept: Recording) -> None:
    rows = {
        "devices": kept.devices(), "addresses": kept.addresses(), "evidence": kept.evidence(),
        "same_devices": kept.same_devices(),
        "tls": kept.tls(),
        "http": kept.http(), "dhcp": kept.dhcp(), "certificates": kept.certificates(), "trackers": kept.trackers(),
        "alerts": kept.alerts(), "traffic": kept.traffic(), "sessions": kept.sessions(), "counters": kept.counters(),
    }  # fmt: skip
    counts = {name: of.count() for name, of in rows.items()}
    assert all(counts.values()), counts
    alert = kept.alerts().first()
    assert alert is not None
    assert isinstance(alert.evidence, dict)
    handshake = kept.tls().first()
    assert handshake is not None
    assert isinstance(handshake.alpn, tuple)


def test_pandas_has_na_for_what_is_unknown_and_times_in_utc(kept: Recording) -> None:
    pandas = pytest.importorskip("pandas")
    flows = kept.flows().to_pandas()
    types = {name: str(of) for name, of in flows.dtypes.items()}
    assert types["first_seen_ns"] == "datetime64[ns, UTC]"
    assert (types["rtt_us"], types["server_name"]) == ("Int64", "string")
    assert flows["first_seen_ns"][0] == pandas.Timestamp(T0 + SECOND, tz="UTC")
    assert flows["rtt_us"][1] is pandas.NA
    assert str(kept.devices().to_pandas()["is_gateway"].dtype) == "boolean"
    assert kept.dns().to_pandas()["query_name"][1] == HOSTILE
    assert list(kept.flows("cc:FR").to_pandas().columns) == list(flows.columns)


def test_polars_has_lists_as_lists(kept: Recording) -> None:
    polars = pytest.importorskip("polars")
    queries = kept.dns().to_polars()
    assert queries["timestamp_ns"].dtype == polars.Datetime("ns", "UTC")
    assert queries["answers"][0].to_list()[1]["data"] == "198.51.100.7"
    assert queries["answers"][1] is None
    assert kept.alerts().to_polars()["evidence"].dtype == polars.String
    assert kept.flows("cc:FR").to_polars().shape == (0, len(Flow._fields))


def test_arrow_is_typed_as_parquet_is(kept: Recording) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = kept.flows().to_arrow()
    assert table.num_rows == 3
    assert table.schema.field("first_seen_ns").type == pyarrow.timestamp("ns", "UTC")


@pytest.mark.parametrize(("name", "call"), [("pandas", "to_pandas"), ("polars", "to_polars"), ("pyarrow", "to_arrow")])
def test_what_is_not_installed_is_named(name: str, call: str, kept: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(NetScopeError, match=f"(?s){name}.*pip install") as told:
        getattr(kept.flows(), call)()
    assert "\n" not in str(told.value)


def test_rows_may_be_read_in_several_threads_and_left_half_way(tmp_path: Path) -> None:
    path = tmp_path / "long.db"
    writer = Writer(path, T0, None, live=False)
    writer.write(make_batch(session=make_session(), flows=[make_flow(n) for n in range(1, PAGE_ROWS + 10)]))
    writer.close()
    kept = recording(path)
    assert [flow.id for flow in itertools.islice(kept.flows(), 3)] == [1, 2, 3]
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(kept.flows().count())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [PAGE_ROWS + 9] * 4


def test_an_iterator_may_be_handed_to_another_thread(kept: Recording) -> None:
    flows = iter(kept.flows())
    found = [next(flows).id]
    thread = threading.Thread(target=lambda: found.extend(flow.id for flow in flows))
    thread.start()
    thread.join()
    assert found == [1, 2, 3]


def test_following_gives_what_is_there_and_what_comes(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    writer = Writer(path, T0, None, live=True)
    writer.write(make_batch(session=make_session(), flows=[make_flow(1), make_flow(2, end_reason=None)]))
    following = recording(path).flows().follow(poll_s=0.01)
    assert next(following).id == 1
    writer.write(make_batch(session=make_session(), flows=[make_flow(2, end_reason="rst")]))
    assert next(following).end_reason == "rst"
    following.close()  # type: ignore[attr-defined]
    writer.close()
    with pytest.raises(NetScopeError, match="counters"):
        next(recording(path).counters().follow())
