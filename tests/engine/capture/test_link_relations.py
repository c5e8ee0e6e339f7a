"""Interfaces that see the same packet twice are told; those that do not are not."""

from __future__ import annotations

import subprocess

import pytest

from netscope.engine.capture.link_relations import links, seen_twice
from tests.live.namespace import VethPair

pytestmark = pytest.mark.live


def test_a_bridge_and_its_port_see_the_same(veth: VethPair) -> None:
    veth.run("ip", "link", "add", "br0", "type", "bridge")
    veth.run("ip", "link", "set", veth.right, "master", "br0")
    assert seen_twice([veth.right, "br0"]) == ["ns-right is a port of br0"]
    assert seen_twice([veth.right]) == []
    assert seen_twice(["any"]) == ["any, with bridges, VLANs or containers on this machine"]


def test_an_interface_and_what_carries_it_see_the_same(veth: VethPair) -> None:
    veth.run("ip", "link", "add", "link", veth.right, "name", "ns-upper", "type", "macvlan")
    assert seen_twice(["ns-upper", veth.right]) == ["ns-upper is carried by ns-right"]


def test_the_ends_of_a_cable_are_told_once(veth: VethPair) -> None:
    assert len(seen_twice([veth.left, veth.right])) == 1
    assert {link.name for link in links()} == {"lo", veth.left, veth.right}


def test_the_other_end_in_another_namespace_is_no_interface_here(veth: VethPair) -> None:
    """Its number there may be another interface's here."""
    subprocess.run(["ip", "netns", "add", f"{veth.namespace}-b"], check=True)
    try:
        veth.run("ip", "link", "add", "ns-far", "type", "veth", "peer", "name", "far")
        veth.run("ip", "link", "set", "far", "netns", f"{veth.namespace}-b")
        far = next(link for link in links() if link.name == "ns-far")
        assert far.lower == 0
    finally:
        subprocess.run(["ip", "netns", "del", f"{veth.namespace}-b"], check=True)
