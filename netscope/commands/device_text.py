"""Devices in words, for a terminal or a pipe: a line each, or one in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from netscope.model.privacy import PrivacySummary
from netscope.model.records import NOTE_CHARS
from netscope.model.snapshot import DeviceDetail, DeviceRow, Judgement
from netscope.model.text import neutralise
from netscope.tui.figures import counted, day_clock, share, size

SHOWN: Final = 12
"""Of each list of the privacy summary; ``--json`` has all."""
VALUE_CHARS: Final = 100
COLUMNS: Final[dict[str, int]] = {
    "NAME": 24, "MAC": 17, "ADDRESS": 39, "KIND": 12, "OS": 20, "VENDOR": 20, "LAST SEEN": 16, "SENT": 8, "RECEIVED": 8,
}  # fmt: skip
"""Headings, and how wide a column may become."""


def lines_of_all(rows: Iterable[DeviceRow]) -> Iterator[str]:
    """A heading and a line for each, the one seen last first."""
    table = [tuple(COLUMNS)]
    for row in sorted(rows, key=lambda row: -row.last_seen_ns):
        what = (row.kind or "-", row.os or "-", row.vendor or "-")
        moved = (day_clock(row.last_seen_ns), size(row.bytes_sent), size(row.bytes_received))
        cells = (row.name, row.mac, _address(row.addresses), *what, *moved)
        table.append(tuple(_text(cell, width) for cell, width in zip(cells, COLUMNS.values(), strict=True)))
    yield from _table(table, "")


def _address(addresses: Sequence[str]) -> str:
    """The one a person knows the device by, and how many others it has."""
    if not addresses:
        return "-"
    first = next((address for address in addresses if ":" not in address), addresses[0])
    return first + (f" +{len(addresses) - 1}" if len(addresses) > 1 else "")


def lines_of_one(detail: DeviceDetail, privacy: PrivacySummary) -> Iterator[str]:
    yield from _aligned(_identity(detail))
    if detail.same_devices:
        yield ""
        yield "May be the same machine as"
        for same in detail.same_devices:
            reasons = _text("; ".join(same.evidence), 200)
            yield f"  {same.mac}  {_text(same.name, 24)}  {same.confidence} %  {reasons}"
    if detail.evidence:
        yield ""
        yield "Heard"
        yield from _table(
            (source, attribute, _text(value), f"{number} times" if number > 1 else "once", f"last {day_clock(last_ns)}")
            for source, attribute, value, number, last_ns in sorted(detail.evidence)
        )
    yield ""
    yield from _privacy(privacy)


def _identity(detail: DeviceDetail) -> Iterator[tuple[str, str]]:
    row = detail.row
    flags = ", ".join(word for word, on in (("gateway", row.is_gateway), ("random address", row.randomized_mac)) if on)
    yield "device", row.mac + (f" ({flags})" if flags else "")
    source = "yours" if row.label else f"by {row.name_source}" if row.name_source else "none heard"
    yield "name", f"{_text(row.name)} ({source})"
    if detail.note:
        yield "note", _text(detail.note, NOTE_CHARS)
    yield "vendor", _text(row.vendor or "-")
    yield from _judgements(detail.judgements)
    yield "addresses", ", ".join(row.addresses) or "-"
    yield "seen", f"{day_clock(row.first_seen_ns)} to {day_clock(row.last_seen_ns)}"
    yield "traffic", f"{size(row.bytes_sent)} sent, {size(row.bytes_received)} received"
    if row.activities:
        yield "does", ", ".join(activity.replace("_", " ") for activity in row.activities)


def _judgements(judgements: Iterable[Judgement]) -> Iterator[tuple[str, str]]:
    held: set[str] = set()
    for attribute, value, confidence, source, reason in judgements:
        but = "not " if attribute in held else ""
        yield ("" if but else attribute), f"{but}{_text(value, 40)}, {confidence} %, by {source}: {reason}"
        held.add(attribute)


def _privacy(privacy: PrivacySummary) -> Iterator[str]:
    moved = privacy.bytes_sent + privacy.bytes_received
    yield f"Privacy, of {counted(privacy.flows, 'flow')} with {size(moved)}" + (
        "" if privacy.is_whole else ", the newest"
    )
    yield f"  trackers: {size(privacy.tracker_bytes)}, {share(privacy.tracker_bytes, moved)} of all bytes"
    yield from _table(
        (_text(owner.owner), " ".join(owner.categories), counted(owner.hits, "hit"),
         f"{size(owner.bytes_sent)} sent", f"{size(owner.bytes_received)} received")
        for owner in privacy.trackers[:SHOWN]
    )  # fmt: skip
    hidden = privacy.encrypted_dns_share
    yield "  resolvers: " + ("none asked" if hidden is None else f"{share(hidden, 1)} of the bytes encrypted")
    yield from _table(
        (_text(r.server), r.how, counted(r.flows, "flow"), size(r.bytes)) for r in privacy.resolvers[:SHOWN]
    )
    yield "  in clear text" + (":" if privacy.clear_text else ": nothing")
    yield from _table((c.protocol, counted(c.flows, "flow"), size(c.bytes)) for c in privacy.clear_text[:SHOWN])
    yield "  countries" + (":" if privacy.countries else ": none known")
    yield from _table(
        (c.country, counted(c.flows, "flow"), f"{size(c.bytes_sent)} sent", f"{size(c.bytes_received)} received")
        for c in privacy.countries[:SHOWN]
    )


def _aligned(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in pairs:
        yield f"{name:<11}{text}"


def _table(rows: Iterable[Sequence[str]], indent: str = "    ") -> Iterator[str]:
    found = list(rows)
    widths = [max(map(len, column)) for column in zip(*found, strict=True)]
    for row in found:
        yield indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _text(text: str, width: int = VALUE_CHARS) -> str:
    return neutralise(text, width)


def document_of_all(rows: Iterable[DeviceRow]) -> list[dict[str, Any]]:
    return [_row(row) for row in sorted(rows, key=lambda row: row.id)]


def document_of_one(detail: DeviceDetail, privacy: PrivacySummary) -> dict[str, Any]:
    """Text is what was on the wire: JSON's own escapes keep it harmless."""
    names = ("source", "attribute", "value", "count", "last_seen_ns")
    return {
        **_row(detail.row),
        "note": detail.note,
        "judgements": [judgement._asdict() for judgement in detail.judgements],
        "same_devices": [same._asdict() for same in detail.same_devices],
        "evidence": [dict(zip(names, item, strict=True)) for item in detail.evidence],
        "privacy": {
            "flows": privacy.flows,
            "bytes_sent": privacy.bytes_sent,
            "bytes_received": privacy.bytes_received,
            "is_whole": privacy.is_whole,
            "encrypted_dns_share": privacy.encrypted_dns_share,
            **{
                name: [item._asdict() for item in getattr(privacy, name)]
                for name in ("trackers", "resolvers", "clear_text", "countries")
            },
        },
    }


def _row(row: DeviceRow) -> dict[str, Any]:
    left_out = {"flows_open", "rate_up_bps", "rate_down_bps", "history_bytes"}
    return {name: value for name, value in row._asdict().items() if name not in left_out}
