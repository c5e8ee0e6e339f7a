"""Is a device under someone's control? A command shell in clear, and what known remote-control trojans show.

Shells and trojans by the first bytes of a stream, whatever its port; trojans under TLS by the certificate that their
kit makes. Programs that encrypt everything, or whose maker changed these, show nothing here: then beacon and
certificate may. Wrong for an administrator who works over an unencrypted shell, and for whoever plays with such a kit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, Explanation, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert, Certificate
from netscope.model.service import ServiceSeen

MAX_PAIRS: Final = 8_192
"""(controlled, controller, program) told; further ones are counted only."""
KITS: Final[tuple[tuple[str, str], ...]] = (
    ("quasar server ca", "Quasar"), ("asyncrat server", "AsyncRAT"), ("dcrat", "DcRat"), ("venomrat", "VenomRAT"),
    ("bitrat", "BitRAT"), ("orcus server", "Orcus"), ("major cobalt strike", "Cobalt Strike"),
    ("o=cobaltstrike", "Cobalt Strike"), ("p18055077", "PoshC2"), ("cn=covenant", "Covenant"),
)  # fmt: skip
"""Part of the subject, lower-case, of the certificate that a kit makes unless told otherwise -> its name."""


class Backdoor(QuietDetector):
    name: ClassVar[str] = "backdoor"
    observes: ClassVar[tuple[type, ...]] = (ServiceSeen, Certificate)
    explanation: ClassVar[Explanation] = Explanation(
        what="A device runs a remote control that attackers use: someone at the other end types commands into it, or a "
        "known trojan reports to its master.",
        usual="An administrator's or student's own test; a very old device that is managed over a bare shell.",
        check="Take the device off the network at once and examine it: which program holds this connection? Change the "
        "passwords that were used on it, from another device.",
    )

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._refused = 0
        self._told: set[tuple[str, str, str]] = set()

    def observe(self, record: ServiceSeen | Certificate) -> Sequence[Alert]:
        if type(record) is Certificate:
            return self._certificate(record)
        if isinstance(record, ServiceSeen) and record.protocol == "backdoor":
            return self._said(record)
        return NOTHING

    def _certificate(self, record: Certificate) -> Sequence[Alert]:
        if record.flow is None or record.position:
            return NOTHING
        subject = record.subject.lower()
        for part, kit in KITS:
            if part in subject:
                flow = record.flow
                title = _reports(self._neighbours.word(flow.client_ip), flow.server_ip, kit)
                by = f"certificate {record.subject}"[:120]
                return self._tell(flow, flow.client_ip, flow.server_ip, kit, title, record.timestamp_ns, by)
        return NOTHING

    def _said(self, record: ServiceSeen) -> Sequence[Alert]:
        flow = record.flow
        ends = flow.client_ip, flow.server_ip
        # A shell speaks from the device it runs on; a trojan reports to the server it called.
        is_shell = record.attribute == "shell"
        controlled, controller = ends[::-1] if record.side == "server" and is_shell else ends
        who = self._neighbours.word(controlled)
        title = f"{who} gives {controller} a {record.value}" if is_shell else _reports(who, controller, record.value)
        return self._tell(flow, controlled, controller, record.value, title, record.timestamp_ns, "its first bytes")

    def _tell(
        self, flow: Flow, controlled: str, controller: str, program: str, title: str, at_ns: int, by: str
    ) -> Sequence[Alert]:
        pair = (controlled, controller, program)
        if pair not in self._told:
            if len(self._told) >= bounded(MAX_PAIRS):
                self._refused += 1
                return NOTHING
            self._told.add(pair)
        device = self._neighbours.of_address(controlled)
        return (
            self.alert(
                f"{controlled} {controller} {program}", "high", title, at_ns,
                because="whoever holds the other end can do anything on it",
                observed={"programs": 1},
                threshold={"programs": 1},
                window_s=0,
                data={
                    "controlled": controlled, "controller": controller, "program": program, "known_by": by,
                    "port": flow.server_port,
                },
                device_id=device.id if device else flow.device_id, flow=flow,
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        counted = {"backdoor_pairs": len(self._told)}
        if self._refused:
            counted["backdoor_refused"] = self._refused
        return counted


def _reports(who: str, controller: str, program: str) -> str:
    return f"{who} is controlled from {controller}: {program}"
