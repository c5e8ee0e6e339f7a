"""What a user can do to a run that goes on: listen elsewhere, record, keep a flow's packets."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple, Protocol


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
    bytes: int
    """Of the file."""


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
