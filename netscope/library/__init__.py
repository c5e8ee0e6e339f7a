"""NetScope in somebody else's program: captures as events, files and recordings as rows.

Raises NetScopeError, whose text is one line for a person, for everything the caller or the user can mend. Changes
nothing of the process it runs in: no rights, no signals, no working directory.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from netscope.assemble import Options, assemble_run, open_source
from netscope.config.schema import Config
from netscope.library.capture import Capture, failure_of
from netscope.library.recorded import Recording
from netscope.library.rows import (
    Alert,
    Answer,
    Certificate,
    Counter,
    Device,
    DeviceAddress,
    DhcpMessage,
    DnsQuery,
    Event,
    Evidence,
    Flow,
    HttpRequest,
    SameDevice,
    Session,
    TlsHandshake,
    TrackerHit,
    TrafficBucket,
    moment,
)
from netscope.library.tables import Rows
from netscope.model.errors import NetScopeError

__all__ = [
    "Alert",
    "Answer",
    "Capture",
    "Certificate",
    "Counter",
    "Device",
    "DeviceAddress",
    "DhcpMessage",
    "DnsQuery",
    "Event",
    "Evidence",
    "Flow",
    "HttpRequest",
    "NetScopeError",
    "Recording",
    "Rows",
    "SameDevice",
    "Session",
    "TlsHandshake",
    "TrackerHit",
    "TrafficBucket",
    "moment",
    "open",
    "read",
    "recording",
]

EVENT_KINDS = ("flows", "devices", "dns", "tls", "http", "dhcp", "certificates", "trackers", "alerts")

Source = str | os.PathLike[str]


def open(  # noqa: A001 - as the library's users say it: netscope.open("eth0")
    interface: str | Sequence[str] | None = None,
    *,
    file: Source | None = None,
    filter: str | None = None,
    kinds: Sequence[str] = EVENT_KINDS,
    record: Source | None = None,
    config: Config | None = None,
) -> Capture:
    """Events of live traffic, as they happen; of a capture ``file`` as fast as they are taken.

    ``interface``: one or several; None: that of the default route. ``filter``: a BPF expression. ``kinds``: those of
    EVENT_KINDS that are wanted. ``record``: a recording to write beside. Live traffic needs the right to capture.
    Raises NetScopeError.
    """
    unknown = [kind for kind in kinds if kind not in EVENT_KINDS]
    if unknown:
        raise NetScopeError(f"there are no events of {unknown[0]}; kinds are {', '.join(EVENT_KINDS)}")
    if file is not None and (interface is not None or filter is not None):
        raise NetScopeError("interface and filter are for live traffic, file is for a file")
    base = config or Config()
    interfaces = (interface,) if isinstance(interface, str) else tuple(interface or base.capture.interfaces)
    capture = replace(base.capture, interfaces=interfaces, filter=filter or base.capture.filter)
    return Capture(_options(file, record, replace(base, capture=capture)), tuple(kinds))


def read(file: Source, *, record: Source | None = None, config: Config | None = None) -> Recording:
    """Read a capture file whole: its flows, questions, handshakes and all else as a recording.

    Waits until it is read. ``record``: where to keep the recording; None: in a temporary folder that goes with the
    object. Raises NetScopeError.
    """
    folder = None
    if record is None:
        folder = TemporaryDirectory(prefix="netscope-")
        record = Path(folder.name) / "capture.db"
    try:
        options = _options(file, record, config or Config())
        source = open_source(options)
        try:
            engine = assemble_run(options, source).engine
        except BaseException:
            source.close()
            raise
        engine.run()
        failure = failure_of(engine)
        if failure is not None:
            raise failure
        return Recording(Path(record), folder)
    except BaseException:
        if folder is not None:
            folder.cleanup()
        raise


def recording(path: Source) -> Recording:
    """A recording that is there, also while it is written. Raises NetScopeError."""
    return Recording(Path(path))


def _options(file: Source | None, record: Source | None, config: Config) -> Options:
    return Options(
        file=None if file is None else os.fspath(file),
        record=None if record is None else Path(record),
        config=config,
        embedded=True,
    )
