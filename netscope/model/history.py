"""What a reader tells of the time before now: the course of a run, of a device, of a name. Asked for, never pushed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class CourseBucket(NamedTuple):
    """One part of the time of a run or a recording."""

    start_ns: int
    seconds: int
    bytes_up: int
    """From local devices to elsewhere."""
    bytes_down: int
    packets: int
    flows: int
    """That began in it."""
    devices: int
    """Seen for the first time in it."""
    tracker_hits: int
    alerts: int
    """That began in it."""


class RateSeries(NamedTuple):
    """Bytes of equal parts of time, oldest first. Up is from the client, or from the device."""

    end_ns: int
    """Of the last part."""
    slot_s: int
    up: tuple[int, ...]
    down: tuple[int, ...]


class Destination(NamedTuple):
    """Whom a device talked to in the last 24 hours."""

    name: str
    """Host name, else address."""
    bytes: int
    """Both ways, of flows that ended in the time and of those still open."""
    flows: int
    country: str | None
    tracker: str | None
    """Its owner."""


class CountryTraffic(NamedTuple):
    """What went to and came from one country in the last 24 hours."""

    country: str | None
    """ISO 3166-1 alpha-2; None for the places no database knows."""
    bytes: int
    flows: int
    devices: int
    names: int
    """Different hosts."""


class Uses(NamedTuple):
    """How often something happened of late, oldest first."""

    minutes: tuple[int, ...]
    """In each of the last 60 minutes of the clock."""
    hours: tuple[int, ...]
    """In each of the last 24 hours of the clock."""


class TrackerUses(NamedTuple):
    """When one device called one listed name."""

    name: str
    owner: str | None
    device_id: int | None
    uses: Uses


class TrackerList(NamedTuple):
    """A list that names trackers."""

    name: str
    source: str
    """A file, or where it was made from."""
    date: str | None
    """ISO 8601."""
    entries: int


class AnswerRow(NamedTuple):
    """One answer to a name's query that differed from the one before."""

    time_ns: int
    query_type: str
    rcode: str
    addresses: tuple[str, ...]
    response_time_us: int | None
    server_ip: str
    """Of the resolver."""
    device_id: int | None
    """Who asked."""


@dataclass(frozen=True, slots=True)
class NameDetail:
    answers: Sequence[AnswerRow]
    """Newest first."""
    uses: Uses
    bytes: int
    """Both ways, in the last 24 hours."""
