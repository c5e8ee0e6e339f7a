"""The frame every screen shares: header, tabs, panes, filter line, hints; commands and filters are routed here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen

from netscope.model.snapshot import AlertRow, FlowRow
from netscope.model.text import neutralise
from netscope.tui import dispatch, empty, figures, frame
from netscope.tui.commands import BY_ID, Command
from netscope.tui.host import Host
from netscope.tui.tables import Table
from netscope.tui.tables.groups import GroupRow
from netscope.tui.view import Scope, View
from netscope.tui.widgets.filter_bar import FilterBar, FilterInput
from netscope.tui.widgets.notice import ChartPane, TextPane, TooSmall
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.row_table import RowTable
from netscope.tui.widgets.stack import Stack
from netscope.tui.widgets.status import StatusLine


class MonitorScreen(Screen[None], inherit_bindings=False):
    context: ClassVar[str] = ""
    """Which commands apply; the key of ``commands.HINTS``."""

    AUTO_FOCUS = "RowTable"

    def __init__(self) -> None:
        super().__init__()
        self.own_scope: Scope | None = None
        self.zoomed = False

    # -- what subclasses say ---------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        raise NotImplementedError

    def show_body(self) -> None:
        """Hands the view's rows to the panes."""
        raise NotImplementedError

    def crumbs(self) -> Sequence[str]:
        return ()

    def open_row(self, table: RowTable, row: Any) -> None:
        self.monitor.open_row(table, row)

    def group_choices(self) -> tuple[str, ...]:
        return ()

    def group_now(self) -> str:
        return ""

    def set_group(self, group: str) -> None:
        return

    def step_item(self, step: int) -> None:
        return

    def fold(self, folded: bool) -> None:
        return

    def time_steps(self) -> int:
        return 100

    # -- frame -----------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield StatusLine(id="header")
        yield StatusLine(id="tabs")
        with Container(id="body"):
            yield from self.compose_body()
        yield FilterBar(id="filter")
        yield StatusLine(id="hints")
        yield TooSmall(id="too-small")

    @property
    def monitor(self) -> Host:
        return cast("Host", self.app)

    @property
    def view(self) -> View:
        return self.monitor.view

    @property
    def scope(self) -> Scope:
        return self.own_scope or self.view.scope

    @property
    def filter_bar(self) -> FilterBar:
        return self.query_one(FilterBar)

    @property
    def tables(self) -> list[RowTable]:
        return list(self.query(RowTable))

    @property
    def table(self) -> RowTable | None:
        """The table in focus, else the first."""
        if isinstance(self.focused, RowTable):
            return self.focused
        return next(iter(self.query(RowTable)), None)

    def on_mount(self) -> None:
        self.show()

    def on_screen_resume(self) -> None:
        self.show()
        self.call_after_refresh(self.show)

    def on_screen_suspend(self) -> None:
        # A popup leaves it in sight; another screen does not.
        if isinstance(self.app.screen, MonitorScreen) and self.app.screen is not self:
            for pane in (*self.query(RowTable), *self.query(TextPane), *self.query(ChartPane)):
                pane.let_go()

    def on_resize(self, event: events.Resize) -> None:
        self.show()
        # Once more when panes have their new sizes, which some texts are wrapped to.
        self.call_after_refresh(self.show)

    @property
    def large(self) -> bool:
        """Whether the layout for 160x50 applies; the tcss has the same limits."""
        return self.size.width >= frame.WIDE and self.size.height >= frame.TALL

    def show(self) -> None:
        """Everything on this screen from the view; called at each pull and after each change."""
        if not self.is_mounted:
            return
        width, height = self.size
        small = width < 80 or height < 24
        self.set_class(small, "-small")
        if small:
            self.query_one(TooSmall).show(frame.too_small(self.view, width, height))
            return
        self.show_body()
        self.share_lines()
        self.show_frame()

    def share_lines(self) -> None:
        """Panes get lines by what they have to show."""
        for stack in self.query(Stack):
            stack.share()

    def show_frame(self) -> None:
        width = self.size.width
        replay = self.monitor.replay_words()
        self.query_one("#header", StatusLine).set_parts(*frame.header(self.view, self.crumbs(), width, replay))
        mode = self.monitor.current_mode
        self.query_one("#tabs", StatusLine).set_parts(*frame.tabs(self.view, mode, width, self.monitor.keymap))
        hints = frame.hints(self.context, self._applies, width, self.monitor.keymap, self.view.glyphs)
        if (said := self.monitor.said) is not None:
            hints = frame.saying(*said, hints[1], width)
        self.query_one("#hints", StatusLine).set_parts(*hints)
        bar = self.filter_bar
        if not bar.is_open:
            return
        if self.scope.error is not None:
            bar.say(neutralise(str(self.scope.error), 60), good=False)
        else:
            bar.say("enter keep  esc clear", good=True)

    def _applies(self, command: Command) -> bool:
        return dispatch.applies(command, self)

    def empty_lines(self, described: Table) -> tuple[str, ...]:
        """What the table says while it has no rows."""
        return empty.lines(described, self.view.shown, self.scope.active, self.monitor.sign)

    def fill(
        self,
        table: RowTable,
        rows: Sequence[Any],
        *,
        of: int | None = None,
        words: str = "",
        subject: str = "",
        as_table: Table | None = None,
    ) -> None:
        """Rows and title of a pane: ``Flows 41 of 184 · by rate ↓ · anna-iphone``."""
        preferences = self.monitor.preferences
        described = as_table or table.table
        order = preferences.order(described, settled=self.monitor.is_settled)
        table.use(described, preferences.columns_of(described), order)
        table.show(rows, self.view.drawing, now_s=self.monitor.steady_s(), key_pressed_s=self.monitor.key_pressed_s)
        table.title_pieces = self._title(table, len(rows), of, words, subject)

    def _title(self, table: RowTable, count: int, of: int | None, words: str, subject: str) -> list[Piece]:
        glyphs = self.view.glyphs
        amount = f"{count} of {of}" if of is not None and of != count else f"{count}"
        pieces: list[Piece] = [(f"{table.table.title} {amount}", "title")]
        notes = [words, self.gone_words(table.table.kind) if of is not None else "", self._order_words(table)]
        pieces += [(f" {glyphs.dot} {note}", "dim") for note in notes if note]
        subject = subject or self._subject(table.table)
        if subject:
            pieces.append((f" {glyphs.dot} {neutralise(subject, 40)}", "accent"))
        return pieces

    def gone_words(self, kind: str | None) -> str:
        """How many rows had to make room for others."""
        shown = self.view.shown
        gone = shown.capture.rows_dropped.get(kind or "", 0) if shown is not None else 0
        return f"{figures.count(gone)} no longer shown" if gone else ""

    def _order_words(self, table: RowTable) -> str:
        key, reverse = table.order
        column = table.table.column(key)
        if column is None or column.sort is None:
            return ""
        if key == table.table.order and table.table.order_words and not reverse:
            words = table.table.order_words
            return words if words == "newest" else f"by {words} {self.view.glyphs.down}"
        down = column.descending != reverse
        word = column.title.strip().lower() or column.key
        return f"by {word} {self.view.glyphs.down if down else self.view.glyphs.up}"

    def _subject(self, described: Table) -> str:
        wanted = self.scope.filter
        if wanted is None or described.kind is None:
            return ""
        return wanted.subject if wanted.predicate(described.kind, 0) is not None else ""

    # -- commands --------------------------------------------------------------------------------

    def action_command(self, command_id: str) -> None:
        self.run_command(command_id)

    def run_command(self, command_id: str) -> None:
        command = BY_ID[command_id]
        if self.has_class("-small") and not command_id.startswith("quit"):
            return
        dispatch.run(command, self)
        if self.is_mounted and self.monitor.screen is self:
            self.show_frame()

    @on(StatusLine.Chosen)
    def run_clicked(self, event: StatusLine.Chosen) -> None:
        event.stop()
        self.run_command(event.command)

    def on_key(self, event: events.Key) -> None:
        self.monitor.key_pressed_s = self.monitor.steady_s()

    def say(self, text: str, *, severity: str = "information") -> None:
        self.monitor.say(text, severity=severity)

    @on(RowTable.Opened)
    def open_clicked(self, event: RowTable.Opened) -> None:
        event.stop()
        self.open_row(event.row_table, event.row)

    @on(RowTable.HeadingChosen)
    def order_by_heading(self, event: RowTable.HeadingChosen) -> None:
        event.stop()
        table, key = event.row_table, event.key
        # By that column, or the other way round when it already is.
        self.set_order(table, key, not table.order[1] if table.order[0] == key else False)

    def set_order(self, table: RowTable, key: str, reverse: bool) -> None:
        self.monitor.preferences.orders[table.table.name] = (key, reverse)
        table.reorder_now = True
        self.show()
        table.move_to(table.index)

    # -- filter ----------------------------------------------------------------------------------

    def apply_filter(self, text: str) -> None:
        self.scope.set(text)
        self.view.forget()
        for table in self.query(RowTable):
            table.reorder_now = True
        self.show()

    def clear_filter(self) -> None:
        self.apply_filter("")

    def filter_by(self, term: str) -> None:
        """Narrows what is shown by one more term."""
        now = self.scope.filter.text.strip() if self.scope.filter else ""
        self.apply_filter(f"{now} {term}" if now and term not in now else term)

    def close_filter(self, *, keep: bool) -> None:
        self.filter_bar.close()
        if not keep:
            self.clear_filter()
        elif self.scope.error is not None:
            # What could not be read is not kept: the title must say what is in force.
            self.apply_filter(self.scope.filter.text if self.scope.filter else "")
        table = next(iter(self.query(RowTable)), None)
        if table is not None:
            table.focus()
        self.show()

    @on(FilterBar.Changed)
    def filter_typed(self, event: FilterBar.Changed) -> None:
        event.stop()
        self.apply_filter(event.text)

    @on(FilterBar.Closed)
    def filter_closed(self, event: FilterBar.Closed) -> None:
        event.stop()
        self.close_filter(keep=event.keep)

    @on(FilterInput.Passed)
    def move_while_typing(self, event: FilterInput.Passed) -> None:
        event.stop()
        command = {"up": "row.up", "down": "row.down", "pageup": "page.up", "pagedown": "page.down"}[event.key]
        dispatch.run(BY_ID[command], self)

    # -- what the cursor is on -------------------------------------------------------------------

    def device_under_cursor(self) -> int | None:
        table = self.table
        if table is None or table.selected is None or isinstance(table.selected, GroupRow):
            return None
        return table.table.device_id(table.selected)

    def alert_under_cursor(self) -> AlertRow | None:
        row = self.table.selected if self.table else None
        return row if isinstance(row, AlertRow) else None

    def flow_under_cursor(self) -> int | None:
        row = self.table.selected if self.table else None
        return row.id if isinstance(row, FlowRow) else None

    def flows_in_sight(self) -> Iterable[int]:
        """Whose rows should be as new as the snapshot."""
        for table in self.tables:
            if table.table.kind == "flow":
                yield from (row.id for row in table.rows[table.top : table.top + table.visible_rows])

    def open_device(self, device_id: int) -> None:
        self.monitor.open_device(device_id, (device_id,))

    # -- zoom and print --------------------------------------------------------------------------

    def toggle_zoom(self) -> None:
        table = self.table
        if table is None:
            return
        self.zoomed = not self.zoomed
        self.set_class(self.zoomed, "-zoomed")
        for node in (table, *_inside(table, self)):
            node.set_class(self.zoomed, "-zoom")
        self.call_after_refresh(self.show)

    def plain_table(self) -> str:
        """The table in focus as text, for those who leave it in the terminal."""
        table = self.table
        if table is None:
            return ""
        lines = [table.render_line(y).text.rstrip() for y in range(table.size.height)]
        return "\n".join(lines).rstrip()


def _inside(table: RowTable, screen: MonitorScreen) -> Iterable[Any]:
    """The containers between a pane and the body."""
    for node in table.ancestors:
        if node.id == "body" or node is screen:
            return
        yield node
