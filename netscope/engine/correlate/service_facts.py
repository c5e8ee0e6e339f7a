"""Emits what a plaintext session learns, each fact once a flow, cut to a bounded length."""

from __future__ import annotations

from typing import Final

from netscope.engine.correlate.session import Emit
from netscope.model.flow import UP, Flow
from netscope.model.service import ClearCredential, LoginRefused, Plaintext, ServiceSeen, Side

MAX_VALUE_CHARS: Final = 256
MAX_FACTS: Final = 64
"""Distinct facts a flow; a sender that names itself anew in each message is heard this often."""


class ServiceFacts:
    """Made when a flow was recognised as ``protocol``, and says so in the flow."""

    def __init__(self, flow: Flow, emit: Emit, protocol: str) -> None:
        self.flow = flow
        flow.app_protocol, flow.app_protocol_source = protocol, "content"
        self._emit = emit
        self._protocol = protocol
        self._told: set[tuple[str, str, int]] = set()

    def add(self, said: Plaintext, direction: int, timestamp_ns: int) -> None:
        for attribute, value in said.facts:
            self.fact(attribute, value, direction, timestamp_ns)
        if said.credential:
            self.credential(said.credential, timestamp_ns)

    def fact(self, attribute: str, value: str, direction: int, timestamp_ns: int) -> None:
        value = value[:MAX_VALUE_CHARS]
        if value and self._is_new((attribute, value, direction)):
            side: Side = "client" if direction == UP else "server"
            self._emit(ServiceSeen(self.flow, timestamp_ns, self._protocol, attribute, value, side))

    def credential(self, field: str, timestamp_ns: int) -> None:
        if self._is_new(("", field, UP)):
            self._emit(ClearCredential(self.flow, timestamp_ns, self._protocol, field))

    def refused(self, timestamp_ns: int) -> None:
        """A log-in failed; each time, since only their number means anything."""
        self._emit(LoginRefused(self.flow, timestamp_ns, self._protocol))

    def _is_new(self, key: tuple[str, str, int]) -> bool:
        if key in self._told or len(self._told) >= MAX_FACTS:
            return False
        self._told.add(key)
        return True
