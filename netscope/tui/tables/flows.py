"""The table of flows."""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import Any, Final

from netscope.model.snapshot import FlowRow
from netscope.tui import figures
from netscope.tui.columns import Cell, Column, Drawing, keep_end
from netscope.tui.tables import Table, figure, history_cell, marks_cell, marks_order, term, text

IDLE_NS: Final = 30 * figures.SECOND_NS
"""An open flow without a packet for this long shows as idle."""

STATES: Final = {
    "S0": "no reply", "S1": "open", "SF": "closed", "REJ": "refused", "S2": "closing", "S3": "closing",
    "RSTO": "reset", "RSTR": "reset", "RSTOS0": "reset", "RSTRH": "reset", "SH": "half", "SHR": "half",
    "OTH": "open",
}  # fmt: skip
"""Zeek conn_state in a word."""

REASONS: Final = {
    "ech": "hidden by ECH: the name was sent encrypted",
    "started_before_capture": "the flow began before the capture, so its name was not seen",
    "address_only": "no name was seen for this address",
}
"""name_missing_reason in words."""


def rate_bps(row: FlowRow) -> float:
    return row.rate_up_bps + row.rate_down_bps


def total_bytes(row: FlowRow) -> int:
    return row.bytes_up + row.bytes_down


def activity(row: FlowRow) -> float:
    """One number to order by: the rate now, below any rate what moved in the last minute, then open flows before closed
    ones, each by what they moved in all.

    A number and not a tuple: fifty thousand of them are sorted every second.
    """
    rate = row.rate_up_bps + row.rate_down_bps
    if rate >= 1.0:
        return rate
    recent = sum(row.history_bytes)
    if recent:
        return recent * 1e-15
    return (row.bytes_up + row.bytes_down) * (1e-30 if row.end_reason is None else 1e-45)


def endpoint(address: str, port: int) -> str:
    if not port:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def remote(row: FlowRow, drawing: Drawing) -> str:
    """The server as this screen calls it: ``~`` guessed from DNS, ``?`` hidden by ECH."""
    if drawing.names:
        port = f":{row.server_port}" if row.server_port else ""
        if row.server_name:
            return f"{'~' if row.name_source == 'dns' else ''}{row.server_name}{port}"
        if local := drawing.local_names.get(row.server_ip):
            return f"{local}{port}"
        if row.name_missing_reason == "ech":
            return "?" + endpoint(row.server_ip, row.server_port)
    return endpoint(row.server_ip, row.server_port)


def state(row: FlowRow, now_ns: int) -> str:
    if row.end_reason is not None:
        return STATES.get(row.tcp_state or "", "closed") if row.tcp_state not in (None, "S1", "OTH") else "closed"
    if row.tcp_state in (None, "S1", "OTH"):
        return "idle" if now_ns - row.last_seen_ns > IDLE_NS else "open"
    return STATES.get(row.tcp_state or "", row.tcp_state or "open")


def flow_age_ns(row: FlowRow, now_ns: int) -> int:
    return (row.last_seen_ns if row.end_reason is not None else now_ns) - row.first_seen_ns


def _device_cell(row: FlowRow, drawing: Drawing, width: int) -> Cell:
    return Cell(row.device_name if drawing.names else row.client_ip, "dim" if row.end_reason else "")


def _remote_cell(row: FlowRow, drawing: Drawing, width: int) -> Cell:
    return Cell(keep_end(remote(row, drawing), width, drawing.glyphs.cut), "dim" if row.end_reason else "name")


def _app_cell(row: FlowRow, drawing: Drawing, width: int) -> Cell:
    """The application; of ``File sharing (SMB)`` what is in brackets where there is no room."""
    words = row.application or row.app_label
    if len(words) > width and words.endswith(")"):
        words = words.rpartition("(")[2].removesuffix(")")
    return Cell(words)


def _remote_order(row: FlowRow) -> str:
    return (row.server_name or row.server_ip).casefold()


def _remote_term(row: FlowRow) -> str | None:
    return term("name", lambda r: r.server_name)(row) or term("server", lambda r: r.server_ip)(row)


def _state_cell(row: FlowRow, drawing: Drawing, width: int) -> Cell:
    word = state(row, drawing.now_ns)
    return Cell(word, "" if word == "open" else "dim")


def _age_cell(row: FlowRow, drawing: Drawing, width: int) -> Cell:
    return Cell(figures.age(flow_age_ns(row, drawing.now_ns)), "")


def _tcp_only(get: Any) -> Any:
    return lambda row: get(row) if row.protocol == "tcp" else 0


