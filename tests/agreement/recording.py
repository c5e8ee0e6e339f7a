"""Facts of a capture as NetScope recorded it, read with sqlite3 alone through the published columns."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

from tests.agreement.facts import Facts, FlowCounts, endpoint
from tests.agreement.truth import address, coarse, comparable

ESCAPED_BYTE = re.compile(rb"\\(\d{3})")
DATA_COMPARED = frozenset({"A", "AAAA", "CNAME", "NS", "PTR"})


def read_recording(path: Path) -> Facts:
    database = sqlite3.connect(path)
    try:
        packets, bytes_on_wire = database.execute("SELECT sum(packets), sum(bytes) FROM sessions").fetchone()
        facts = Facts(packets=packets or 0, bytes=bytes_on_wire or 0)
        _read_flows(facts, database)
        _read_hellos(facts, database)
        _read_dns(facts, database)
        _read_dhcp(facts, database)
        facts.messages["http"].update(database.execute("SELECT method, host, uri FROM http_requests"))
        facts.messages["certificates"].update(row[0] for row in database.execute("SELECT sha256 FROM certificates"))
        return facts
    finally:
        database.close()


def _read_flows(facts: Facts, database: sqlite3.Connection) -> None:
    rows = database.execute(
        "SELECT vlan, protocol, client_ip, client_port, server_ip, server_port,"
        " packets_up, packets_down, bytes_up, bytes_down FROM flows"
    )
    for vlan, protocol, client_ip, client_port, server_ip, server_port, *counts in rows:
        client, server = endpoint(client_ip, client_port), endpoint(server_ip, server_port)
        facts.add_flow(str(vlan) if vlan is not None else "", protocol, client, server, FlowCounts(*counts))


def _read_hellos(facts: Facts, database: sqlite3.Connection) -> None:
    # A hello in the SSL 2.0 frame has no JA3; tshark lists it nowhere.
    rows = database.execute("SELECT sni, ja3_hash, ja4 FROM tls_handshakes WHERE ja3_hash IS NOT NULL")
    for sni, ja3_hash, ja4 in rows:
        facts.messages["sni"][sni] += 1
        facts.messages["ja3"][ja3_hash] += 1
        facts.messages["ja4"][ja4] += 1


def _read_dns(facts: Facts, database: sqlite3.Connection) -> None:
    rows = database.execute(
        "SELECT client_ip, query_name, query_type, answers FROM dns_queries WHERE transport != 'nbns'"
    )
    for client_ip, query_name, query_type, answers in rows:
        client = address(client_ip)
        facts.messages["dns_questions"][client, plain_name(query_name), query_type] += 1
        for answer in json.loads(answers or "[]"):
            facts.messages["dns_answers"][client, *_answer(answer)] += 1


def _answer(answer: dict[str, Any]) -> tuple[str, str, str | None]:
    name = plain_name(answer["name"])
    # Rdata that is not what its type says comes in the generic form (RFC 3597, section 5).
    whole = answer["type"] in DATA_COMPARED and not answer["data"].startswith("\\#")
    return name, answer["type"], comparable(name, unescaped(answer["data"])) if whole else None


def plain_name(name: str) -> str:
    return coarse(unescaped(name))


def unescaped(name: str) -> str:
    """Presentation form to text, as a tool prints it that knows no escapes (RFC 4343, section 2.1)."""
    raw = ESCAPED_BYTE.sub(lambda match: bytes([int(match[1])]), name.encode())
    return re.sub(rb"\\(.)", rb"\1", raw).decode(errors="replace")


def _read_dhcp(facts: Facts, database: sqlite3.Connection) -> None:
    rows = database.execute(
        "SELECT sender_ip, from_client, mac, message_type, hostname, requested_ip, vendor_class, server_ip,"
        " assigned_ip, parameter_request_list FROM dhcp_messages"
    )
    for sender, from_client, mac, kind, *fields, parameters in rows:
        if ":" in sender:
            facts.messages["dhcp"][kind, mac if from_client else None] += 1
        else:
            name = "BOOTP" if kind.startswith("BOOT") else kind
            facts.messages["dhcp"][name, mac, *fields, tuple(json.loads(parameters or "[]"))] += 1
