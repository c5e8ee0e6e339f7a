"""What the user decides: names, marks, alerts; and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from netscope.model.snapshot import AlertRow, DeviceRow
from netscope.tui.screens.prompt import Prompt

if TYPE_CHECKING:
    from netscope.tui.screens.monitor import MonitorScreen


def name_device(screen: MonitorScreen) -> None:
    device_id = screen.device_under_cursor()
    shown = screen.monitor.view.shown
    device = next((row for row in shown.devices if row.id == device_id), None) if shown else None
    if device is None:
        screen.say("this row belongs to no device of the network")
        return

    def keep(name: str | None) -> None:
        if name is not None:
            _label(screen, device, name.strip() or None)

    screen.app.push_screen(
        Prompt(f"Name for {device.mac}", device.label or "", "empty: back to the learned name"), keep
    )


def _label(screen: MonitorScreen, device: DeviceRow, label: str | None) -> None:
    reader, before = screen.monitor.reader, device.label
    reader.set_device_label(device.id, label)
    screen.monitor.view.remember(f"name of {device.mac}", lambda: reader.set_device_label(device.id, before))
    screen.monitor.pull()
    screen.say(f"named {label}" if label else "back to the learned name")


def mark(screen: MonitorScreen) -> None:
    table = screen.table
    if table is None or table.selected is None or table.table.kind is None:
        return
    row = table.selected
    key = (table.table.kind, getattr(row, "id", None) or row.name)
    marked = screen.monitor.view.marked
    marked.symmetric_difference_update({key})
    screen.monitor.view.remember("mark", lambda: marked.symmetric_difference_update({key}))
    screen.monitor.view.forget()
    screen.show()
    table.move(1)


def _alert_under_cursor(screen: MonitorScreen) -> AlertRow | None:
    alert = screen.alert_under_cursor()
    if alert is None:
        screen.say("choose an alert first (tab moves to their pane)")
    return alert


def acknowledge(screen: MonitorScreen) -> None:
    alert = _alert_under_cursor(screen)
    if alert is not None:
        _judge(screen, [alert], "new" if alert.state == "acknowledged" else "acknowledged")


def ignore_for_device(screen: MonitorScreen) -> None:
    alert = _alert_under_cursor(screen)
    if alert is None:
        return
    _silence(
        screen, alert, lambda row: row.detector == alert.detector and row.device_id == alert.device_id, alert.device_id
    )


def ignore_everywhere(screen: MonitorScreen) -> None:
    alert = _alert_under_cursor(screen)
    if alert is not None:
        _silence(screen, alert, lambda row: row.detector == alert.detector, None)


def _silence(screen: MonitorScreen, alert: AlertRow, same: Callable[[AlertRow], bool], device_id: int | None) -> None:
    """Ignores what is there; a reader with ``ignore_rule`` also keeps the rule quiet from now on."""
    ignore_rule = getattr(screen.monitor.reader, "ignore_rule", None)
    if ignore_rule is not None:
        ignore_rule(alert.detector, device_id, True)
    view = screen.monitor.view
    rows = [row for row in (view.live.alerts if view.live else ()) if same(row) and row.state != "ignored"]
    _judge(
        screen,
        rows,
        "ignored",
        (lambda: ignore_rule(alert.detector, device_id, False)) if ignore_rule is not None else None,
    )


def _judge(
    screen: MonitorScreen, alerts: list[AlertRow], state: str, also_undo: Callable[[], object] | None = None
) -> None:
    reader = screen.monitor.reader
    for alert in alerts:
        reader.set_alert_state(alert.id, state)

    def take_back() -> None:
        for alert in alerts:
            reader.set_alert_state(alert.id, alert.state)
        if also_undo is not None:
            also_undo()

    word = {"acknowledged": "done", "new": "new again"}.get(state, state)
    what = f"{len(alerts)} alerts {word}" if len(alerts) != 1 else f"alert {word}"
    screen.monitor.view.remember(what, take_back)
    screen.monitor.pull()
    screen.say(f"{what}; u takes it back")


def can_undo(screen: MonitorScreen) -> bool:
    return screen.monitor.view.can_undo


def undo(screen: MonitorScreen) -> None:
    what = screen.monitor.view.undo()
    if what is None:
        screen.say("nothing to take back")
        return
    screen.monitor.view.forget()
    screen.monitor.pull()
    screen.show()
    screen.say(f"taken back: {what}")
