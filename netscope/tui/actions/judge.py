"""What the user decides: names, marks, alerts; and taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netscope.model.allow import ANY, SOURCE_KEYS, AllowRule
from netscope.model.errors import NetScopeError
from netscope.model.records import NOTE_CHARS
from netscope.model.snapshot import AlertRow, DeviceRow
from netscope.model.text import neutralise
from netscope.tui.screens.prompt import Prompt

if TYPE_CHECKING:
    from netscope.tui.screens.monitor import MonitorScreen


def _device_under_cursor(screen: MonitorScreen) -> DeviceRow | None:
    device_id = screen.device_under_cursor()
    shown = screen.monitor.view.shown
    device = next((row for row in shown.devices if row.id == device_id), None) if shown else None
    if device is None:
        screen.say("this row belongs to no device of the network")
    return device


def name_device(screen: MonitorScreen) -> None:
    device = _device_under_cursor(screen)
    if device is None:
        return

    def keep(name: str | None) -> None:
        if name is not None:
            _label(screen, device, name.strip() or None)

    screen.app.push_screen(
        Prompt(f"Name for {_called(device)}", device.label or "", "empty: back to the learned name"), keep
    )


def _called(device: DeviceRow) -> str:
    return f"{neutralise(device.name, 40)} {device.mac}"


def _label(screen: MonitorScreen, device: DeviceRow, label: str | None) -> None:
    reader, before = screen.monitor.reader, device.label
    reader.set_device_label(device.id, label)
    screen.monitor.view.remember(f"name of {device.name}", lambda: reader.set_device_label(device.id, before))
    screen.monitor.pull()
    screen.say(f"named {label}" if label else "back to the learned name")


def note_device(screen: MonitorScreen) -> None:
    device = _device_under_cursor(screen)
    if device is None:
        return
    reader = screen.monitor.reader
    detail = reader.device_detail(device.id)
    before = detail.note if detail is not None else None

    def keep(text: str | None) -> None:
        if text is None:
            return
        note = text.strip()[:NOTE_CHARS] or None
        reader.set_device_note(device.id, note)
        screen.monitor.view.remember(f"note on {device.name}", lambda: reader.set_device_note(device.id, before))
        screen.monitor.pull()
        screen.say(f"noted on {neutralise(device.name, 40)}" if note else "note taken away")

    screen.app.push_screen(Prompt(f"Note on {_called(device)}", before or "", "empty: no note"), keep)


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
        screen.say(f"choose an alert first ({screen.monitor.sign('pane.next')} moves to their pane)")
    return alert


def acknowledge(screen: MonitorScreen) -> None:
    alert = _alert_under_cursor(screen)
    if alert is not None:
        _judge(screen, [alert], "new" if alert.state == "acknowledged" else "acknowledged")


def ignore_for_device(screen: MonitorScreen) -> None:
    alert = _alert_under_cursor(screen)
    if alert is None:
        return
    source = _source(screen, alert)
    if source is None:
        screen.say("this alert names no device; I allows it everywhere")
        return
    _allow(screen, AllowRule(detector=alert.detector, source=source, created_ns=alert.last_ns))


def _source(screen: MonitorScreen, alert: AlertRow) -> str | None:
    """The MAC of the alert's device, else who its evidence says did it."""
    shown = screen.monitor.view.live
    device = next((row for row in shown.devices if row.id == alert.device_id), None) if shown else None
    if device is not None:
        return device.mac
    return next((str(value) for key in SOURCE_KEYS if (value := alert.evidence.get(key))), None)


def ignore_everywhere(screen: MonitorScreen) -> None:
    alert = _alert_under_cursor(screen)
    if alert is not None:
        _allow(screen, AllowRule(detector=alert.detector, created_ns=alert.last_ns))


def _allow(screen: MonitorScreen, rule: AllowRule) -> None:
    """Alerts that fit vanish, old ones too, until it is taken back."""
    reader = screen.monitor.reader
    try:
        reader.allow(rule)
    except NetScopeError as problem:
        screen.say(str(problem))
        return
    what = f"{rule.detector.replace('_', ' ')} allowed {_where(screen, rule)}"
    screen.monitor.view.remember(what, lambda: reader.disallow(rule))
    screen.monitor.pull()
    screen.say(f"{what}; {screen.monitor.sign('undo')} takes it back")


def _where(screen: MonitorScreen, rule: AllowRule) -> str:
    if rule.source == ANY:
        return "everywhere"
    shown = screen.monitor.view.live
    named = next((row.name for row in shown.devices if row.mac == rule.source), None) if shown else None
    return f"from {neutralise(named or rule.source, 40)}"


def disallow(screen: MonitorScreen, rule: AllowRule) -> None:
    """What it hid is shown again."""
    if rule.origin == "config":
        screen.say("this rule is in the configuration file; take it away there")
        return
    reader = screen.monitor.reader
    reader.disallow(rule)
    what = f"{rule.detector.replace('_', ' ')} no longer allowed"
    screen.monitor.view.remember(what, lambda: reader.allow(rule))
    screen.monitor.pull()
    screen.say(f"{what}; {screen.monitor.sign('undo')} takes it back")


def _judge(screen: MonitorScreen, alerts: list[AlertRow], state: str) -> None:
    reader = screen.monitor.reader
    for alert in alerts:
        reader.set_alert_state(alert.id, state)

    def take_back() -> None:
        for alert in alerts:
            reader.set_alert_state(alert.id, alert.state)

    word = {"acknowledged": "done", "new": "new again"}.get(state, state)
    what = f"{len(alerts)} alerts {word}" if len(alerts) != 1 else f"alert {word}"
    screen.monitor.view.remember(what, take_back)
    screen.monitor.pull()
    screen.say(f"{what}; {screen.monitor.sign('undo')} takes it back")


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
