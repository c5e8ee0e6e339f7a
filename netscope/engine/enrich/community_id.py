"""Community ID v1: one name for a flow that every monitor computes alike (https://github.com/corelight/community-id-spec).

SHA-1 here identifies, it does not protect.
"""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.meter import flow_digest
from netscope.model.flow import Flow

PROTOCOL_NUMBERS: Final = {"icmp": 1, "igmp": 2, "ipip": 4, "tcp": 6, "udp": 17, "ipv6": 41, "gre": 47, "esp": 50,
                           "ah": 51, "icmpv6": 58, "ospf": 89, "pim": 103, "vrrp": 112, "sctp": 132}  # fmt: skip
_WITH_PORTS: Final = frozenset(("tcp", "udp", "sctp", "icmp", "icmpv6"))

ICMP_ANSWER: Final = {8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17, 10: 9, 9: 10}
ICMPV6_ANSWER: Final = {128: 129, 129: 128, 133: 134, 134: 133, 135: 136, 136: 135, 130: 131, 131: 130, 144: 145,
                         145: 144, 139: 140, 140: 139}  # fmt: skip
"""Type of a message to that of its answer: they take the place of ports, so both directions get one name."""


def community_id(
    source_ip: str, source_port: int, destination_ip: str, destination_port: int, protocol: str, seed: int = 0
) -> str | None:
    """``1:`` and the base64 of the SHA-1; None for a protocol without a known number.

    For ICMP the ports are type and code of the first message.
    """
    number = PROTOCOL_NUMBERS.get(protocol)
    if number is None:
        return None
    ordered = False
    if number in (1, 58):
        answers = ICMP_ANSWER if number == 1 else ICMPV6_ANSWER
        answer = answers.get(source_port)
        if answer is None:
            ordered = True
        else:
            destination_port = answer
    has_ports = protocol in _WITH_PORTS
    return "1:" + flow_digest(
        source_ip, source_port, destination_ip, destination_port, number, has_ports, ordered, seed
    )


def of_flow(flow: Flow) -> str | None:
    """The flow's Community ID, computed at the first call and kept in the flow."""
    if flow.community_id is None:
        first, second = flow.client_port, flow.server_port
        if flow.icmp_type is not None:
            first, second = flow.icmp_type, flow.icmp_code or 0
        flow.community_id = community_id(flow.client_ip, first, flow.server_ip, second, flow.protocol)
    return flow.community_id
