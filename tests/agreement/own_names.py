"""Does every name on a flow come from what its own client asked or said? Checked against tshark's reading.

python -m tests.agreement.own_names [CAPTURE...]
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.agreement.truth import RDATA, address, plain_name

ADDRESS_TYPES = ("1", "28")
SHARED_SOURCES = ("mdns",)
"""What every host on the link hears."""


class Named(NamedTuple):
    client_ip: str
    server_ip: str
    name: str
    source: str


class Told(NamedTuple):
    """What tshark saw clients ask and say."""

    answered: dict[tuple[str, str], set[str]]
    """(client, address) -> names it asked for and got the address of; the client is empty where all heard it."""
    said: dict[tuple[str, str], set[str]]
    """(client, server) -> names in its hellos and requests."""


def read_told(document: dict[str, Any]) -> Told:
    told = Told(defaultdict(set), defaultdict(set))
    for message in document.get("dns", []):
        if message["response"]:
            _read_answer(message, told)
    for hello in document.get("client_hello", []) + document.get("client_hello_found_by_content_only", []):
        if hello["sni"]:
            told.said[address(hello["src"]), address(hello["dst"])].add(plain_name(hello["sni"]))
    for request in document.get("http", []):
        if request.get("host"):
            host = request["host"].rpartition(":")[0] if request["host"].count(":") == 1 else request["host"]
            told.said[address(request["src"]), address(request["dst"])].add(plain_name(host))
    return told


def _read_answer(message: dict[str, Any], told: Told) -> None:
    client = "" if message["kind"] == "mdns" else address(message["dst"])
    asked = {plain_name(name) for name, _, _ in message["questions"] if name is not None}
    for owner, kind, text in message["answers"] + message["additional"]:
        found = RDATA[int(kind)].search(text) if kind in ADDRESS_TYPES else None
        if found is not None:
            names = asked if client else {plain_name(owner or text.partition(": type ")[0])}
            told.answered[client, address(found[1])] |= names


def named_flows(database: Path) -> Iterator[Named]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        for row in connection.execute(
            "SELECT client_ip, server_ip, server_name, name_source FROM flows WHERE server_name IS NOT NULL"
        ):
            yield Named(*row)
    finally:
        connection.close()


def is_own(flow: Named, told: Told) -> bool:
    name = plain_name(flow.name)
    if flow.source in ("sni", "quic", "http"):
        # Who is the client may be swapped in a flow joined midway.
        return name in told.said[flow.client_ip, flow.server_ip] | told.said[flow.server_ip, flow.client_ip]
    client = "" if flow.source in SHARED_SOURCES else flow.client_ip
    return name in told.answered[client, flow.server_ip]


def strangers(database: Path, truth_dir: Path, capture: str) -> tuple[int, list[Named]]:
    """How many recorded flows have a name, and those whose client tshark did not see obtain it."""
    told = read_told(json.loads((truth_dir / "tshark" / f"{capture}.json").read_text()))
    flows = list(named_flows(database))
    return len(flows), [flow for flow in flows if not is_own(flow, told)]