COLUMNS: Final = (
    Column("rate", "rate", 0, 0, 0, figure(rate_bps, figures.rate), sort=activity, descending=True, shown="never",
           help="both ways, mean of 5 s"),
    Column("device", "Device", 13, 24, 0, _device_cell, weight=3, comfort=18,
           sort=lambda r: r.device_name.casefold(),
           term=term("dev", lambda r: r.device_name), copy=lambda r, d: r.device_name if d.names else r.client_ip,
           help="the device that is the client"),
    Column("client", "Client", 21, 26, 12, text(lambda r: endpoint(r.client_ip, r.client_port)), shown="spare",
           sort=lambda r: r.client_ip, term=term("client", lambda r: r.client_ip), help="address and port"),
    Column("remote", "Remote", 24, 60, 0, _remote_cell, weight=3, comfort=28, sort=_remote_order,
           term=_remote_term, copy=remote,
           help="host name and port; ~ guessed from DNS, ? hidden by ECH"),
    Column("cc", "CC", 2, 2, 6, text(lambda r: r.country), sort=lambda r: r.country or "~",
           term=term("cc", lambda r: r.country), weight=0, help="country of the server"),
    Column("app", "App", 8, 12, 0, _app_cell, sort=lambda r: r.app_label.casefold(),
           term=term("app", lambda r: r.app_label), help="protocol or application"),
    Column("down", "Down", 6, 8, 0, figure(lambda r: r.rate_down_bps, figures.rate), right=True,
           sort=lambda r: r.rate_down_bps, descending=True, weight=0, help="bits per second to the client"),
    Column("up", "Up", 6, 8, 1, figure(lambda r: r.rate_up_bps, figures.rate), right=True,
           sort=lambda r: r.rate_up_bps, descending=True, weight=0, help="bits per second from the client"),
    Column("total", "Total", 8, 9, 4, figure(total_bytes, figures.size), right=True, sort=total_bytes,
           descending=True, weight=0, help="bytes both ways"),
    Column("packets", "Packets", 7, 7, 14, figure(lambda r: r.packets_up + r.packets_down, figures.count), right=True,
           shown="spare", sort=lambda r: r.packets_up + r.packets_down, descending=True, help="both ways"),
    Column("rtt", "RTT", 7, 7, 3, figure(lambda r: r.rtt_us, figures.round_trip), right=True,
           sort=lambda r: -1 if r.rtt_us is None else r.rtt_us, descending=True, weight=0, help="handshake round trip"),
    Column("age", "Age", 5, 6, 2, _age_cell, right=True, sort=lambda r: -r.first_seen_ns, descending=False,
           weight=0, help="since the first packet"),
    Column("state", "State", 8, 9, 5, _state_cell, sort=lambda r: (r.end_reason is not None, r.tcp_state or ""),
           weight=0, help="of the connection"),
    Column("history", "Last minute", 8, 16, 7, history_cell, weight=2, short="Minute", drawn=True,
           copy=lambda r, d: " ".join(map(str, r.history_bytes)), help="bytes both ways"),
    Column("owner", "Tracker", 8, 14, 13, text(lambda r: r.tracker, "accent"), shown="spare",
           sort=lambda r: r.tracker or "~", term=term("owner", lambda r: r.tracker), help="owner of the tracker"),
    Column("mark", "Mk", 3, 4, 0, marks_cell("flow"), sort=marks_order("flow"), descending=True,
           term=lambda r: "mark:T" if r.tracker else "mark:!" if r.alert else None,
           help="! alert, T tracker, ? hidden, x closed, m marked by you"),
    Column("server", "Server", 15, 39, 11, text(lambda r: r.server_ip), shown="optional", sort=lambda r: r.server_ip,
           term=term("server", lambda r: r.server_ip), help="address"),
    Column("org", "Network", 12, 20, 10, text(lambda r: r.as_org), shown="optional", sort=lambda r: r.as_org or "~",
           term=term("org", lambda r: r.as_org), help="owner of the server's network"),
    Column("retrans", "Retr", 4, 5, 15, figure(_tcp_only(lambda r: r.retransmissions), figures.count), right=True,
           shown="optional", sort=_tcp_only(lambda r: r.retransmissions), descending=True, help="TCP packets resent"),
    Column("ja4", "JA4", 12, 36, 16, text(lambda r: r.ja4), shown="optional", sort=lambda r: r.ja4 or "~",
           term=term("ja4", lambda r: r.ja4), help="fingerprint of the TLS client"),
)  # fmt: skip

FLOWS: Final = Table(
    name="flows", title="Flows", kind="flow", columns=COLUMNS, order="rate", row_id=itemgetter(0),
    device_id=lambda r: r.device_id, empty="no flow yet", settled_order="total",
    groups=("device", "host", "domain", "owner", "country", "app"),
)  # fmt: skip

NAME_FLOWS: Final = replace(
    FLOWS,
    name="name-flows",
    columns=tuple(column for column in COLUMNS if column.key not in ("remote", "rtt")),
    empty="no flow to this name now",
    groups=(),
)
"""To one name, which stands above them."""

DEVICE_FLOWS: Final = Table(
    name="device-flows", title="Flows", kind="flow", columns=tuple(c for c in COLUMNS if c.key != "device"),
    order="rate", row_id=itemgetter(0), device_id=lambda r: r.device_id, empty="no flow of this device now",
    settled_order="total",
)  # fmt: skip
