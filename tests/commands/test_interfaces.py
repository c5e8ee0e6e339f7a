"""``netscope interfaces`` inside a namespace made for the test, for people and for programs."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from click.testing import CliRunner

from netscope.commands.interfaces import interfaces
from tests.live.namespace import VethPair, veth

__all__ = ["veth"]

pytestmark = pytest.mark.live


@pytest.fixture
def home(veth: VethPair) -> VethPair:
    veth.run("ip", "link", "set", veth.left, "address", "02:00:00:00:00:07")
    veth.run("ip", "addr", "add", "10.77.0.1/24", "dev", veth.left)
    veth.run("ip", "addr", "add", "10.78.0.1/24", "dev", veth.left)
    veth.run("ip", "route", "add", "default", "via", "10.77.0.254")
    return veth


def test_the_table_marks_the_chosen_one_and_says_why(home: VethPair) -> None:
    shown = CliRunner().invoke(interfaces)
    assert shown.exit_code == 0
    rows = shown.output.splitlines()
    assert rows[0].split() == ["NAME", "STATE", "KIND", "LINK", "MAC", "ADDRESSES"]
    chosen = [row.split() for row in rows if row.startswith("*  ")]
    assert chosen == [["*", home.left, "up", "veth", "EN10MB", "02:00:00:00:00:07", "10.77.0.1/24"]]
    assert rows[rows.index(next(row for row in rows if row.startswith("*  "))) + 1].strip() == "10.78.0.1/24"
    assert rows[-1] == f"* {home.left}: carries the default route through 10.77.0.254"


def listed(of: VethPair, *, carrier: bool) -> dict[str, Any]:
    """The document, once the kernel has told the end that stays up: it looks at links in its own time."""
    deadline_s = time.monotonic() + 60
    while True:
        document: dict[str, Any] = json.loads(CliRunner().invoke(interfaces, ["--json"]).output)
        carriers = {entry["name"]: entry["carrier"] for entry in document["interfaces"]}
        if carriers[of.left] is carrier:
            return document
        assert time.monotonic() < deadline_s, f"carrier of {of.left} is still {carriers[of.left]}"
        time.sleep(0.05)


def test_json_is_one_document_with_every_fact(home: VethPair) -> None:
    home.set_link(home.right, "down")
    document = listed(home, carrier=False)
    assert (document["chosen"], document["reason"]) == (home.left, "carries the default route through 10.77.0.254")
    known = {entry["name"]: entry for entry in document["interfaces"]}
    assert known[home.left] == {
        "name": home.left,
        "description": "veth",
        "kind": "veth",
        "driver": "veth",
        "up": True,
        "carrier": False,
        "mac": "02:00:00:00:00:07",
        "link_type": "EN10MB",
        "addresses": ["10.77.0.1/24", "10.78.0.1/24"],
        "gateway": "10.77.0.254",
        "default_route": True,
    }
    assert (known[home.right]["up"], known[home.right]["default_route"]) == (False, False)


def test_with_nothing_up_the_list_is_still_shown(veth: VethPair) -> None:
    for name in ("lo", veth.left, veth.right):
        veth.set_link(name, "down")
    shown = CliRunner().invoke(interfaces)
    assert shown.exit_code == 0
    assert shown.output.count("down") == 3
    assert shown.output.splitlines()[-1].startswith("no interface is up")
    assert json.loads(CliRunner().invoke(interfaces, ["--json"]).output)["chosen"] is None
