"""What the pipeline asks of the stages that it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from netscope.model.flow import Flow
from netscope.model.records import Alert, Device, DevicePair, DnsQuery, Evidence, TrackerHit
from netscope.model.snapshot import Judgement


class Enrich(Protocol):
    """What the enrich stage gives: fills fields in place, returns tracker hits."""

    def flow_opened(self, flow: Flow, remote_ip: str | None) -> None: ...

    def flow_named(self, flow: Flow) -> TrackerHit | None: ...

    def flow_moved(self, flow: Flow) -> None:
        """An open flow's counters and shape were brought up to date."""
        ...

    def flow_closed(self, flow: Flow) -> TrackerHit | None: ...

    def dns(self, query: DnsQuery) -> TrackerHit | None: ...


class Identify(Protocol):
    """What the enrich stage says of devices: reads every record, returns what it heard that was new."""

    def hear(self, record: object) -> Sequence[tuple[Device, list[Evidence]]]:
        """A record at its first emission."""
        ...

    def hear_again(self, record: object) -> Sequence[tuple[Device, list[Evidence]]]:
        """The same record once more is known of it."""
        ...

    def syn(self, device: Device, ttl: int, window: int, options: bytes, timestamp_ns: int) -> list[Evidence]:
        """The shape of a SYN the device sent."""
        ...

    def evidence(self, device: Device) -> list[Evidence]:
        """What is held of a device."""
        ...

    def judgements(self, device: Device) -> list[Judgement]:
        """Of kind, os and model what is held, each followed by what contradicts it."""
        ...

    def pairs(self, device_id: int) -> list[DevicePair]:
        """Which other devices may be this one."""
        ...

    def look(self, now_ns: int, *, is_over: bool) -> list[DevicePair]:
        """Which devices may be one machine, where that is news; asked every LOOK_AT_DEVICES_NS."""
        ...


class Analyze(Protocol):
    """What the analyze stage gives: alerts out of what it is shown."""

    def observe(self, record: object) -> Sequence[Alert]: ...

    def flow_opened(self, flow: Flow) -> Sequence[Alert]: ...

    def flow_closed(self, flow: Flow) -> Sequence[Alert]: ...

    def second(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]: ...

    def capture(self, now_ns: int, received: int, dropped: int, jump_s: float) -> Sequence[Alert]: ...

    def refused(self) -> dict[str, int]:
        """How many keys its full tables refused, as ``…_refused``."""
        ...


class Observer(Protocol):
    """Who is shown everything as it happens: the outbox."""

    def record(self, record: object) -> None: ...

    def flow_opened(self, flow: Flow) -> None: ...

    def flow_closed(self, flow: Flow) -> None: ...

    def second(self, now_ns: int, changed: list[Flow]) -> None: ...
