"""What the header, tabs and hints say: pure functions from the view to parts of a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.cells import cell_len

from netscope.model.snapshot import CaptureState, PulsePoint, Snapshot
from netscope.model.text import neutralise
from netscope.tui import figures
from netscope.tui.columns import pad
from netscope.tui.commands import BY_ID, HINTS, Command
from netscope.tui.glyphs import Glyphs
from netscope.tui.keys import hint_sign
from netscope.tui.view import View
from netscope.tui.widgets.status import Part

WIDE = 120
"""From this width on there is room for words."""
TALL = 36
"""From this height on there is room for charts."""

TABS = (
    ("home", "Home", ""), ("flows", "Flows", "flows"), ("devices", "Devices", "devices"), ("names", "Names", "names"),
    ("trackers", "Trackers", "trackers"), ("alerts", "Alerts", "alerts"), ("past", "Past", ""),
)  # fmt: skip


def rates(pulse: Sequence[PulsePoint]) -> tuple[float, float]:
    """(down, up) of the network in bits per second, mean of the last 5 s."""
    points = pulse[-5:]
    if not points:
        return 0.0, 0.0
    return (sum(p.bytes_down for p in points) * 8 / len(points), sum(p.bytes_up for p in points) * 8 / len(points))


def header(view: View, crumbs: Sequence[str], width: int, replay: str | None) -> tuple[list[Part], list[Part]]:
    glyphs = view.glyphs
    left = [Part(" netscope  ", "title")]
    live = view.live
    if live is None:
        return [*left, Part("starting", "dim")], []
    capture = live.capture
    left += _source(capture, glyphs, replay, crumbs, width)
    right = _state(view, capture, width, replay)
    if crumbs:
        *path, place = crumbs
        words = " › ".join(part for part in path if part) + (f"  {place}" if place and width >= WIDE else "")
        room = width - sum(cell_len(part.text) for part in (*left, *right)) - 4
        left.append(Part("  " + pad(glyphs.plain(words), max(8, room), cut=glyphs.cut).rstrip(), "name"))
    elif width >= WIDE:
        room = width - sum(cell_len(part.text) for part in (*left, *right)) - 6
        left.append(Part(glyphs.plain(f"     {_totals(live, room)}"), "dim"))
    if width < WIDE and not crumbs and not replay:
        left.append(Part(_rates(live, glyphs, width - sum(cell_len(part.text) for part in (*left, *right)))))
    return left, right


def _rates(snapshot: Snapshot, glyphs: Glyphs, room: int) -> str:
    """Down and up, down alone or nothing, as fits with a gap on both sides."""
    down, up = map(figures.rate_unit, rates(snapshot.pulse))
    words = f"   {glyphs.down} {down}  {glyphs.up} {up}"
    for shown in (words, words[1:], f"  {glyphs.down} {down}"):
        if cell_len(shown) + 2 <= room:
            return shown
    return ""


def _source(capture: CaptureState, glyphs: Glyphs, replay: str | None, crumbs: Sequence[str], width: int) -> list[Part]:
    stopped = capture.error is not None or (capture.finished and capture.kind in ("live",))
    sign = "!" if capture.error else glyphs.live
    role = "warn" if stopped else "dim" if capture.finished or replay else "good"
    name = capture.source.rpartition("/")[2] if capture.kind in ("file", "recording") else capture.source
    parts = [Part(f"{sign} ", role), Part(neutralise(name, 24 if width < WIDE else 40), "name")]
    if not crumbs and capture.networks:
        parts.append(Part("  " + capture.networks[0]))
        if width >= WIDE and capture.gateway:
            parts.append(Part(f"  gw {capture.gateway}", "dim"))
    return parts


def _totals(snapshot: Snapshot, room: int) -> str:
    """As many as fit into ``room`` cells."""
    new = sum(1 for alert in snapshot.alerts if alert.state == "new")
    counts = ((len(snapshot.devices), "device"), (len(snapshot.flows), "flow"), (len(snapshot.names), "name"),
              (len({t.name for t in snapshot.trackers}), "tracker"), (new, "alert"))  # fmt: skip
    words = ""
    for number, noun in counts:
        longer = f"{words}{' · ' if words else ''}{figures.counted(number, noun)}"
        if len(longer) > room:
            break
        words = longer
    return words


def _state(view: View, capture: CaptureState, width: int, replay: str | None) -> list[Part]:
    parts: list[Part] = []
    if view.paused:
        parts.append(Part(f"PAUSED +{view.arrived}", "warn", "pause"))
    if capture.error:
        parts.append(Part("STOPPED", "warn"))
    lost = capture.dropped + capture.dropped_interface
    if lost:
        parts.append(Part(f"drops {_drop_share(lost, capture.packets)}", "warn"))
    elif width >= WIDE:
        parts.append(Part("drops 0.0 %", "dim"))
    if capture.progress is not None and not capture.finished:
        parts.append(Part(f"{capture.progress * 100:.0f} %", "accent"))
    if not replay or capture.recording:
        parts.append(_recording(capture, width))
    parts.append(Part(replay, "accent") if replay else Part(_time(capture, width)))
    spaced: list[Part] = []
    for part in parts:
        spaced += [Part("  "), part]
    return [*spaced[1:], Part(" ")]


def _drop_share(lost: int, seen: int) -> str:
    percent = 100 * lost / max(1, lost + seen)
    return f"{percent:.1f} %" if percent >= 0.1 else "<0.1 %"


def _recording(capture: CaptureState, width: int) -> Part:
    if not capture.recording:
        return Part("rec off", "dim", "record")
    name = neutralise(capture.recording.rpartition("/")[2], 24)
    if width >= WIDE:
        return Part(f"rec {name} {figures.size(capture.recording_bytes)}", "accent", "record")
    return Part(f"rec {figures.size(capture.recording_bytes)}", "accent", "record")


def _time(capture: CaptureState, width: int) -> str:
    if capture.kind != "live":
        return figures.day_clock(capture.now_ns) if width >= WIDE else figures.clock(capture.now_ns)
    if width >= WIDE:
        return figures.clock(capture.now_ns)
    return figures.elapsed(capture.now_ns - capture.started_ns)


def tabs(view: View, mode: str, width: int, keymap: Mapping[str, str]) -> tuple[list[Part], list[Part]]:
    shown = view.shown
    counts = {
        "flows": len(shown.flows), "devices": len(shown.devices), "names": len(shown.names),
        "trackers": len({row.name for row in shown.trackers}),
        "alerts": sum(1 for row in shown.alerts if row.state == "new"),
    } if shown else {}  # fmt: skip
    gap = "   " if width >= WIDE else " "
    parts = [Part(" ")]
    for name, title, counted in TABS:
        amount = counts.get(counted, 0)
        key = hint_sign(BY_ID[f"screen.{name}"], keymap)
        words = f"{key} {title}".lstrip() + (f" {figures.count(amount)}" if amount else "")
        role = "tab" if name == mode else "warn" if name == "alerts" and amount else "dim"
        parts += [Part(words, role, f"screen.{name}"), Part(gap)]
    palette, help_ = (hint_sign(BY_ID[name], keymap) for name in ("palette", "help"))
    right = [Part(f"{palette} commands   ", "dim", "palette"), Part(f"{help_} help ", "dim", "help")]
    return parts[:-1], right if width >= WIDE else []


def hints(
    context: str, applies: Callable[[Command], bool], width: int, keymap: Mapping[str, str], glyphs: Glyphs
) -> tuple[list[Part], list[Part]]:
    detail = context not in ("home", "flows", "devices", "names", "trackers", "alerts", "past")
    last = [
        _hint(BY_ID["help"], keymap, glyphs),
        Part("  "),
        _hint(BY_ID["back" if detail else "quit"], keymap, glyphs),
        Part(" "),
    ]
    room = width - sum(cell_len(part.text) for part in last) - 1
    left: list[Part] = [Part(" ")]
    shown = 0
    for command_id in HINTS[context]:
        command = BY_ID[command_id]
        if not applies(command) or not hint_sign(command, keymap):
            continue
        part = _hint(command, keymap, glyphs)
        if shown == 6 or sum(cell_len(p.text) for p in left) + cell_len(part.text) > room:
            break
        left += [part, Part("  ")]
        shown += 1
    return left, last


def saying(text: str, severity: str, last: list[Part], width: int) -> tuple[list[Part], list[Part]]:
    """A notice in the place of the hints, so that it covers no row; a long one also in that of ``last``."""
    room = width - sum(cell_len(part.text) for part in last) - 2
    if cell_len(text) > room:
        room, last = width - 2, []
    return [Part(" " + pad(text, room), "accent" if severity == "information" else "warn")], last


def _hint(command: Command, keymap: Mapping[str, str], glyphs: Glyphs) -> Part:
    return Part(f"{glyphs.plain(hint_sign(command, keymap))} {command.label}".lstrip(), "key", command.id)


def too_small(view: View, width: int, height: int) -> list[str]:
    lines = [f"NetScope needs 80x24; this terminal is {width}x{height}"]
    if view.live is not None:
        down, up = rates(view.live.pulse)
        glyphs = view.glyphs
        lines += [
            "",
            f"{view.live.capture.source}  {glyphs.down} {figures.rate_unit(down)}  {glyphs.up} {figures.rate_unit(up)}",
            f"{figures.counted(len(view.live.devices), 'device')}  {figures.counted(len(view.live.flows), 'flow')}",
            figures.counted(sum(1 for a in view.live.alerts if a.state == "new"), "new alert"),
        ]
    return [*lines, "", "q quits"]
