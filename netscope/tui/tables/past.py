"""Small tables of what was before: answers of a name, countries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from netscope.model.history import AnswerRow, CountryTraffic
from netscope.tui import figures
from netscope.tui.columns import Cell, Column, Drawing, fit_items
from netscope.tui.glyphs import bar
from netscope.tui.tables import Table, figure, text


class Answer(NamedTuple):
    """One answer, with the name of who asked."""

    time_ns: int
    query_type: str
    rcode: str
    addresses: tuple[str, ...]
    response_time_us: int | None
    server_ip: str
    device: str


def answers(found: Sequence[AnswerRow], names: Mapping[int, str]) -> list[Answer]:
    return [Answer(*row[:6], names.get(row.device_id or 0, "-")) for row in found]


def _answer_cell(row: Answer, drawing: Drawing, width: int) -> Cell:
    if row.rcode != "NOERROR":
        return Cell(row.rcode, "warn")
    if not row.addresses:
        return Cell("no address", "dim")
    return Cell(fit_items(row.addresses, width), "name")


def _took_cell(row: Answer, drawing: Drawing, width: int) -> Cell:
    return Cell(figures.round_trip(row.response_time_us), "dim")


ANSWERS: Final = Table(
    name="answers", title="Answers over time", kind=None, order="time", row_id=lambda r: r, order_words="newest",
    empty="no answer was seen",
    columns=(
        Column("time", "Seen", 5, 5, 0, lambda r, d, w: Cell(figures.seen(r.time_ns, d.now_ns), "dim"),
               sort=lambda r: r.time_ns, descending=True, help="when it came"),
        Column("type", "Type", 5, 5, 0, text(lambda r: r.query_type), help="A, AAAA, HTTPS"),
        Column("answer", "Answer", 15, 60, 0, _answer_cell, weight=4, comfort=30,
               copy=lambda r, d: ", ".join(r.addresses),
               term=lambda r: f"ip={r.addresses[0]}" if r.addresses else None, help="addresses, or the error"),
        Column("device", "Asked by", 12, 20, 2, text(lambda r: r.device), weight=1, help="the device that asked"),
        Column("server", "Resolver", 13, 20, 3, text(lambda r: r.server_ip, "dim"), help="who answered"),
        Column("took", "Took", 6, 7, 1, _took_cell, right=True, help="from question to answer"),
    ),
)  # fmt: skip


class CountryRow(NamedTuple):
    country: str | None
    bytes: int
    flows: int
    devices: int
    names: int
    share: float
    """Of the largest."""
    percent: float
    """Of all."""


def countries(found: Sequence[CountryTraffic]) -> list[CountryRow]:
    whole = sum(each.bytes for each in found) or 1
    most = max((each.bytes for each in found), default=0) or 1
    return [CountryRow(*each, each.bytes / most, each.bytes / whole) for each in found]


def _country_cell(row: CountryRow, drawing: Drawing, width: int) -> Cell:
    return Cell(row.country or "none known", "name" if row.country else "dim")


COUNTRIES: Final = Table(
    name="countries", title="World", kind=None, order="bytes", row_id=lambda r: r.country or "", order_words="bytes",
    empty="nothing has left the house yet",
    columns=(
        Column("country", "Country", 10, 10, 0, _country_cell, sort=lambda r: r.country or "~",
               term=lambda r: f"cc={r.country}" if r.country else None, help="ISO code"),
        Column("bar", "Share", 6, 30, 1, lambda r, d, w: Cell(bar(r.share, w, d.glyphs), "chart"), weight=4,
               drawn=True, help="beside the largest"),
        Column("percent", "", 4, 5, 0, lambda r, d, w: Cell(figures.share(r.percent, 1.0)), right=True,
               help="of all bytes"),
        Column("bytes", "Bytes", 7, 8, 0, figure(lambda r: r.bytes, figures.size), right=True,
               sort=lambda r: r.bytes, descending=True, help="both ways, last 24 hours"),
        Column("devices", "Dev", 4, 4, 2, figure(lambda r: r.devices, figures.count), right=True,
               sort=lambda r: r.devices, descending=True, help="devices that talked to it"),
        Column("names", "Hosts", 5, 5, 3, figure(lambda r: r.names, figures.count), right=True,
               sort=lambda r: r.names, descending=True, help="different hosts there"),
    ),
)  # fmt: skip
