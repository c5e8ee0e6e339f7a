"""What the kernel says of interfaces inside a namespace made for the test, and which one is chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.engine.capture import interfaces as module
from netscope.engine.capture.interfaces import (
    DefaultRoute,
    Interface,
    choose_interface,
    default_routes,
    list_interfaces,
)
from netscope.model.errors import NetScopeError
from tests.live.namespace import VethPair


def interface(name: str, **facts: object) -> Interface:
    settings: dict[str, object] = {
        "kind": "ethernet",
        "driver": None,
        "is_up": True,
        "has_carrier": True,
        "is_loopback": False,
        "mac": None,
        "link_type": "EN10MB",
    }
    return Interface(name, **{**settings, **facts})  # type: ignore[arg-type]


LOOPBACK = interface("lo", is_loopback=True, addresses=("127.0.0.1/8",))
DOWN = interface("eth9", is_up=False, has_carrier=False, default_route=DefaultRoute("eth9", None, 0, 4))
UNPLUGGED = interface("eth8", has_carrier=False, addresses=("10.0.0.1/8",))
BARE = interface("eth7")
ADDRESSED = interface("eth6", addresses=("10.6.0.1/16",))
ROUTED = interface("eth1", default_route=DefaultRoute("eth1", "10.0.0.1", 100, 4))
ROUTED_BETTER = interface("wlan0", default_route=DefaultRoute("wlan0", None, 50, 4))
ROUTED6 = interface("tun0", default_route=DefaultRoute("tun0", "fe80::1", 1, 6))


@pytest.mark.parametrize(
    ("known", "name", "why"),
    [
        ([LOOPBACK, DOWN, ROUTED, ADDRESSED], "eth1", "carries the default route through 10.0.0.1"),
        ([ROUTED6, ROUTED, ROUTED_BETTER], "wlan0", "carries the default route"),
        ([ROUTED6, ADDRESSED], "tun0", "carries the default route through fe80::1"),
        ([LOOPBACK, UNPLUGGED, BARE, ADDRESSED], "eth6", "no default route; the first that is up and has an address"),
        ([LOOPBACK, UNPLUGGED, BARE], "eth7", "no default route; the first that is up and connected"),
        ([LOOPBACK, UNPLUGGED], "eth8", "no default route; the first that is up"),
        ([DOWN, LOOPBACK], "lo", "only the loopback interface is up"),
    ],
)
def test_the_interface_of_the_default_route_is_chosen_else_the_next_best(
    known: list[Interface], name: str, why: str
) -> None:
    chosen, reason = choose_interface(known)
    assert (chosen.name, reason) == (name, why)


def test_with_nothing_up_nothing_is_chosen() -> None:
    with pytest.raises(NetScopeError, match="no interface is up"):
        choose_interface([DOWN])


def test_networks_and_description_follow_from_the_facts() -> None:
    wifi = interface("wlan0", kind="wifi", driver="iwlwifi", addresses=("10.1.2.3/8", "fd00::7/64", "10.1.2.4/8"))
    assert wifi.networks == ("10.0.0.0/8", "fd00::/64")
    assert wifi.description == "wifi (iwlwifi)"
    assert interface("br0", kind="bridge", driver="bridge").description == "bridge"


@pytest.mark.live
def test_a_veth_pair_is_described_as_the_kernel_has_it(veth: VethPair) -> None:
    veth.run("ip", "link", "set", veth.left, "address", "02:00:00:00:00:07")
    veth.run("ip", "addr", "add", "10.77.0.1/24", "dev", veth.left)
    veth.run("ip", "addr", "add", "10.78.0.1/30", "dev", veth.left)
    veth.run("sysctl", "-qw", f"net.ipv6.conf.{veth.left}.disable_ipv6=0")
    veth.run("ip", "addr", "add", "fd00:7::1/56", "dev", veth.left, "nodad")
    veth.set_link(veth.right, "down")
    known = {found.name: found for found in list_interfaces()}
    assert set(known) == {"lo", veth.left, veth.right}
    left, right, loopback = known[veth.left], known[veth.right], known["lo"]
    assert (left.kind, left.driver, left.mac, left.link_type) == ("veth", "veth", "02:00:00:00:00:07", "EN10MB")
    assert set(left.addresses) >= {"10.77.0.1/24", "10.78.0.1/30", "fd00:7::1/56"}
    assert (left.is_up, left.has_carrier, right.is_up) == (True, False, False)
    assert (loopback.is_loopback, loopback.kind, loopback.mac) == (True, "loopback", None)


@pytest.mark.live
def test_tunnels_and_bridges_are_told_apart(veth: VethPair) -> None:
    veth.run("ip", "tuntap", "add", "dev", "tunnel", "mode", "tun")
    veth.run("ip", "link", "add", "br0", "type", "bridge")
    kinds = {found.name: (found.kind, found.link_type) for found in list_interfaces()}
    assert kinds["tunnel"] == ("tun", "RAW")
    assert kinds["br0"] == ("bridge", "EN10MB")


@pytest.mark.live
def test_default_routes_come_best_first_and_ipv4_before_ipv6(veth: VethPair) -> None:
    for end, number in ((veth.left, 1), (veth.right, 2)):
        veth.run("ip", "addr", "add", f"10.77.{number}.1/24", "dev", end)
        veth.run("sysctl", "-qw", f"net.ipv6.conf.{end}.disable_ipv6=0")
    veth.run("ip", "route", "add", "default", "via", "10.77.1.254", "metric", "300")
    veth.run("ip", "route", "add", "default", "dev", veth.right, "metric", "200")
    veth.run("ip", "-6", "route", "add", "default", "via", "fe80::99", "dev", veth.left, "metric", "5")
    veth.run("ip", "route", "add", "unreachable", "default", "metric", "9000")
    assert default_routes() == [
        DefaultRoute(veth.right, None, 200, 4),
        DefaultRoute(veth.left, "10.77.1.254", 300, 4),
        DefaultRoute(veth.left, "fe80::99", 5, 6),
    ]
    chosen, reason = choose_interface(list_interfaces())
    assert (chosen.name, reason) == (veth.right, "carries the default route")


def test_without_proc_there_are_no_routes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_PROC_ROUTE", tmp_path / "absent")
    monkeypatch.setattr(module, "_PROC_ROUTE6", tmp_path / "absent")
    assert default_routes() == []
    assert {found.default_route for found in list_interfaces()} == {None}
