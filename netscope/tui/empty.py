"""What panes say while there is nothing to show, and why. Sentences only; no widgets."""

from __future__ import annotations

from collections.abc import Callable

from netscope.model.snapshot import Snapshot
from netscope.tui import figures
from netscope.tui.tables import Table

QUIET_NS = 5 * figures.SECOND_NS


def lines(table: Table, snapshot: Snapshot | None, filtered: bool, sign: Callable[[str], str]) -> tuple[str, ...]:
    """``sign`` tells the key of a command."""
    if snapshot is None:
        return ("starting …",)
    capture = snapshot.capture
    if filtered:
        return ("nothing passes the filter", f"{sign('back')} clears it")
    if capture.error:
        return (capture.error,)
    if capture.packets == 0:
        return _no_packets(snapshot, sign)
    if table.name == "alerts" and capture.learning_until_ns and capture.learning_until_ns > capture.now_ns:
        left = (capture.learning_until_ns - capture.now_ns) // figures.MINUTE_NS + 1
        return (f"{figures.counted(len(snapshot.devices), 'device')} learned; new ones are announced in {left} min",)
    if table.name == "devices" and not snapshot.devices:
        return (f"no MAC address of a device in {figures.counted(capture.packets, 'packet')}", *WITHOUT_MACS)
    return (table.empty,)


def _no_packets(snapshot: Snapshot, sign: Callable[[str], str]) -> tuple[str, ...]:
    capture = snapshot.capture
    if capture.finished:
        return (f"{capture.source} holds no packets",)
    if capture.kind != "live" or capture.now_ns - capture.started_ns < QUIET_NS:
        return ("waiting for the first packet …",)
    return (
        f"No packets on {capture.source} in {(capture.now_ns - capture.started_ns) // figures.SECOND_NS} s.",
        *WHERE_TO_LISTEN,
        f"{sign('adapter')} lists the adapters of this machine and what they receive",
    )


WITHOUT_MACS = (
    "Tunnels, modems and the loopback interface have none,",
    "so devices are not told apart; their addresses are with the flows.",
)

WHERE_TO_LISTEN = (
    "On a normal PC you see only your own and broadcast traffic.",
    "To see the whole home, run on the router or a mirror port.",
)
