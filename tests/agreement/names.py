"""Whether names are where they belong: on flows whose client obtained them, on devices that gave them.

    python -m tests.agreement.names [CAPTURE...]

Checked against tshark's DNS and DHCP messages. A flow named by DNS needs an answer to its client, for its name, with
its server's address; a device named by DHCP needs a message with its MAC and that name.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.agreement.agreement import JOBS, captures, record, shared_dir
from tests.agreement.recording import plain_name as our_name
from tests.agreement.truth import RDATA, address, plain_name

Obtained = set[tuple[str, str, str]]
"""(client, name asked for, address answered)."""


def obtained(messages: list[dict[str, Any]]) -> Obtained:
    found: Obtained = set()
    for message in messages:
        if not message["response"]:
            continue
        # mDNS is heard by everyone.
        client = address(message["dst"]) if message["kind"] == "dns" else ""
        names = {question[0] for question in message["questions"]}
        for owner, kind, text in message["answers"] + message["additional"]:
            data = RDATA[int(kind)].search(text) if kind in ("1", "28") else None
            if data is not None:
                owners = names if message["kind"] == "dns" else {owner or text.partition(": type ")[0]}
                found.update((client, plain_name(name), address(data[1])) for name in owners if name)
    return found


def check(capture: Path) -> tuple[Counter[str], list[str]]:
    truth = json.loads((shared_dir() / "captures/truth/dev/tshark" / f"{capture.name}.json").read_text())
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="netscope-names-") as folder:
        database = Path(folder) / "out.db"
        if record(capture, database) is not None:
            return counts, []
        connection = sqlite3.connect(database)
        wrong = _wrong_flows(connection, obtained(truth.get("dns", [])), counts)
        wrong += _wrong_hostnames(connection, truth.get("dhcp", []), counts)
        connection.close()
    return counts, [f"{capture.name}: {line}" for line in wrong]


def _wrong_flows(connection: sqlite3.Connection, answers: Obtained, counts: Counter[str]) -> list[str]:
    wrong = []
    for client, server, name, source in connection.execute(
        "SELECT client_ip, server_ip, server_name, name_source FROM flows WHERE name_source IN ('dns', 'mdns')"
    ):
        counts["flows named by DNS"] += 1
        asked_by = address(client) if source == "dns" else ""
        if (asked_by, our_name(name), address(server)) not in answers:
            wrong.append(f"{client} never obtained {name} for {server} ({source})")
    return wrong


def _wrong_hostnames(connection: sqlite3.Connection, messages: list[dict[str, Any]], counts: Counter[str]) -> list[str]:
    given = {(message["client_mac"], message["hostname"]) for message in messages if message.get("hostname")}
    wrong = []
    for mac, hostname in connection.execute(
        "SELECT mac, value FROM device_evidence JOIN devices ON devices.id = device_id"
        " WHERE source = 'dhcp' AND attribute = 'hostname'"
    ):
        counts["hostnames from DHCP"] += 1
        if (mac, hostname) not in given:
            wrong.append(f"{mac} never called itself {hostname}")
    return wrong


def main() -> int:
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    with ProcessPoolExecutor(JOBS, get_context("spawn")) as pool:
        for found, lines in pool.map(check, captures(sys.argv[1:])):
            counts += found
            wrong += lines
    for what, count in sorted(counts.items()):
        print(f"{what}: {count}")
    print(f"wrong: {len(wrong)}")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
