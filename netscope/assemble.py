"""Puts a run together: source, enrichment, detectors, recording, engine. The only place that knows all of them."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from netscope import __version__
from netscope.config.allow import allowed_by
from netscope.config.detectors import limits_in_force
from netscope.config.schema import Config
from netscope.engine.analyze.catalogue import all_detectors
from netscope.engine.analyze.judge import Judge, Panel
from netscope.engine.analyze.tables import Room
from netscope.engine.capture.file import open_file
from netscope.engine.capture.identity import identity_after_drop, working_identity
from netscope.engine.capture.interfaces import choose_interface, list_interfaces
from netscope.engine.capture.live import LiveSource, open_live
from netscope.engine.capture.privileges import Dropped, drop_privileges
from netscope.engine.capture.source import FrameSource
from netscope.engine.correlate.exclusion import Exclusion
from netscope.engine.enrich.domains import registered_domain
from netscope.engine.enrich.fingerprints import read_known_bad
from netscope.engine.enrich.hosts_file import known_hosts
from netscope.engine.enrich.stage import Enricher
from netscope.engine.outbox import Outbox
from netscope.engine.pipeline import Pipeline
from netscope.engine.stages import Observer
from netscope.engine.store.history import History
from netscope.engine.store.opening import create_folder
from netscope.engine.store.process import RecordingProcess
from netscope.engine.store.retention import Retention
from netscope.engine.store.writer import Known, Recording
from netscope.engine.thread import FLUSH_PERIOD_NS, Engine, RecordingWriter, Watcher
from netscope.engine.writing import PacedWriter, QueuedWriter
from netscope.model.allow import AllowList
from netscope.model.records import Device, Session
from netscope.notify.outgoing import Notifier, has_targets
from netscope.rules import compiled, with_rules

ROOMY_BYTES: Final = 1_500_000_000
ROOMY_KEYS: Final = 65_536
NARROW_KEYS: Final = 4_096
"""Keys of a detector's table: a flood that fills them all takes some 300 MB with the first, 140 MB with the second."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line or a caller asks for."""

    file: str | None = None
    """A capture file, ``-`` for standard input; None: live traffic."""
    record: Path | None = None
    config: Config = field(default_factory=Config)
    learning_s: int | None = None
    """How long new devices are learned before they are announced; None: the detector's default."""
    embedded: bool = False
    """In somebody else's process: it keeps its rights, is not forked, and notifies itself."""


def open_source(options: Options, *, may_switch: bool = False) -> FrameSource:
    """Raises NetScopeError in words for the user.

    ``may_switch``: the user may choose other interfaces later, tunnels too, whose frames are framed otherwise.
    """
    if options.file is not None:
        return open_file(options.file)
    capture = options.config.capture
    return open_live(
        capture.interfaces or (default_interface(),),
        capture.filter,
        promiscuous=capture.promiscuous,
        buffer_bytes=capture.buffer_mib << 20,
        spare=may_switch,
    )


def default_interface() -> str:
    return choose_interface(list_interfaces())[0].name


def start_notifier(options: Options, source: FrameSource) -> Notifier | None:
    """The process that sends alerts, where the configuration names a target: of live traffic, not of files."""
    notify = options.config.notify
    if not isinstance(source, LiveSource) or options.embedded or not has_targets(notify):
        return None
    return Notifier(notify, options.config.capture.user)


def give_up_rights(options: Options, source: FrameSource, folders: Sequence[Path]) -> Dropped | None:
    """Once a live capture is open nothing more needs a right; files and the demo never did. Raises NetScopeError."""
    if not isinstance(source, LiveSource) or options.embedded:
        return None
    user = options.config.capture.user
    identity = identity_after_drop(user)
    # What cannot be written anyway is not asked for: only the recording's folder is a must.
    useful = [folder for folder in folders if folder.is_dir() and folder.stat().st_uid == identity.uid]
    must = [options.record.absolute().parent] if options.record is not None else []
    return drop_privileges(user, writable=[*must, *useful], captures=source.descriptors())


@dataclass(slots=True)
class Kept:
    """The recording of a run and what it tells of earlier runs."""

    recording: Recording | RecordingProcess
    history: History
    known: Known

    def file_writer(self) -> RecordingWriter:
        """A file that is read is kept whole, and waits for the disk."""
        return PacedWriter(self.recording, self.history)


def open_recording(options: Options, now_ns: int, *, is_live: bool) -> Kept | None:
    """None where none is asked for. The file belongs to the user behind sudo. Raises NetScopeError."""
    path = options.record
    if path is None:
        return None
    recording: Recording | RecordingProcess
    if is_live or options.embedded:
        recording = Recording(path, now_ns, _owner(), live=is_live)
    else:
        recording = RecordingProcess(path, now_ns, _owner())
    try:
        return Kept(recording, History(path), recording.known())
    except BaseException:
        recording.close()
        raise


def write_period_ns(config: Config, *, is_live: bool) -> int:
    """Between transactions. A file's rows come too fast for waiting to save any."""
    return round(config.record.write_every_s * 1e9) if is_live else FLUSH_PERIOD_NS


