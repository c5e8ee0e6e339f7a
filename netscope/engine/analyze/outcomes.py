"""What became of a connection attempt: finds the ones that came to nothing as soon as that is sure.

A refusal shows at once; silence after a few seconds, long before the flow itself is given up.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from netscope.engine.analyze.detector import SECOND_NS
from netscope.model.flow import Flow

PATIENCE_NS: Final = 4 * SECOND_NS
"""A SYN is sent again after 1 s and 3 s (RFC 6298); who has not answered by then does not."""
MAX_WAITING: Final = 20_000
"""Unanswered flows watched for their patience; further ones are judged when they close."""
FAILED_STATES: Final = frozenset(("S0", "REJ", "RSTOS0", "SH"))
"""A SYN of the client and no connection after it (Zeek's conn_state)."""
ANSWERED_FAILURES: Final = frozenset(("REJ", "OTH"))
UNSEEN: Final = 0
WAITING: Final = 1
TOLD: Final = 2
"""What ``Flow.outcome`` holds."""
ODD_HISTORIES: Final = frozenset(("", "r", "F", "Fr"))
"""No SYN, no ACK, no data: nothing, FIN or FIN with other flags, and at most a reset in answer."""
PROBE_HISTORIES: Final = frozenset(("A", "Ar"))
"""An ACK without a connection, and at most a reset in answer."""
PROBE_PACKETS: Final = 2
"""A probe is sent once or twice; what goes on longer may have begun before the recording did."""
REQUESTS: Final = frozenset((8, 13, 15, 17, 128))
"""ICMP that asks for an answer: echo, timestamp, information, address mask (RFC 792, 950), and ICMPv6's echo."""


class Outcomes:
    """Bound: MAX_WAITING flows in line. What is known of a flow stands in the flow: no table to look it up in."""

    def __init__(self) -> None:
        self._line: deque[tuple[int, Flow]] = deque()

    def second(self, now_ns: int, changed: list[Flow]) -> list[Flow]:
        """The attempts whose failure became sure."""
        failed = []
        for flow in changed:
            if flow.packets_down:
                if flow.outcome != TOLD and flow.tcp_state in ANSWERED_FAILURES and _is_failure(flow):
                    flow.outcome = TOLD
                    failed.append(flow)
            elif flow.outcome == UNSEEN:
                flow.outcome = WAITING
                if len(self._line) < MAX_WAITING:
                    self._line.append((now_ns + PATIENCE_NS, flow))
        line = self._line
        while line and line[0][0] <= now_ns:
            flow = line.popleft()[1]
            if flow.outcome == WAITING and not flow.packets_down and _is_failure(flow):
                flow.outcome = TOLD
                failed.append(flow)
        return failed

    def closed(self, flow: Flow) -> bool:
        """Whether the flow failed and that was not told yet."""
        was_told = flow.outcome == TOLD
        flow.outcome = TOLD
        return not was_told and _is_failure(flow)


def is_odd(flow: Flow) -> bool:
    """A TCP flow that never tried to connect, as NULL, FIN, XMAS and ACK probes make (RFC 9293, section 3.10.7.1)."""
    if flow.tcp_state != "OTH":
        return False
    return flow.tcp_history in ODD_HISTORIES or is_ack_probe(flow)


def is_ack_probe(flow: Flow) -> bool:
    return flow.tcp_history in PROBE_HISTORIES and flow.packets_up <= PROBE_PACKETS


def _is_failure(flow: Flow) -> bool:
    protocol = flow.protocol
    if protocol == "tcp":
        return (flow.tcp_state in FAILED_STATES and not _is_half_seen(flow)) or is_odd(flow)
    if flow.packets_down:
        return False
    return protocol == "udp" or (flow.icmp_type in REQUESTS and protocol.startswith("icmp"))


def _is_half_seen(flow: Flow) -> bool:
    """A SYN, then an acknowledgment: the client was answered where the recording does not look."""
    return not flow.packets_down and "A" in (flow.tcp_history or "")
