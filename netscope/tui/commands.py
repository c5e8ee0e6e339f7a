"""The one table of commands. Key bindings, palette, help, footer hints and the manual are all read from it.

A command's id is what users name in their key map; its action is a function of ``netscope.tui.actions`` that takes the
screen it was called on (``dispatch``). Data only: the configuration is checked against it where no screen is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

LISTS: Final = frozenset({"home", "flows", "devices", "names", "trackers", "alerts", "past"})
DETAILS: Final = frozenset({"device", "flow", "name", "owner", "alert"})
ALL: Final = LISTS | DETAILS
ROWS: Final = ALL - {"past"}


@dataclass(frozen=True, slots=True)
class Command:
    id: str
    keys: tuple[str, ...]
    """As the terminal toolkit names them, the one to show first."""
    label: str
    """For the footer: one or two words."""
    help: str
    group: str
    action: str
    """Module and function below ``netscope.tui.actions``."""
    contexts: frozenset[str] = ALL
    when: str = ""
    """The same of a function that says whether it does something now; else it is hidden. Empty: always."""


GROUPS: Final = ("Move", "Open", "Find", "Order", "Live", "Take", "View", "Device", "Alert", "Past", "Help", "Leave")

COMMANDS: Final[tuple[Command, ...]] = (
    Command("row.up", ("up", "k"), "up", "previous row", "Move", "move.up"),
    Command("row.down", ("down", "j"), "select", "next row", "Move", "move.down"),
    Command("page.up", ("pageup", "ctrl+b"), "page up", "a page up", "Move", "move.page_up"),
    Command("page.down", ("pagedown", "ctrl+f"), "page down", "a page down", "Move", "move.page_down"),
    Command("row.first", ("g", "home"), "first", "first row", "Move", "move.first"),
    Command("row.last", ("G", "end"), "last", "last row", "Move", "move.last"),
    Command("column.left", ("left", "h"), "column", "column to the left", "Move", "move.column_left",
            LISTS - {"trackers", "past"}),
    Command("column.right", ("right", "l"), "column", "column to the right", "Move", "move.column_right",
            LISTS - {"trackers", "past"}),
    Command("pane.next", ("tab",), "pane", "next pane", "Move", "move.next_pane"),
    Command("pane.previous", ("shift+tab",), "pane", "previous pane", "Move", "move.previous_pane"),
    Command("screen.home", ("1",), "home", "everything at once", "View", "move.to_home"),
    Command("screen.flows", ("2",), "flows", "all flows", "View", "move.to_flows"),
    Command("screen.devices", ("3",), "devices", "all devices", "View", "move.to_devices"),
    Command("screen.names", ("4",), "names", "host names devices used", "View", "move.to_names"),
    Command("screen.trackers", ("5",), "trackers", "who tracks whom", "View", "move.to_trackers"),
    Command("screen.alerts", ("6",), "alerts", "what is out of the ordinary", "View", "move.to_alerts"),
    Command("screen.past", ("7",), "past", "this run, and recordings", "View", "move.to_past"),
    Command("screen.previous", ("left_square_bracket",), "screen", "previous screen", "View", "move.previous_mode"),
    Command("screen.next", ("right_square_bracket",), "screen", "next screen", "View", "move.next_mode"),
    Command("open", ("enter",), "open", "details of the row", "Open", "move.open_selected", ROWS),
    Command("open.device", ("d",), "device", "the device of the row", "Open", "move.open_device", ALL - {"past"}),
    Command("item.previous", ("left", "h"), "other", "previous item of the list you came from", "Move",
            "move.previous_item", DETAILS),
    Command("item.next", ("right", "l"), "other", "next item of the list you came from", "Move", "move.next_item",
            DETAILS),
    Command("fold", ("left", "h"), "fold", "hide the hosts of the owner", "Move", "move.fold", frozenset({"trackers"})),
    Command("unfold", ("right", "l"), "unfold", "show the hosts of the owner", "Move", "move.unfold",
            frozenset({"trackers"})),
    Command("back", ("escape",), "back", "close, clear the filter, or go back", "Open", "leave.back"),
    Command("filter", ("slash",), "filter", "filter as you type", "Find", "find.open_filter", ROWS),
    Command("filter.same", ("equals_sign",), "same", "filter to the value under the cursor", "Find",
            "find.same_value", ROWS),
    Command("order.next", ("s",), "sort", "order by the next column", "Order", "order.next_order", ROWS),
    Command("order.reverse", ("S",), "reverse", "turn the order round", "Order", "order.reverse", ROWS),
    Command("columns", ("o",), "columns", "choose and arrange columns", "Order", "order.pick_columns", ROWS),
    Command("group", ("b",), "group", "gather rows by another property", "Order", "order.next_group",
            LISTS - {"past"}, "order.can_group"),
    Command("side", ("b",), "more", "the next of the panes that take turns", "View", "order.next_group",
            frozenset({"device", "flow", "owner"}), "order.can_group"),
    Command("pause", ("space",), "pause", "hold the screen; the capture goes on", "Live", "live.toggle_pause",
            ALL - {"past"}),
    Command("follow", ("f",), "follow", "back to the top, and stay there", "Live", "live.follow", ROWS),
    Command("closed", ("t",), "closed", "show or hide closed flows", "Live", "live.toggle_closed", ROWS),
    Command("names", ("p",), "names/IPs", "host names or addresses", "View", "live.toggle_names", ROWS),
    Command("refresh.faster", ("less_than_sign",), "faster", "refresh faster", "Live", "live.faster", ALL - {"past"}),
    Command("refresh.slower", ("greater_than_sign",), "slower", "refresh slower", "Live", "live.slower",
            ALL - {"past"}),
    Command("adapter", ("A",), "adapter", "listen to another adapter", "Live", "run.choose_adapter", ALL,
            "run.can_choose_adapter"),
    Command("counters", ("C",), "counters", "what was malformed, refused, evicted or dropped", "Live",
            "run.show_counters"),
    Command("copy.field", ("y", "c"), "copy", "copy the value under the cursor", "Take", "take.copy_field", ROWS),
    Command("copy.row", ("Y",), "copy row", "copy the whole row", "Take", "take.copy_row", ROWS),
    Command("export", ("e",), "export", "write what is shown as CSV or JSON Lines", "Take", "take.export", ROWS),
    Command("write.pcap", ("w",), "pcap", "write the packets of the flow, or of those marked", "Take",
            "run.write_packets", ROWS),
    Command("record", ("r",), "record", "start or stop recording", "Take", "run.toggle_recording", ALL,
            "run.can_record"),
    Command("zoom", ("z",), "zoom", "give this pane the whole screen, and back", "View", "live.zoom",
            ALL - {"past"}, "live.can_zoom"),
    Command("device.name", ("n",), "name", "name the device", "Device", "judge.name_device", ROWS),
    Command("device.note", ("N",), "note", "write a note about the device", "Device", "judge.note_device", ROWS),
    Command("mark", ("m",), "mark", "mark or unmark the row", "Device", "judge.mark", ROWS),
    Command("alert.acknowledge", ("a",), "ack", "this alert is done", "Alert", "judge.acknowledge",
            frozenset({"home", "alerts", "alert", "device"})),
    Command("alert.ignore", ("i",), "ignore", "ignore this rule for this device", "Alert", "judge.ignore_for_device",
            frozenset({"home", "alerts", "alert", "device"})),
    Command("alert.ignore-everywhere", ("I",), "ignore rule", "ignore this rule everywhere", "Alert",
            "judge.ignore_everywhere", frozenset({"home", "alerts", "alert", "device"})),
    Command("undo", ("u",), "undo", "take back the last name, note, mark or judgement", "Alert", "judge.undo", ALL,
            "judge.can_undo"),
    Command("past.play", ("space",), "play", "play or stop", "Past", "past.play", frozenset({"past"}), "past.can_seek"),
    Command("past.back", ("left", "h"), "back", "a step back in time", "Past", "past.step_back", frozenset({"past"}),
            "past.can_seek"),
    Command("past.forward", ("right", "l"), "forward", "a step forward in time", "Past", "past.step_forward",
            frozenset({"past"}), "past.can_seek"),
    Command("past.far-back", ("shift+left", "H"), "far back", "ten steps back", "Past", "past.leap_back",
            frozenset({"past"}), "past.can_seek"),
    Command("past.far-forward", ("shift+right", "L"), "far forward", "ten steps forward", "Past", "past.leap_forward",
            frozenset({"past"}), "past.can_seek"),
    Command("past.open", ("enter",), "open", "Home at the moment chosen", "Past", "move.to_home",
            frozenset({"past"}), "past.can_seek"),
    Command("past.slower", ("less_than_sign",), "slower", "play slower", "Past", "past.slower", frozenset({"past"}),
            "past.can_seek"),
    Command("past.faster", ("greater_than_sign",), "faster", "play faster", "Past", "past.faster",
            frozenset({"past"}), "past.can_seek"),
    Command("past.live", ("f",), "live", "back to now", "Past", "past.to_live", frozenset({"past"}), "past.can_seek"),
    Command("settings", ("comma",), "settings", "theme, refresh, names, signs", "View", "leave.settings"),
    Command("help", ("question_mark", "f1"), "help", "keys of this screen; type to search, enter runs", "Help",
            "leave.help_screen"),
    Command("palette", ("ctrl+p", "colon"), "commands", "find a command by its words", "Help", "leave.palette"),
    Command("quit", ("q",), "quit", "quit; asks only while recording", "Leave", "leave.quit_app"),
    Command("quit.now", ("ctrl+c",), "quit now", "quit at once", "Leave", "leave.quit_now"),
    Command("quit.print", ("Q",), "quit, keep", "quit and leave the table in the terminal", "Leave",
            "leave.quit_print"),
)  # fmt: skip

BY_ID: Final[Mapping[str, Command]] = {command.id: command for command in COMMANDS}

HINTS: Final[Mapping[str, tuple[str, ...]]] = {
    "home": ("row.down", "open", "filter", "order.next", "pause", "pane.next", "zoom", "names", "closed"),
    "flows": ("row.down", "open", "filter", "order.next", "pause", "group", "filter.same", "closed", "export"),
    "devices": ("row.down", "open", "filter", "order.next", "device.name", "group", "pause", "export"),
    "names": ("open", "group", "filter", "pause", "export", "filter.same", "open.device"),
    "trackers": ("open", "unfold", "group", "filter", "export", "pane.next"),
    "alerts": ("open", "open.device", "alert.acknowledge", "alert.ignore", "undo", "group", "export"),
    "past": ("past.play", "past.forward", "past.faster", "past.open", "past.live", "record", "row.down", "pane.next"),
    "device": ("open", "item.next", "side", "device.name", "mark", "pane.next", "export"),
    "flow": ("row.down", "item.next", "side", "copy.field", "open.device", "pane.next"),
    "name": ("open", "item.next", "open.device", "pane.next", "export"),
    "owner": ("open", "item.next", "side", "open.device", "pane.next", "export"),
    "alert": ("open", "item.next", "alert.acknowledge", "alert.ignore", "undo", "open.device"),
}
"""Hints of each screen, the most useful first; as many as fit."""

PAIRS: Final = {"row.down": "↑↓", "item.next": "←→", "unfold": "←→", "past.forward": "←→", "past.faster": "< >"}
"""Hints that stand for two commands, while both have their own keys."""

PARTNERS: Final = {"row.down": "row.up", "item.next": "item.previous", "unfold": "fold",
                   "past.forward": "past.back", "past.faster": "past.slower"}  # fmt: skip


def keys_of(command: Command, keymap: Mapping[str, str]) -> tuple[str, ...]:
    """The keys in force: the user's, else the command's own. None at all where the user took them away."""
    own = keymap.get(command.id)
    return command.keys if own is None else tuple(own.split(",")) if own else ()


def in_context(context: str) -> Iterable[Command]:
    return (command for command in COMMANDS if context in command.contexts)