def live_writer(config: Config, path: Path) -> QueuedWriter:
    """Into a recording that grows with live traffic. Raises NetScopeError."""
    recording = Recording(path, time.time_ns(), _owner(), live=True)
    return QueuedWriter(recording, None, Retention(recording, config.retention.limits()).step)


def finish_recording(path: Path) -> None:
    """What was open when it was ended was ended by that. Raises NetScopeError."""
    recording = Recording(path, time.time_ns(), _owner())
    try:
        recording.close_left_open()
    finally:
        recording.close()


def listed_as_bad(config: Config) -> dict[str, str]:
    """Description by fingerprint, of every list of the user. Raises NetScopeError."""
    return {key: word for path in config.data.known_bad for key, word in read_known_bad(path).items()}


def make_room(memory_bytes: int | None = None) -> None:
    """Of what detectors may remember: on a machine with little memory less. ``memory_bytes`` None: this machine's."""
    if memory_bytes is None:
        memory_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    Room.keys = ROOMY_KEYS if memory_bytes >= ROOMY_BYTES else NARROW_KEYS


def detectors_of(
    options: Options,
    listed: Mapping[str, str],
    known: Sequence[Device] = (),
    history: History | None = None,
    *,
    ease: float = 1.0,
) -> Panel:
    """With the limits and rules of the configuration."""
    make_room()
    config = options.config
    limits = limits_in_force(config.detectors)
    panel = all_detectors(options.learning_s, known, history, registered_domain, listed, limits, ease=ease)
    return with_rules(panel, compiled(config))


def _owner() -> tuple[int, int] | None:
    """Whom new files are given to: only root can give any away."""
    if os.geteuid() != 0:
        return None
    identity = working_identity()
    return identity.uid, identity.gid


@dataclass(frozen=True, slots=True)
class Run:
    """An engine ready to run, and what of it may be changed while it does."""

    engine: Engine
    options: Options
    enricher: Enricher
    live_writer: QueuedWriter | None = None
    retention: Retention | None = None
    dropped: Dropped | None = None
    """Whose rights it goes on with; None where nothing was given up."""


def assemble(
    options: Options,
    source: FrameSource,
    *,
    outbox: Outbox | None = None,
    watchers: Sequence[Watcher] = (),
    folders: Sequence[Path] = (),
) -> Engine:
    """The engine of ``assemble_run``."""
    return assemble_run(options, source, outbox=outbox, watchers=watchers, folders=folders).engine


def assemble_run(
    options: Options,
    source: FrameSource,
    *,
    outbox: Outbox | None = None,
    observer: Observer | None = None,
    watchers: Sequence[Watcher] = (),
    folders: Sequence[Path] = (),
) -> Run:
    """An engine ready to run; the source and the recording are closed with it.

    A live capture gives up every right here, before the recording is opened and before any thread starts; what may
    still be written is the recording's folder and ``folders``. ``observer`` is shown all, in the outbox's place.
    """
    now_ns = time.time_ns()
    is_live = source.kind != "file"
    enricher = Enricher.open(options.config.data.geoip, options.config.data.trackers)
    enricher.warm()
    hosts = known_hosts(is_live=is_live, warnings=enricher.warnings)
    listed = listed_as_bad(options.config)
    if options.record is not None:
        create_folder(options.record.absolute().parent, _owner())
    notifier = start_notifier(options, source)
    dropped = give_up_rights(options, source, folders)
    kept = open_recording(options, now_ns, is_live=is_live)
    told = kept.known if kept is not None else Known({}, [], [], [], [])
    history = kept.history if kept is not None else None
    judge = Judge(detectors_of(options, listed, told.devices, history))
    pipeline = Pipeline(
        Session(
            source=source.name, kind=source.kind, link_type="", filter=source.filter, started_ns=now_ns,
            version=__version__, id=told.next_ids.get("sessions", 1),
        ),
        enrich=enricher,
        identify=partial(enricher.identify, remembered=told.evidence, pairs=told.pairs),
        analyze=judge,
        observer=outbox or observer,
        first_ids=told.next_ids,
        known_devices=told.devices,
        allow_list=AllowList([*allowed_by(options.config.allow), *told.allow_rules]),
        exclusion=Exclusion(options.config.exclude.devices),
        max_flows=options.config.capture.max_flows,
        keep=kept is not None,
        is_live=is_live,
    )  # fmt: skip
    retention = live_writer = None
    if kept is not None and is_live and isinstance(kept.recording, Recording):
        retention = Retention(kept.recording, options.config.retention.limits())
        live_writer = QueuedWriter(kept.recording, kept.history, retention.step)
    writer = kept.file_writer() if kept is not None and live_writer is None else live_writer
    pipeline.correlator.names.hosts = hosts
    engine = Engine(source, pipeline, writer, tuple(w for w in (*watchers, notifier, outbox) if w is not None))
    engine.write_period_ns = write_period_ns(options.config, is_live=is_live)
    engine.notices = [*enricher.warnings, *enricher.places.warnings, *(dropped.notices if dropped is not None else ())]
    enricher.tell_by(engine.notices.append)
    if notifier is not None:
        engine.notices.append(notifier.attach(judge.describe, history))
    if outbox is not None:
        outbox.attach(engine, judge, str(options.record) if options.record else None)
    return Run(engine, options, enricher, live_writer, retention, dropped)
