"""A recording as an object: its rows by kind, SQL, exports."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, TypeVar

from netscope.export.job import Request, export
from netscope.export.rows import Recorded, Span
from netscope.export.sql import Question
from netscope.library import rows as of
from netscope.library.tables import Moment, Rows, nanoseconds

T = TypeVar("T", bound=tuple[Any, ...])


class Recording:
    """A recording, also one that another process is writing. May be used from several threads.

    What ``read`` makes lies in a temporary folder, which goes with ``close``, at the end of a ``with``, or with the
    object.
    """

    def __init__(self, path: Path, folder: TemporaryDirectory[str] | None = None) -> None:
        """Raises NetScopeError for a file that is no recording or may not be read."""
        self.path = path
        self._folder = folder
        Recorded(path).close()

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def __repr__(self) -> str:
        return f"Recording({str(self.path)!r})"

    def _rows(self, kind: str, cls: type[T], filter: str | None, since: Moment | None, until: Moment | None) -> Rows[T]:
        return Rows(self.path, kind, cls, filter, since, until)

    def flows(
        self, filter: str | None = None, *, since: Moment | None = None, until: Moment | None = None
    ) -> Rows[of.Flow]:
        """``filter``: the screens' language, as ``dev:tv cc:US``; ``since``, ``until``: what was going on then."""
        return self._rows("flows", of.Flow, filter, since, until)

    def dns(
        self, filter: str | None = None, *, since: Moment | None = None, until: Moment | None = None
    ) -> Rows[of.DnsQuery]:
        return self._rows("dns", of.DnsQuery, filter, since, until)

    def tls(
        self, filter: str | None = None, *, since: Moment | None = None, until: Moment | None = None
    ) -> Rows[of.TlsHandshake]:
        return self._rows("tls", of.TlsHandshake, filter, since, until)

    def http(
        self, filter: str | None = None, *, since: Moment | None = None, until: Moment | None = None
    ) -> Rows[of.HttpRequest]:
        return self._rows("http", of.HttpRequest, filter, since, until)

    def trackers(
        self, filter: str | None = None, *, since: Moment | None = None, until: Moment | None = None
    ) -> Rows[of.TrackerHit]:
        return self._rows("trackers", of.TrackerHit, filter, since, until)

    def alerts(
        self, filter: str | None = None, *, since: Moment | None = None, until: Moment | None = None
    ) -> Rows[of.Alert]:
        return self._rows("alerts", of.Alert, filter, since, until)

    def devices(
        self, filter: str | None = None, *, since: Moment | None = None, until: Moment | None = None
    ) -> Rows[of.Device]:
        return self._rows("devices", of.Device, filter, since, until)

    def dhcp(self, *, since: Moment | None = None, until: Moment | None = None) -> Rows[of.DhcpMessage]:
        return self._rows("dhcp", of.DhcpMessage, None, since, until)

    def certificates(self, *, since: Moment | None = None, until: Moment | None = None) -> Rows[of.Certificate]:
        return self._rows("certificates", of.Certificate, None, since, until)

    def addresses(self, *, since: Moment | None = None, until: Moment | None = None) -> Rows[of.DeviceAddress]:
        return self._rows("addresses", of.DeviceAddress, None, since, until)

    def evidence(self, *, since: Moment | None = None, until: Moment | None = None) -> Rows[of.Evidence]:
        return self._rows("evidence", of.Evidence, None, since, until)

    def same_devices(self, *, since: Moment | None = None, until: Moment | None = None) -> Rows[of.SameDevice]:
        return self._rows("same_devices", of.SameDevice, None, since, until)

    def traffic(self, *, since: Moment | None = None, until: Moment | None = None) -> Rows[of.TrafficBucket]:
        return self._rows("traffic", of.TrafficBucket, None, since, until)

    def sessions(self) -> Rows[of.Session]:
        return self._rows("sessions", of.Session, None, None, None)

    def counters(self) -> Rows[of.Counter]:
        return self._rows("counters", of.Counter, None, None, None)

    def query(self, sql: str, timeout_s: float | None = 60.0) -> list[dict[str, Any]]:
        """One SELECT; nothing can be changed. Raises NetScopeError, also when it takes longer."""
        with Question(self.path, sql, timeout_s) as question:
            columns = question.columns
            return [dict(zip(columns, row, strict=True)) for rows in question.rows() for row in rows]

    def export(
        self,
        *kinds: str,
        output: Path | str,
        form: str = "jsonl",
        filter: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        overwrite: bool = False,
    ) -> int:
        """As ``netscope export``; returns how many rows. Raises NetScopeError."""
        span = Span(nanoseconds(since), nanoseconds(until))
        return export(Request(self.path, kinds, form, Path(output), filter, span, None, overwrite))
