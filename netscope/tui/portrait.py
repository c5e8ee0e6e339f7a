"""A device in words: what it is and why we think so, what it gives away. Pure functions to (label, value) pairs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from netscope.model.privacy import PrivacySummary
from netscope.model.records import NOTE_CHARS
from netscope.model.snapshot import DeviceDetail, DeviceRow, Judgement
from netscope.model.text import neutralise
from netscope.query.fields import GONE_NS
from netscope.tui import figures
from netscope.tui.columns import fit_items
from netscope.tui.glyphs import Glyphs
from netscope.tui.tables.devices import vendor

Pairs = list[tuple[str, str]]

SURE: Final = 30
"""Below so many percent another opinion is not worth a line."""


def heading_words(row: DeviceRow, name_key: str) -> str:
    """Beside the name: maker, kind and model, or how to name it."""
    if not (row.label or row.name_source):
        return f"(no name yet: press {name_key} to name it)"
    return " · ".join(part for part in (vendor(row), row.kind, row.model) if part)


def identity(detail: DeviceDetail) -> Pairs:
    """What it is; opinions that contradict each other get lines of their own."""
    row = detail.row
    source = {"user": "given by you", None: "not learned yet"}.get(row.name_source, f"from {row.name_source}")
    pairs = [
        ("IP", ", ".join(row.addresses) or "none seen"),
        ("MAC", f"{row.mac}  {'random address' if row.randomized_mac else row.vendor or 'vendor unknown'}"),
        ("Kind", kind(row, detail.judgements)),
        *[("but", _opinion(judgement)) for judgement in others(row, detail.judgements)],
        ("Name", f"{row.name}  {'given by you' if row.label else source}"),
    ]
    for same in detail.same_devices[:1]:
        why = ", ".join(same.evidence)
        pairs.append(("Same?", f"{same.name} {same.mac}  {same.confidence} %  {why}"))
    return pairs


def short_identity(row: DeviceRow) -> Pairs:
    """What its row says, without asking for more."""
    made_by = "random address" if row.randomized_mac else row.vendor or "vendor unknown"
    return [
        ("IP", ", ".join(row.addresses) or "none seen"),
        ("MAC", f"{row.mac}  {made_by}"),
        ("Kind", kind(row, ())),
    ]


def note(detail: DeviceDetail, cells: int, lines: int) -> Pairs:
    """What the user wrote, in as many lines of ``cells`` as it takes; cut after ``lines``."""
    words = textwrap.wrap(neutralise(detail.note or "", NOTE_CHARS), max(20, cells), max_lines=lines, placeholder=" …")
    return [("Note" if number == 0 else "", line) for number, line in enumerate(words)]


def kind(row: DeviceRow, judgements: Sequence[Judgement]) -> str:
    """``phone 75 %  iOS 75 %  by dhcp: …``."""
    held = {judgement.attribute: judgement for judgement in judgements if _is_held(row, judgement)}
    words = []
    for attribute, value in (("kind", row.kind), ("os", row.os), ("model", row.model)):
        if value:
            sure = held.get(attribute)
            words.append(f"{value} {sure.confidence} %" if sure else value)
    if not words:
        return "not known yet"
    because = held.get("kind") or next(iter(held.values()), None)
    return "  ".join(words) + (f"  by {because.source}: {because.reason}" if because else "")


def _is_held(row: DeviceRow, judgement: Judgement) -> bool:
    return bool(getattr(row, judgement.attribute, None) == judgement.value)


def others(row: DeviceRow, judgements: Sequence[Judgement]) -> list[Judgement]:
    """Opinions that differ from what is held, the surest first."""
    found = [each for each in judgements if not _is_held(row, each) and each.confidence >= SURE]
    return sorted(found, key=lambda each: -each.confidence)[:2]


def _opinion(judgement: Judgement) -> str:
    return f"{judgement.value} {judgement.confidence} %  by {judgement.source}: {judgement.reason}"


def activity(row: DeviceRow, now_ns: int) -> Pairs:
    pairs = [
        ("Seen", f"{figures.seen(row.first_seen_ns, now_ns)} to {figures.ago(row.last_seen_ns, now_ns)}"),
        ("Traffic", f"↓ {figures.size(row.bytes_received)}  ↑ {figures.size(row.bytes_sent)}"),
        ("Flows", f"{row.flows_open} open   T {row.trackers}   ! {row.alerts}"),
    ]
    if row.activities:
        pairs.append(("Doing", ", ".join(each.replace("_", " ") for each in row.activities)))
    elif now_ns - row.last_seen_ns > GONE_NS:
        pairs.append(("Doing", "nothing: silent"))
    return pairs


def privacy(summary: PrivacySummary | None, width: int, glyphs: Glyphs) -> Pairs:
    """What it gave away, each line as much as fits."""
    if summary is None:
        return [("", "being summed up …")]
    cells = max(12, width)
    trackers = [
        f"{owner.owner} {figures.counted(owner.hits, 'hit')} {figures.size(owner.bytes_sent)} {glyphs.up}"
        for owner in summary.trackers
    ]
    resolvers = [f"{resolver.server} {resolver.how}" for resolver in summary.resolvers]
    hidden = summary.encrypted_dns_share
    share = "" if hidden is None else f"{figures.share(hidden, 1.0)} hidden   "
    clear = [f"{each.protocol} {figures.size(each.bytes)}" for each in summary.clear_text]
    countries = [f"{each.country} {figures.size(each.bytes_sent + each.bytes_received)}" for each in summary.countries]
    return [
        ("Trackers", fit_items(trackers, cells) or "told none"),
        ("DNS", share + fit_items(resolvers, cells - len(share)) if resolvers else "asked nobody"),
        ("Clear", fit_items(clear, cells) or "nothing readable on the way"),
        ("To", fit_items(countries, cells) or "no country known"),
    ]
