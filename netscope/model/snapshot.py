"""What a front end sees: immutable views of the engine's state, and the reader that gives them.

Live and recorded data are read through the same ``Reader``, so every screen works on both.
Rows are NamedTuples because thousands are built a second and compared by identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from netscope.model.allow import AllowedRow, AllowRule
from netscope.model.control import RunControl
from netscope.model.history import (
    CountryTraffic,
    CourseBucket,
    Destination,
    NameDetail,
    RateSeries,
    TrackerList,
    TrackerUses,
)
from netscope.model.privacy import PrivacySummary
from netscope.model.shape import FlowShape
from netscope.model.usual import HourBytes


class FlowRow(NamedTuple):
    id: int
    device_id: int | None
    device_name: str
    """Name to show for the client: the device's name, else its address."""
    client_ip: str
    client_port: int
    server_ip: str
    server_port: int
    protocol: str
    app_protocol: str | None
    app_label: str
    """Short label of the protocol for a column: TLS1.3, QUIC, DNS, SSH, tcp."""
    server_name: str | None
    name_source: str | None
    name_missing_reason: str | None
    country: str | None
    asn: int | None
    as_org: str | None
    application: str | None
    tracker: str | None
    alert: bool
    bytes_up: int
    bytes_down: int
    packets_up: int
    packets_down: int
    rate_up_bps: float
    """Bits per second, mean of the last 5 s."""
    rate_down_bps: float
    history_bytes: tuple[int, ...]
    """Bytes both ways in the last 16 slots of 4 s, oldest first."""
    rtt_us: int | None
    retransmissions: int
    first_seen_ns: int
    last_seen_ns: int
    tcp_state: str | None
    end_reason: str | None
    """None while the flow is open."""
    vlan: str | None
    ja3: str | None
    ja4: str | None
    activity: str | None = None
    """What it is used for, by its shape: video_streaming, call … None where the shape does not decide."""


class DeviceRow(NamedTuple):
    id: int
    mac: str
    name: str
    """Label of the user, else learned name, else vendor and the tail of the MAC."""
    name_source: str | None
    vendor: str | None
    kind: str | None
    os: str | None
    model: str | None
    label: str | None
    randomized_mac: bool
    is_gateway: bool
    addresses: tuple[str, ...]
    """The most recently seen first."""
    flows_open: int
    bytes_sent: int
    bytes_received: int
    rate_up_bps: float
    rate_down_bps: float
    history_bytes: tuple[int, ...]
    trackers: int
    """Tracker hits."""
    alerts: int
    """Alerts not acknowledged."""
    first_seen_ns: int
    last_seen_ns: int
    activities: tuple[str, ...] = ()
    """What it is doing now, the most telling first; empty: nothing that shows."""


NAME_SOURCES: Final = ("sni", "quic", "http", "ech", "dns", "mdns", "llmnr", "nbns")
"""Where names are seen, the surest first: what a connection says of itself beats what was asked for."""


class NameRow(NamedTuple):
    """A host name one device used."""

    name: str
    sources: tuple[str, ...]
    """Where it was seen, in the order of NAME_SOURCES."""
    device_id: int | None
    device_name: str
    hits: int
    """Connections and queries."""
    first_seen_ns: int
    last_seen_ns: int
    rcode: str | None
    """Of the last DNS answer; NXDOMAIN shows as NX."""
    addresses: tuple[str, ...]
    tracker: str | None
    category: str | None


class TrackerRow(NamedTuple):
    name: str
    rule: str
    owner: str | None
    category: str | None
    list: str
    device_id: int | None
    device_name: str
    hits: int
    bytes: int
    first_seen_ns: int
    last_seen_ns: int


class AlertRow(NamedTuple):
    id: int
    detector: str
    severity: str
    title: str
    device_id: int | None
    device_name: str
    flow_id: int | None
    first_ns: int
    last_ns: int
    count: int
    state: str
    evidence: dict[str, Any]
    what: str
    usual: str
    check: str


class PulsePoint(NamedTuple):
    """Traffic of one second."""

    time_ns: int
    bytes_up: int
    """From local devices to elsewhere."""
    bytes_down: int
    packets: int


