"""UDP payloads out of real captures by dpkt, and what tshark says of them: the measure of DNS and DHCP parsers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dpkt

from netscope.engine.parse import dhcp, dhcpv6, dns
from netscope.engine.parse.dns_name import plain_name
from netscope.engine.parse.dns_rdata import TYPE_NAMES
from netscope.model.dhcp import DhcpMessage
from netscope.model.dns import DnsMessage
from netscope.model.errors import ParseError

FUZZED = re.compile("fuzz|badpackets|malformed")
"""Captures of broken packets: the tools do not agree with one another on them."""
ETHERNET, RAW, RAW_BSD, COOKED = 1, 101, 12, 113


@dataclass
class Agreement:
    compared: int = 0
    differences: list[tuple[object, ...]] = field(default_factory=list)

    @property
    def share(self) -> float:
        return 1 - len(self.differences) / self.compared

    def add(self, where: tuple[object, ...], ours: object, theirs: object) -> None:
        self.compared += 1
        if ours != theirs:
            self.differences.append((*where, ours, theirs))


def udp_payloads(capture: Path, ports: set[int]) -> Iterator[tuple[int, bytes]]:
    """(frame number, payload) of whole UDP datagrams, of plain IP over the common link types."""
    with capture.open("rb") as file:
        try:
            reader = dpkt.pcap.UniversalReader(file)
            for number, (_, frame) in enumerate(reader, 1):
                udp = _udp(reader.datalink(), frame)
                if udp is not None and {udp.sport, udp.dport} & ports and udp.ulen >= 8:
                    yield number, bytes(udp.data)[: udp.ulen - 8]
        except (ValueError, dpkt.Error):
            return  # not a capture, or cut at its end


def _udp(link_type: int, frame: bytes) -> dpkt.udp.UDP | None:
    try:
        if link_type == ETHERNET:
            packet = dpkt.ethernet.Ethernet(frame).data
        elif link_type == COOKED:
            packet = dpkt.sll.SLL(frame).data
        elif link_type in (RAW, RAW_BSD):
            packet = dpkt.ip.IP(frame) if frame[0] >> 4 == 4 else dpkt.ip6.IP6(frame)
        else:
            return None
        while isinstance(packet, dpkt.Packet) and not isinstance(packet, dpkt.udp.UDP):
            packet = packet.data
    except (dpkt.Error, AttributeError, IndexError, ValueError):
        return None
    return packet if isinstance(packet, dpkt.udp.UDP) else None


def truth_by_frame(capture: Path, truth: Path, key: str) -> dict[int, dict[str, Any]]:
    """tshark's account of each frame that holds exactly one message over UDP."""
    said: dict[int, list[dict[str, Any]]] = {}
    for entry in json.loads((truth / "tshark" / f"{capture.name}.json").read_text()).get(key, []):
        if entry["l4"] == "udp" and not entry.get("malformed"):
            said.setdefault(entry["frame"], []).append(entry)
    return {frame: entries[0] for frame, entries in said.items() if len(entries) == 1}


def captures(captures_dir: Path) -> Iterator[Path]:
    return (path for path in sorted(captures_dir.glob("*.pcap*")) if not FUZZED.search(path.name))


def dns_agreement(captures_dir: Path, truth_dir: Path) -> Agreement:
    agreement = Agreement()
    for capture in captures(captures_dir):
        truth = truth_by_frame(capture, truth_dir, "dns")
        if not truth:
            continue
        for frame, payload in udp_payloads(capture, {53, 5353, 5355}):
            if frame in truth:
                theirs = _tshark_dns(truth[frame])
                agreement.add((capture.name, frame), _our_dns(payload), theirs)
    return agreement


def _our_dns(payload: bytes) -> object:
    try:
        message = dns.parse_message(payload)
    except ParseError as error:
        return error.slug
    opt = message.edns_udp_size is not None
    counts = (len(message.answers), len(message.authorities), len(message.additionals) + opt)
    return message.transaction_id, message.is_response, _our_questions(message), counts


def _our_questions(message: DnsMessage) -> list[tuple[str, str]]:
    return [(_ascii(plain_name(question.name)), question.type) for question in message.questions]


def _tshark_dns(said: dict[str, Any]) -> object:
    questions = [
        (_ascii("." if name == "<Root>" else _unescaped(name)), TYPE_NAMES.get(int(kind), f"TYPE{kind}"))
        for name, kind, _ in said["questions"]
    ]
    counts = tuple(len(said[section]) for section in ("answers", "authority", "additional"))
    return int(said["id"], 16), said["response"], questions, counts


def _unescaped(name: str) -> str:
    r"""tshark writes control characters as \012, in octal."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), name)


def _ascii(name: str) -> str:
    """tshark replaces bytes that are not UTF-8: compare what both can say."""
    return re.sub(r"[^\x20-\x7e]+", "?", name)


def dhcp_agreement(captures_dir: Path, truth_dir: Path) -> Agreement:
    """One comparison a field."""
    agreement = Agreement()
    for capture in captures(captures_dir):
        truth = truth_by_frame(capture, truth_dir, "dhcp")
        if not truth:
            continue
        for frame, payload in udp_payloads(capture, {67, 68, 546, 547}):
            if frame in truth:
                said = truth[frame]
                message = dhcp.parse(payload) if said["kind"] == "dhcp" else dhcpv6.parse(payload)
                ours, theirs = _v4(message, said) if said["kind"] == "dhcp" else _v6(message, said)
                for key, value in ours.items():
                    agreement.add((capture.name, frame, key), value, theirs[key])
    return agreement


def _v4(message: DhcpMessage, said: dict[str, Any]) -> tuple[dict[str, object], dict[str, object]]:
    number = next((code for code, text in dhcp.MESSAGE_TYPES.items() if text == message.message_type), None)
    ours: dict[str, object] = {
        "client_mac": message.mac,
        "xid": message.transaction_id,
        "message": str(number) if number else None,
        "hostname": message.hostname,
        "vendor_class": message.vendor_class,
        "param_list": list(message.parameter_request_list),
        "requested_ip": message.requested_ip,
        "your_ip": message.assigned_ip or "0.0.0.0",
        "client_ip": message.client_ip or "0.0.0.0",
        "server_id": message.server_ip,
        "fqdn": message.fqdn,
        "router": list(message.routers),
        "dns": list(message.dns_servers),
        "options": list(message.options),
    }
    options = [int(code) for code in said["options"] if code not in ("0", "255")]
    return ours, {**said, "xid": int(said["xid"], 16), "options": options}


def _v6(message: DhcpMessage, said: dict[str, Any]) -> tuple[dict[str, object], dict[str, object]]:
    number = next(code for code, text in dhcpv6.MESSAGE_TYPES.items() if text == message.message_type)
    ours: dict[str, object] = {
        "message": str(number),
        "duid": message.client_id,
        "fqdn": message.fqdn,
        "link_layer": message.mac,
        "vendor_class": message.vendor_class,
        "requested": [str(code) for code in message.parameter_request_list],
    }
    fqdn = said["fqdn"] and said["fqdn"].removesuffix(".")
    return ours, {**said, "fqdn": fqdn, "duid": said["duid"] and said["duid"].replace(":", "")}
