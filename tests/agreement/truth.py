"""Facts of a capture as tshark and Wireshark read it (the files in captures/truth/dev)."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.agreement.facts import Facts, FlowCounts, endpoint

DNS_TYPES = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 10: "NULL", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 24: "SIG",
    25: "KEY", 28: "AAAA", 29: "LOC", 32: "NIMLOC", 33: "SRV", 35: "NAPTR", 39: "DNAME", 41: "OPT", 43: "DS",
    46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 64: "SVCB", 65: "HTTPS",
    99: "SPF", 251: "IXFR", 252: "AXFR", 255: "ANY", 257: "CAA",
}  # fmt: skip
DHCP_TYPES = ("DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM")
DHCP6_TYPES = (
    "SOLICIT", "ADVERTISE", "REQUEST", "CONFIRM", "RENEW", "REBIND", "REPLY", "RELEASE", "DECLINE", "RECONFIGURE",
    "INFORMATION-REQUEST", "RELAY-FORW", "RELAY-REPL",
)  # fmt: skip
DHCP6_SERVER_PORT = 547
MAX_LABEL_CHARS = 180
RDATA = {
    1: re.compile(r"addr (\S+)$"),
    2: re.compile(r"ns (\S+)$"),
    5: re.compile(r"cname (\S+)$"),
    12: re.compile(r"class [^,]+(?:, cache flush)?, (\S+)$"),
    28: re.compile(r"addr (\S+)$"),
}
RESERVED_QUIC_VERSION = re.compile(r"0x.a.a.a.a$")


def read_truth(truth_dir: Path, capture: str) -> Facts:
    document = json.loads((truth_dir / "tshark" / f"{capture}.json").read_text())
    facts = Facts(packets=document["frames"], bytes=document["bytes_on_wire"])
    _read_flows(facts, truth_dir / "tshark" / f"{capture}.flows.tsv")
    _read_hellos(facts, document, _wireshark_hellos(truth_dir).get(capture, []))
    _read_dns(facts, document.get("dns", []))
    _read_dhcp(facts, document.get("dhcp", []))
    for request in document.get("http", []):
        if request["kind"] == "http":
            facts.messages["http"][request["method"], request["host"] or None, request["uri"]] += 1
    # One row a certificate, however often it was shown.
    facts.messages["certificates"].update({certificate["sha256"] for certificate in document.get("certificates", [])})
    return facts


def _read_flows(facts: Facts, path: Path) -> None:
    with path.open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            a, b = endpoint(row["addr_a"], row["port_a"]), endpoint(row["addr_b"], row["port_b"])
            counts = FlowCounts(*(int(row[name]) for name in ("pkts_ab", "pkts_ba", "ip_bytes_ab", "ip_bytes_ba")))
            key = facts.add_flow(row["vlan"], row["proto"], a, b, counts)
            if row["proto"].endswith("frag"):
                facts.fragmented_hosts.add(key.hosts)
            if (counts.packets_ab and not counts.ip_bytes_ab) or (counts.packets_ba and not counts.ip_bytes_ba):
                facts.bytes_unknown.add(key)


@cache
def _wireshark_hellos(truth_dir: Path) -> dict[str, list[dict[str, Any]]]:
    lines = (truth_dir / "wireshark445_hello.jsonl").read_text().splitlines()
    return {row["file"]: row["hello"] for row in map(json.loads, lines)}


def _read_hellos(facts: Facts, document: dict[str, Any], wireshark: list[dict[str, Any]]) -> None:
    hellos = document.get("client_hello", []) + document.get("client_hello_found_by_content_only", [])
    for hello in hellos:
        # Version negotiation is forced with reserved versions; tshark 4.0 alone decrypts those Initials.
        forced = hello["quic_version"] and RESERVED_QUIC_VERSION.match(hello["quic_version"])
        target = facts.optional if forced else facts.messages
        target["sni"][hello["sni"] or None] += 1
        target["ja3"][hello["ja3"]] += 1
    for hello in wireshark:
        facts.messages["ja4"][hello["ja4"]] += 1
    # Wireshark 4.4.5 went by port, so hellos found by content alone have no JA4 here.
    known = {hello["ja3"] for hello in wireshark}
    facts.optional["ja4"].update({"": sum(hello["ja3"] not in known for hello in hellos)})


def _read_dns(facts: Facts, messages: list[dict[str, Any]]) -> None:
    for message in messages:
        known = message["opcode"] == "0" and not message["response"]
        for name, type_number in _questions(message):
            if known:
                facts.messages["dns_questions"][address(message["src"]), name, type_number] += 1
            else:
                for client in {message["src"], message["dst"]}:
                    facts.optional["dns_questions"][address(client), name, type_number] += 1
        if message["response"] and message["kind"] == "dns":
            for answer in message["answers"]:
                facts.messages["dns_answers"][address(message["dst"]), *_answer(answer)] += 1
        elif message["response"]:
            for answer in message["answers"]:
                for client in {message["src"], message["dst"]}:
                    facts.optional["dns_answers"][address(client), *_answer(answer)] += 1


def _questions(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, type_number, _ in message["questions"]:
        if name is not None and type_number is not None and not name.startswith("<Unknown"):
            yield plain_name(name), dns_type(int(type_number))


def _answer(answer: list[str]) -> tuple[str, str, str | None]:
    name, type_number, text = answer[0], int(answer[1] or 0), answer[2]
    pattern = RDATA.get(type_number)
    data = pattern.search(text) if pattern else None
    owner = plain_name(name or text.partition(": type ")[0])
    return owner, dns_type(type_number), comparable(owner, data[1]) if data else None


def _read_dhcp(facts: Facts, messages: list[dict[str, Any]]) -> None:
    for message in messages:
        code = int(message["message"] or 0)
        if message["kind"] == "dhcp":
            kind = DHCP_TYPES[code - 1] if code else "BOOTP"
            facts.messages["dhcp"][
                kind, message["client_mac"], message["hostname"] or None, message["requested_ip"] or None,
                message["vendor_class"] or None, message["server_id"] or None,
                None if message["your_ip"] == "0.0.0.0" else message["your_ip"], tuple(message["param_list"]),
            ] += 1  # fmt: skip
        else:
            # The link-layer address is that of the first DUID, which is the server's own in its answers.
            mac = message["link_layer"] if message["dport"] == DHCP6_SERVER_PORT else None
            facts.messages["dhcp"][DHCP6_TYPES[code - 1], mac] += 1


def address(text: str) -> str:
    return endpoint(text, 0).address


def dns_type(number: int) -> str:
    return DNS_TYPES.get(number, f"TYPE{number}")


def plain_name(name: str) -> str:
    """tshark's text of a name: lower case, what is not plain ASCII as one question mark."""
    name = "." if name == "<Root>" else re.sub(r"\\(\d{3}|.?)", "?", name)
    return coarse(name)


def comparable(owner: str, data: str) -> str | None:
    """Rdata in one form; None where tshark would have cut the line that names it."""
    if len(owner) + len(data) > MAX_LABEL_CHARS:
        return None
    try:
        return address(data)
    except ValueError:
        return plain_name(data)


def coarse(name: str) -> str:
    return re.sub(r"[^ -~?]+|\?+|\\+", "?", name.lower()).replace("??", "?")
