"""The user's own rules: from the configuration to a detector, and over what a recording holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from netscope.config.schema import Config
from netscope.engine.analyze.judge import Panel
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.user_rules import Rule, UserRules
from netscope.engine.outbox import display_name
from netscope.engine.rates import NO_HISTORY
from netscope.engine.store import names, reading, views
from netscope.engine.store.faults import from_sqlite
from netscope.engine.store.views import FlowRows, Moment, Wording
from netscope.engine.views import app_label, flow_row
from netscope.model.flow import Flow
from netscope.model.records import DnsQuery, HttpRequest, TlsHandshake, TrackerHit
from netscope.model.snapshot import FlowRow, NameRow, TrackerRow

TLS_SOURCES: Final = {"tcp": "sni", "dtls": "sni"}


def compiled(config: Config) -> tuple[Rule, ...]:
    """Raises ValueError for a rule that a configuration read from a file cannot hold."""
    return tuple(rule.compiled() for rule in config.rule)


def with_rules(panel: Panel, rules: Sequence[Rule]) -> Panel:
    """The detectors and, where there are any, the rules."""
    if not rules:
        return panel
    return replace(panel, detectors=(*panel.detectors, UserRules(rules, panel.neighbours, row_of(panel.neighbours))))


def row_of(neighbours: Neighbours) -> Callable[[Any], Any]:
    """What is judged as the screens' row, its times counted back from when it was last seen: that is now."""

    def name(device_id: int | None, otherwise: str) -> str:
        device = neighbours.by_id.get(device_id) if device_id is not None else None
        return display_name(device) if device is not None else otherwise

    def row(seen: Any) -> Any:
        if isinstance(seen, Flow):
            return as_of_its_end(flow_row(seen, name(seen.device_id, seen.client_ip), (0, 0, NO_HISTORY), alert=False))
        if isinstance(seen, TrackerHit):
            return TrackerRow(
                seen.name, seen.rule, seen.owner, seen.category, seen.list, seen.device_id, name(seen.device_id, "-"),
                1, seen.flow.bytes_up + seen.flow.bytes_down if seen.flow is not None else 0, 0, 0,
            )  # fmt: skip
        return _name_row(seen, name)

    return row


def as_of_its_end(row: FlowRow) -> FlowRow:
    return row._replace(first_seen_ns=row.first_seen_ns - row.last_seen_ns, last_seen_ns=0)


def _name_row(seen: DnsQuery | TlsHandshake | HttpRequest, name: Callable[[int | None, str], str]) -> NameRow:
    if isinstance(seen, DnsQuery):
        addresses = tuple(answer.data for answer in seen.answers if answer.type in ("A", "AAAA"))
        source = "dns" if seen.transport in ("udp", "tcp") else seen.transport
        device_id, device = seen.device_id, name(seen.device_id, seen.client_ip)
        return _a_name(seen.query_name, source, device_id, device, rcode=seen.rcode, addresses=addresses)
    flow = seen.flow
    device = name(flow.device_id, flow.client_ip)
    if isinstance(seen, TlsHandshake):
        source = TLS_SOURCES.get(seen.transport, seen.transport)
        return _a_name(seen.sni or "", source, flow.device_id, device, addresses=(flow.server_ip,))
    return _a_name(flow.server_name or seen.host or "", "http", flow.device_id, device, addresses=(flow.server_ip,))


def _a_name(
    name: str, source: str, device_id: int | None, device: str, *, addresses: tuple[str, ...], rcode: str | None = None
) -> NameRow:
    return NameRow(name, (source,), device_id, device, 1, 0, 0, rcode, addresses, None, None)


def fitting(path: Path, rules: Sequence[Rule]) -> Iterator[tuple[Rule, Any]]:
    """What each rule would have told of a recording, oldest first. Raises StoreFault.

    Every flow that is kept, and the newest 20,000 names and tracker hits of each kind.
    """
    connection = reading.open_to_read(path)
    try:
        moment = Moment(views.newest_ns(connection), is_end=True)
        devices = views.read_devices(connection, moment, Wording(device_name=display_name, flow_label=app_label))
        build = FlowRows(devices, set(), moment, Wording(flow_label=app_label)).build
        yield from _each(rules, "flow", (as_of_its_end(build(row)) for row in _flows(connection)))
        trackers = names.read_trackers(connection, devices, moment)
        yield from _each(rules, "tracker", trackers)
        yield from _each(rules, "name", names.read_names(connection, devices, trackers, moment))
    except sqlite3.Error as error:
        raise from_sqlite(error, path) from error
    finally:
        connection.close()


def _flows(connection: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    yield from connection.execute(f"SELECT {views.FLOW_COLUMNS} FROM flows ORDER BY last_seen_ns")  # noqa: S608


def _each(rules: Sequence[Rule], kind: str, rows: Iterator[Any] | Sequence[Any]) -> Iterator[tuple[Rule, Any]]:
    chosen = [rule for rule in rules if rule.kind == kind]
    if chosen:
        for row in rows:
            for rule in chosen:
                if rule.fits(row):
                    yield rule, row
