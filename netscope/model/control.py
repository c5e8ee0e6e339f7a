"""What a user can do to a run that goes on: listen elsewhere, record, keep a flow's packets."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple, Protocol

from netscope.model.errors import NetScopeError


class Adapter(NamedTuple):
    """An interface of this machine, as it is now."""

    name: str
    description: str
    """Kind and driver, in words."""
    address: str | None
    """The first one, with its prefix length."""
    state: str
    """up, down or no link."""
    bytes: int
    """Received since the interface exists."""
    packets: int
    is_heard: bool
    """The run listens to it."""


class WrittenPackets(NamedTuple):
    """What became of a request for the packets of flows."""

    path: Path
    packets: int
    kept_since_ns: int
    """Time of the oldest packet kept: what came before is gone."""


class Recorded(NamedTuple):
    """A recording that was begun or ended."""

    path: Path
    bytes: int


def check_writable(path: Path, folders: Sequence[Path]) -> None:
    """Raises NetScopeError for a file outside the only folders that can be written to; none: all can."""
    if folders and not any(path.absolute().is_relative_to(folder.absolute()) for folder in folders):
        where = ", ".join(map(str, folders))
        raise NetScopeError(f"{path}: once its rights are given up NetScope writes only to {where}")


class RunControl(Protocol):
    """Calls return at once; what takes time is a future, which fails with NetScopeError in words for the user."""

    @property
    def can_listen(self) -> bool:
        """Whether there are adapters to choose from: a live capture."""
        ...

    def adapters(self) -> Sequence[Adapter]: ...

    def listen(self, name: str) -> Future[None]:
        """Listen to this adapter instead. Flows, devices and the recording go on."""
        ...

    @property
    def can_record(self) -> bool:
        """Whether a recording can be begun in the middle: of what goes on, not of a file."""
        ...

    @property
    def recording(self) -> str | None:
        """Path of what is being recorded now; a snapshot may be a second late."""
        ...

    @property
    def writable(self) -> Sequence[Path]:
        """The only folders that can still be written to; empty: all that the user can."""
        ...

    def new_recording(self) -> Path:
        """Where a recording would go: a file that is not there yet."""
        ...

    def start_recording(self, path: Path) -> Future[Recorded]:
        """Into a new file."""
        ...

    def stop_recording(self) -> Future[Recorded]: ...

    @property
    def kept_bytes(self) -> int:
        """Memory in which the newest packets are kept; 0: none are, and ``write_packets`` fails."""
        ...

    def write_packets(self, flow_ids: Sequence[int], path: Path) -> Future[WrittenPackets]:
        """Write what is kept of these flows as a pcap file; one that is there already is left as it is."""
        ...