@dataclass(frozen=True, slots=True)
class CaptureState:
    source: str
    """Adapter names, file name or ``demo``."""
    kind: str
    """live, file, demo, recording."""
    networks: tuple[str, ...]
    """Local prefixes, as CIDR."""
    gateway: str | None
    filter: str | None
    packets: int
    bytes: int
    packets_per_s: float
    dropped: int
    dropped_interface: int
    truncated: int
    malformed: int
    flows_open: int
    flows_evicted: int
    recording: str | None
    """Path of the recording being written."""
    recording_bytes: int
    started_ns: int
    now_ns: int
    finished: bool
    """The source has ended (end of file)."""
    progress: float | None
    """Share of the file read, 0 to 1."""
    error: str | None
    """Why the engine stopped, in words for the user."""
    cpu_share: float
    """Of one core, over the last second."""
    rss_bytes: int
    learning_until_ns: int | None
    """New devices are being learned, not announced, until then."""
    counters: dict[str, int] = field(default_factory=dict)
    """Of this run, by the names of the manual."""
    rows_dropped: dict[str, int] = field(default_factory=dict)
    """Rows no longer shown because there were too many, by kind: flow, name, tracker, alert."""
    notices: tuple[str, ...] = ()
    """What the user should know of the run, in words."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    version: int
    """Grows by one with each snapshot."""
    capture: CaptureState
    flows: Sequence[FlowRow]
    devices: Sequence[DeviceRow]
    names: Sequence[NameRow]
    trackers: Sequence[TrackerRow]
    alerts: Sequence[AlertRow]
    pulse: Sequence[PulsePoint]
    """The last 240 s, oldest first."""
    allowed: Sequence[AllowedRow] = ()
    """The allow-list; ``alerts`` holds only what it does not hide."""


class TimelineEntry(NamedTuple):
    time_ns: int
    text: str
    """``SYN →``, ``ClientHello``, ``DNS A? example.org`` …"""


@dataclass(frozen=True, slots=True)
class FlowDetail:
    row: FlowRow
    facts: Sequence[tuple[str, str, str]]
    """(group, field, value) in the order to show: groups Flow, Name, Place, TLS, HTTP, DNS, Certificate."""
    timeline: Sequence[TimelineEntry]
    same_server: Sequence[tuple[str, int, int]]
    """Other devices on the same host: (device name, flows, last_seen_ns)."""
    community_id: str | None
    rate: RateSeries | None
    """How it went of late; None of a recording, which keeps totals of a flow."""
    shape: FlowShape | None = None
    """Sizes and gaps of its packets; None in a flow of a few packets, and where a recording has none."""


class Judgement(NamedTuple):
    """What is held of one attribute of a device, and why."""

    attribute: str
    """kind, os or model."""
    value: str
    confidence: int
    """0 to 100."""
    source: str
    """Of the evidence that decided: dhcp, mdns …"""
    reason: str


class SameDevice(NamedTuple):
    """Another MAC that may be this device under another random address. A suggestion: nothing is merged by it."""

    device_id: int
    mac: str
    name: str
    confidence: int
    """0 to 100."""
    evidence: tuple[str, ...]
    """What speaks for it, the strongest first."""


@dataclass(frozen=True, slots=True)
class DeviceDetail:
    row: DeviceRow
    evidence: Sequence[tuple[str, str, str, int, int]]
    """(source, attribute, value, count, last_seen_ns)."""
    names: Sequence[NameRow]
    destinations: Sequence[Destination]
    """Whom it talked to in the last 24 hours, the largest first."""
    day: Sequence[HourBytes]
    """The last 24 hours, that of now last, each with what is usual at that hour."""
    minutes: Sequence[int]
    """Bytes of each of the last 60 minutes, that of now last."""
    rate: RateSeries | None
    """How it sent and received of late."""
    judgements: Sequence[Judgement] = ()
    same_devices: Sequence[SameDevice] = ()
    """The most likely first."""
    note: str | None = None
    """What the user wrote about it."""


class Reader(Protocol):
    """Where screens get their data. Calls return at once; safe from the UI thread."""

    @property
    def control(self) -> RunControl | None:
        """None of a recording: there is no run."""
        ...

    def snapshot(self) -> Snapshot: ...

    def watch_flows(self, flow_ids: frozenset[int]) -> None:
        """These are on the screen: keep their rows as new as can be, however many others change."""
        ...

    def flow_detail(self, flow_id: int) -> FlowDetail | None: ...

    def device_detail(self, device_id: int) -> DeviceDetail | None: ...

    def device_privacy(self, device_id: int) -> PrivacySummary | None:
        """Summed up when asked for; None while a recording is being searched, and of an unknown device."""
        ...

    def name_detail(self, name: str) -> NameDetail | None:
        """None of a name that is no longer known."""
        ...

    def alert_flows(self, alert_id: int) -> Sequence[FlowRow]:
        """The flows behind an alert, as far as they are still held."""
        ...

    def tracker_uses(self) -> Sequence[TrackerUses]:
        """When trackers were called in the last 24 hours."""
        ...

    def tracker_lists(self) -> Sequence[TrackerList]:
        """Those in use; a recording does not know them."""
        ...

    def countries(self) -> Sequence[CountryTraffic]:
        """Where traffic went in the last 24 hours, the largest first."""
        ...

    def course(self) -> Sequence[CourseBucket]:
        """The whole run or recording in parts of equal length, oldest first; those without traffic are left out."""
        ...

    def set_device_label(self, device_id: int, label: str | None) -> None: ...

    def set_device_note(self, device_id: int, note: str | None) -> None: ...

    def set_alert_state(self, alert_id: int, state: str) -> None: ...

    def allow(self, rule: AllowRule) -> None:
        """Hide the alerts that fit, old and new. Raises NetScopeError for a rule that is no good."""
        ...

    def disallow(self, rule: AllowRule) -> None:
        """Show them again. A rule of the configuration file stays."""
        ...
