"""What an alert says, as lines: What, Why, Usual, Check, Data; and what an allowed rule hides. Pure functions."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, Final

from rich.cells import cell_len

from netscope.model.allow import ANY, AllowedRow
from netscope.model.snapshot import AlertRow
from netscope.model.text import neutralise
from netscope.tui import figures
from netscope.tui.columns import pad
from netscope.tui.glyphs import Glyphs
from netscope.tui.tables.alerts import severity_style, title
from netscope.tui.widgets.paint import Piece

MEASURED: Final = ("observed", "threshold", "window_s", "because")
"""Evidence said in Why; the rest is Data."""

LABEL_CELLS = 8


def why(alert: AlertRow) -> str:
    """``6 calls … (rule: 5 calls …, within 60 min); the place has a name``."""
    evidence = alert.evidence
    observed = value_words(evidence.get("observed"))
    rule = value_words(evidence.get("threshold"))
    window = evidence.get("window_s")
    within = f", within {_duration(window)}" if isinstance(window, int | float) and window else ""
    measured = f"{observed}   (rule: {rule}{within})" if rule else observed
    because = value_words(evidence.get("because"))
    return "; ".join(words for words in (measured, because) if words)


def _label(key: str) -> str:
    """``gaps_s`` as ``gaps (s)``."""
    name, _, unit = key.rpartition("_")
    words = f"{name} ({unit})" if name and unit in ("s", "ms", "bytes", "bps") else key
    return neutralise(words.replace("_", " "), 40)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else figures.span_words(round(seconds))


def value_words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(_named(key, inner) for key, inner in list(value.items())[:8] if inner is not None)
    if isinstance(value, (list, tuple)):
        # Of very many a detector lists the first fifty: not all, then.
        more = f" … {len(value)} listed" if len(value) > 12 else ""
        return " ".join(value_words(part) for part in value[:12]) + more
    return neutralise(f"{value:g}" if isinstance(value, float) else str(value), 200)


def _named(key: str, value: Any) -> str:
    """``13 connections``, but ``score 0.98`` and ``port 443``."""
    words = neutralise(str(key).replace("_", " "), 40)
    is_count = isinstance(value, int) and not isinstance(value, bool) and key != "port"
    if value == 1 and is_count:
        words = figures.of_one(words)
    return f"{value} {words}" if is_count else f"{words} {value_words(value)}"


def explain(alert: AlertRow, now_ns: int, glyphs: Glyphs, done_key: str, width: int) -> list[list[Piece]]:
    """Title, What, Why, Usual, Check, Data; wrapped to ``width``."""
    severity = f"  {alert.severity}"
    # How bad it is must not be what is cut off.
    words = pad(title(alert), max(8, min(60, width - len(glyphs.title) - len(severity)))).rstrip()
    head: list[Piece] = [(glyphs.title, "title"), (words, "title"), (severity, severity_style(alert))]
    if alert.device_id is not None:
        head.append((f" {glyphs.dot} {neutralise(alert.device_name, 40)}", "accent"))
    room = max(20, width - LABEL_CELLS - 2)
    sections = (
        ("What", alert.what),
        ("Why", why(alert)),
        ("Usual", alert.usual),
        ("Check", alert.check),
    )
    lines = [head]
    for label, words in sections:
        wrapped = textwrap.wrap(neutralise(words, 600), room) or ["-"]
        for number, line in enumerate(wrapped):
            lines.append([(f" {label if number == 0 else '':<{LABEL_CELLS - 1}}", "dim"), (line, "")])
    lines += [
        [(f" {'Data' if number == 0 else '':<{LABEL_CELLS - 1}}", "dim"), *line]
        for number, line in enumerate(wrap_facts(_data(alert, now_ns), room))
    ]
    state = {"new": f"new: {done_key} marks it done", "acknowledged": "done"}.get(alert.state, alert.state)
    lines.append([(f" {'State':<{LABEL_CELLS - 1}}", "dim"), (state, "warn" if alert.state == "new" else "dim")])
    return lines


def _data(alert: AlertRow, now_ns: int) -> list[tuple[str, str]]:
    return [
        *[(_label(key), value_words(value)) for key, value in alert.evidence.items() if key not in MEASURED],
        ("first", figures.clock(alert.first_ns)),
        ("last", f"{figures.clock(alert.last_ns)} ({figures.ago(alert.last_ns, now_ns)})"),
    ]


def wrap_facts(facts: Sequence[tuple[str, str]], room: int) -> list[list[Piece]]:
    """(label, words) one after the other, labels dim, wrapped to ``room`` cells."""
    lines: list[list[Piece]] = [[]]
    used = 0
    for label, words in facts:
        gap = "   "
        for word, role in [*[(each, "dim") for each in label.split()], *[(each, "") for each in words.split()]]:
            for part in textwrap.wrap(word, room):
                if used and used + len(gap) + cell_len(part) > room:
                    lines.append([])
                    used = 0
                lines[-1].append(((gap if used else "") + part, role))
                used += (len(gap) if used else 0) + cell_len(part)
                gap = " "
    return lines


def explain_allowed(row: AllowedRow, glyphs: Glyphs) -> list[list[Piece]]:
    rule = row.rule
    ends = [neutralise(words, 80) for words in (rule.source, rule.destination) if words != ANY]
    what = "every rule" if rule.detector == ANY else neutralise(rule.detector.replace("_", " "), 40)
    where = f" {glyphs.right} ".join(ends) or "everywhere"
    from_ = "the configuration file: taken back there" if rule.origin == "config" else "you; enter takes it back"
    return [
        [(glyphs.title, "title"), (f"{what} is allowed", "title"), (f" {glyphs.dot} {where}", "accent")],
        [(" Hides   ", "dim"), (figures.counted(row.hidden, "alert"), "")],
        [(" Note    ", "dim"), (neutralise(rule.note or "-", 200), "")],
        [(" By      ", "dim"), (from_, "")],
    ]
