"""The filter language over a recording's rows: each is shown to it as the screens' row of that kind.

What only a live capture knows, as the rate of the last seconds, is here the mean of the row's whole life.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from netscope.export.rows import Recorded, Row
from netscope.model.errors import NetScopeError
from netscope.query import FilterError, RowKind, parse_filter

Test = Callable[[Row], bool]
Facts = dict[str, Any]

FLOW_COLUMNS: Final = (
    "device_id", "client_ip", "client_port", "server_ip", "server_port", "protocol", "app_protocol", "application",
    "server_name", "name_source", "name_missing_reason", "country", "asn", "as_org", "tracker", "vlan", "ja3", "ja4",
    "bytes_up", "bytes_down", "packets_up", "packets_down", "rtt_us", "retransmissions", "tcp_state", "end_reason",
    "tls_version", "first_seen_ns", "last_seen_ns",
)  # fmt: skip
"""Of its flow, what a message's filter may ask."""


class _Seen:
    """A row as the language sees it: facts as attributes. What the recording does not keep is unknown."""

    __slots__ = ("_facts",)

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def __getattr__(self, name: str) -> Any:
        return self._facts.get(name)


def filter_test(text: str, kind: str, recorded: Recorded, now_ns: int) -> Test | None:
    """A test of rows of ``kind``; None for a filter without terms. Raises NetScopeError that shows the place."""
    views = _VIEWS.get(kind)
    if views is None:
        raise NetScopeError(f"--filter has no fields for {kind}; it has for {', '.join(_VIEWS)}")
    row_kind, view = _suiting(text, views)
    found = parse_filter(text, row_kind)
    test = found.predicate(row_kind, now_ns) if found is not None else None
    if test is None:
        return None
    known = _Known(recorded)
    return lambda row: test(_Seen(view(known, row)))


View = Callable[["_Known", Row], Facts]


def _suiting(text: str, views: Mapping[RowKind, View]) -> tuple[RowKind, View]:
    """The first kind of row that has every field asked for: a message is both a name and part of a flow."""
    refused: FilterError | None = None
    for kind, view in views.items():
        try:
            parse_filter(text, kind)
        except FilterError as error:
            refused = error
        else:
            return kind, view
    assert refused is not None
    marker = " " * refused.start + "^" * max(1, refused.end - refused.start)
    raise NetScopeError(f"--filter: {refused}\n  {text}\n  {marker}") from refused


class _Known:
    """What of other tables the language asks: once, when the filter is made."""

    def __init__(self, recorded: Recorded) -> None:
        self.alerted = recorded.alerted_flows()
        self.addresses: dict[int, tuple[str, ...]] = {}
        for device_id, address in recorded.fetch("SELECT device_id, address FROM device_addresses"):
            self.addresses[device_id] = (*self.addresses.get(device_id, ()), address)
        self.hits = dict(recorded.fetch("SELECT device_id, count(*) FROM tracker_hits GROUP BY device_id"))
        alerts = "SELECT device_id, count(*) FROM alerts WHERE state = 'new' GROUP BY device_id"
        self.alerts = dict(recorded.fetch(alerts))


def _rate(total_bytes: int | None, row: Row) -> float:
    lasted_ns = (row["last_seen_ns"] or 0) - (row["first_seen_ns"] or 0)
    return 8e9 * (total_bytes or 0) / max(lasted_ns, 1_000_000_000)


def _flow(known: _Known, row: Row) -> Facts:
    flow_id = row.get("flow_id", row.get("id"))
    label = row.get("tls_version") or row["app_protocol"] or row["protocol"]
    return row | {
        "app_label": label or "",
        "alert": flow_id in known.alerted,
        "bytes_up": row["bytes_up"] or 0,
        "bytes_down": row["bytes_down"] or 0,
        "packets_up": row["packets_up"] or 0,
        "packets_down": row["packets_down"] or 0,
        "rate_up_bps": _rate(row["bytes_up"], row),
        "rate_down_bps": _rate(row["bytes_down"], row),
        "first_seen_ns": row["first_seen_ns"] or 0,
        "last_seen_ns": row["last_seen_ns"] or 0,
    }


def _device(known: _Known, row: Row) -> Facts:
    return row | {
        "name": row["label"] or row["name"] or row["mac"],
        "addresses": known.addresses.get(row["id"], ()),
        "rate_up_bps": _rate(row["bytes_sent"], row),
        "rate_down_bps": _rate(row["bytes_received"], row),
        "trackers": known.hits.get(row["id"], 0),
        "alerts": known.alerts.get(row["id"], 0),
        "flows_open": 0,
    }


def _tracker(known: _Known, row: Row) -> Facts:
    return row | {"hits": 1, "bytes": 0, **_moments(row["timestamp_ns"])}


def _alert(known: _Known, row: Row) -> Facts:
    return row


def _moments(timestamp_ns: int) -> Facts:
    return {"first_seen_ns": timestamp_ns, "last_seen_ns": timestamp_ns}


_NAME_OF: Final = {"dns": "query_name", "tls": "sni", "http": "host"}


def _message(kind: str) -> dict[RowKind, View]:
    """A question, handshake or request: as a name its device used, or as its flow with that name."""

    def name(known: _Known, row: Row) -> Facts:
        answers = [
            one["data"] for one in row.get("answers") or () if isinstance(one, dict) and one["type"] in ("A", "AAAA")
        ]
        ends = (row["client_ip"], row["server_ip"], *answers)
        return {
            **row,
            "name": row[_NAME_OF[kind]] or "",
            "sources": (_source(kind, row),),
            "addresses": tuple(address for address in ends if address is not None),
            "hits": 1,
            **_moments(row["timestamp_ns"]),
        }

    def flow(known: _Known, row: Row) -> Facts:
        return _flow(known, row) | {
            "server_name": row[_NAME_OF[kind]] or row["server_name"],
            **_moments(row["timestamp_ns"]),
        }

    return {"name": name, "flow": flow}


def _source(kind: str, row: Row) -> str:
    if kind == "dns":
        return row["transport"] if row["transport"] not in ("udp", "tcp") else "dns"
    if kind == "tls":
        return "quic" if row["transport"] == "quic" else "ech" if row["ech"] and row["sni"] is None else "sni"
    return kind


_VIEWS: Final[dict[str, Mapping[RowKind, View]]] = {
    "flows": {"flow": _flow},
    "devices": {"device": _device},
    "dns": _message("dns"),
    "tls": _message("tls"),
    "http": _message("http"),
    "trackers": {"tracker": _tracker},
    "alerts": {"alert": _alert},
}
FILTERED_KINDS: Final = tuple(_VIEWS)
