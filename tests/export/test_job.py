"""Whole exports: kinds, folders, what is refused, and following a recorder at work."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netscope.engine.store.opening import BUSY_TIMEOUT_S
from netscope.engine.store.writer import Recording
from netscope.export import job
from netscope.export.job import Following, Request, chosen_kinds, export
from netscope.export.kinds import KINDS
from netscope.export.rows import Span
from netscope.model.errors import NetScopeError
from tests.engine.store.samples import SECOND, T0, make_batch, make_flow, make_query, wait_until, write
from tests.export.samples import home


def test_all_kinds_go_into_a_folder(tmp_path: Path) -> None:
    rows = export(Request(home(tmp_path), ("all",), output=tmp_path / "out"))
    files = {path.name: len(path.read_text().splitlines()) for path in (tmp_path / "out").iterdir()}
    assert set(files) == {f"{kind.name}.jsonl" for kind in KINDS}
    assert sum(files.values()) == rows
    assert files["flows.jsonl"] == 3


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("zeek", {"conn.log", "dns.log", "ssl.log", "http.log", "dhcp.log", "x509.log", "notice.log"}),
        ("csv", {f"{kind.name}.csv" for kind in KINDS}),
    ],
)
def test_files_are_named_as_their_readers_look_for_them(tmp_path: Path, form: str, names: set[str]) -> None:
    export(Request(home(tmp_path), ("all",), form, tmp_path / "out"))
    assert {path.name for path in (tmp_path / "out").iterdir()} == names


def test_eve_of_all_kinds_is_one_file(tmp_path: Path) -> None:
    export(Request(home(tmp_path), ("all",), "eve", tmp_path / "eve.json"))
    events = [json.loads(line) for line in (tmp_path / "eve.json").read_text().splitlines()]
    assert {event["event_type"] for event in events} == {"flow", "dns", "tls", "http", "dhcp", "alert"}


def test_filter_and_span_choose_together(tmp_path: Path) -> None:
    out = tmp_path / "flows.jsonl"
    export(Request(home(tmp_path), ("flows",), output=out, filter="proto:tcp|udp", span=Span(T0 + 3 * SECOND)))
    (flow,) = map(json.loads, out.read_text().splitlines())
    assert flow["id"] == 2
    # What the filter asked of other tables is not written.
    assert "alert" not in flow


def test_what_a_filter_asks_of_the_flow_is_not_written(tmp_path: Path) -> None:
    path = home(tmp_path)
    plain, chosen = tmp_path / "plain.jsonl", tmp_path / "chosen.jsonl"
    export(Request(path, ("tls",), output=plain))
    export(Request(path, ("tls",), output=chosen, filter="dport:443"))
    assert chosen.read_text() == plain.read_text()


def test_nothing_is_overwritten_without_being_told_to(tmp_path: Path) -> None:
    path, out = home(tmp_path), tmp_path / "flows.jsonl"
    out.write_text("mine")
    with pytest.raises(NetScopeError, match="already there"):
        export(Request(path, ("flows",), output=out))
    assert out.read_text() == "mine"
    export(Request(path, ("flows",), output=out, overwrite=True))
    assert len(out.read_text().splitlines()) == 3


def test_an_interrupted_export_leaves_no_half_file(tmp_path: Path) -> None:
    def interrupt(kind: str, done: float, rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(Request(home(tmp_path), ("flows",), output=tmp_path / "flows.jsonl"), interrupt)
    assert sorted(path.name for path in tmp_path.iterdir() if "flows" in path.name) == []


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, float, int]] = []
    export(Request(home(tmp_path), ("flows", "dns"), output=tmp_path / "out"), lambda *now: told.append(now))
    assert told == [("flows", 1.0, 3), ("dns", 1.0, 5)]


@pytest.mark.parametrize(
    ("names", "form", "follows", "says"),
    [
        (("trackers",), "zeek", False, "zeek has no records of trackers"),
        (("traffic",), "eve", False, "eve has no records of traffic"),
        (("counters",), "jsonl", True, "export them without --follow"),
    ],
)
def test_kinds_a_format_lacks_are_refused(names: tuple[str, ...], form: str, follows: bool, says: str) -> None:
    with pytest.raises(NetScopeError, match=says):
        chosen_kinds(names, form, follows=follows)


def test_all_means_what_can_be_had() -> None:
    assert {kind.name for kind in chosen_kinds(("all",), "eve")} == {"flows", "dns", "tls", "http", "dhcp", "alerts"}
    assert "counters" not in {kind.name for kind in chosen_kinds(("all",), "jsonl", follows=True)}
    assert "certificates" not in {kind.name for kind in chosen_kinds(("all",), "jsonl", has_filter=True)}


def test_several_kinds_do_not_go_to_standard_output(tmp_path: Path) -> None:
    with pytest.raises(NetScopeError, match="name a folder"):
        export(Request(home(tmp_path), ("flows", "dns")))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NetScopeError, match="file"):
        export(Request(home(tmp_path), ("flows",), output=tmp_path / "file" / "flows.jsonl"))


@contextmanager
def followed(request: Request, monkeypatch: pytest.MonkeyPatch) -> Iterator[Following]:
    monkeypatch.setattr(job, "POLL_S", 0.02)
    following = Following(request)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            following.run()
        except BaseException as failure:  # noqa: BLE001
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield following
    finally:
        following.stop()
        thread.join(20)
    assert not thread.is_alive()
    assert failures == []


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_following_writes_rows_as_they_come_and_ends_when_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = Recording(tmp_path / "home.db", T0)
    recording.write(make_batch(flows=[make_flow(1)]))
    out = tmp_path / "flows.jsonl"
    with followed(Request(tmp_path / "home.db", ("flows",), output=out), monkeypatch) as following:
        wait_until(lambda: len(lines_of(out)) == 1)
        recording.write(make_batch(flows=[make_flow(2, end_reason=None), make_flow(3)]))
        wait_until(lambda: len(lines_of(out)) == 2)
        recording.write(make_batch(flows=[make_flow(2)]))
        wait_until(lambda: len(lines_of(out)) == 3)
    recording.close()
    assert [json.loads(line)["id"] for line in lines_of(out)] == [1, 3, 2]
    assert (following.written, following.waiting) == (3, 0)


def test_following_zeek_closes_its_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home(tmp_path)
    with followed(Request(path, ("all",), "zeek", tmp_path / "out"), monkeypatch):
        wait_until(lambda: len(lines_of(tmp_path / "out" / "notice.log")) > 8)
    for name in ("conn", "dns", "dhcp", "ssl"):
        written = lines_of(tmp_path / "out" / f"{name}.log")
        assert written[4] == f"#path\t{name}"
        assert written[-1].startswith("#close")
        assert len(written) > 9


def test_following_goes_on_in_a_recording_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = tmp_path / "home.db", tmp_path / "dns.jsonl"
    write(path, make_batch(dns_queries=[make_query(5, rcode="NOERROR", query_name="old.example")]))
    with followed(Request(path, ("dns",), output=out), monkeypatch):
        wait_until(lambda: len(lines_of(out)) == 1)
        path.rename(tmp_path / "aside.db")
        write(path, make_batch(dns_queries=[make_query(1, rcode="NOERROR", query_name="new.example")]))
        wait_until(lambda: len(lines_of(out)) == 2)
    assert [json.loads(line)["query_name"] for line in lines_of(out)] == ["old.example", "new.example"]


def test_parquet_cannot_be_followed(tmp_path: Path) -> None:
    with pytest.raises(NetScopeError, match="only once it is finished"):
        Following(Request(tmp_path / "home.db", ("flows",), "parquet"))


def test_under_load_no_flow_is_lost_or_told_twice_and_the_recorder_never_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = Recording(tmp_path / "home.db", T0, live=True)
    recording.write(make_batch())
    out = tmp_path / "flows.jsonl"
    slowest_s, number = 0.0, 0
    with followed(Request(tmp_path / "home.db", ("flows",), output=out), monkeypatch):
        for _ in range(60):
            flows = [make_flow(number + place, bytes_up=number + place, bytes_down=7) for place in range(1, 201)]
            late = [make_flow(number + 201, end_reason=None)]
            number += 201
            began_s = time.monotonic()
            recording.write(make_batch(flows=flows[::-1] + late))
            recording.write(make_batch(flows=[make_flow(number, bytes_up=number, bytes_down=7)]))
            slowest_s = max(slowest_s, time.monotonic() - began_s)
        wait_until(lambda: len(lines_of(out)) >= number)
    recording.close()
    told = [json.loads(line) for line in lines_of(out)]
    assert sorted(flow["id"] for flow in told) == list(range(1, number + 1))
    # A row is written whole or not at all.
    assert all((flow["bytes_up"], flow["bytes_down"]) == (flow["id"], 7) for flow in told)
    # Readers hold no lock a writer waits for: SQLite would wait, then fail, after seconds.
    assert slowest_s < BUSY_TIMEOUT_S
