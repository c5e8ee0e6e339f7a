"""DHCP messages as records with their sender."""

from __future__ import annotations

from collections import Counter

import pytest

from netscope.engine.correlate import dhcp_session
from netscope.engine.correlate.dhcp_session import DhcpSession
from netscope.engine.correlate.session import DONE, WANT
from netscope.model.flow import DOWN, UP, Flow
from netscope.model.records import DhcpExchange
from tests.engine.parse import naming_samples as samples

ROUTER_MAC = "02:00:00:00:00:01"


def flow(client: str, server: str) -> Flow:
    return Flow(1, client, 68, server, 67, "udp", None, samples.MAC_TEXT, ROUTER_MAC, 0)


@pytest.fixture
def heard() -> list[DhcpExchange]:
    return []


@pytest.fixture
def counts() -> Counter[str]:
    return Counter()


def session(of: Flow, heard: list[DhcpExchange], counts: Counter[str]) -> DhcpSession:
    return DhcpSession(of, heard.append, lambda slug: counts.update((slug,)))  # type: ignore[arg-type]


def test_discover(heard: list[DhcpExchange], counts: Counter[str]) -> None:
    of = flow("0.0.0.0", "255.255.255.255")
    assert session(of, heard, counts).datagram(UP, samples.DHCP_DISCOVER, 5) == WANT
    (exchange,) = heard
    assert (exchange.timestamp_ns, exchange.message_type, exchange.mac) == (5, "DISCOVER", samples.MAC_TEXT)
    assert (exchange.requested_ip, exchange.hostname) == ("192.0.2.7", "kitchen-tablet")
    assert (exchange.fqdn, exchange.vendor_class) == ("kitchen-tablet.home.arpa", "android-dhcp-14")
    assert exchange.parameter_request_list == (1, 3, 6, 15, 26, 28, 51, 58, 59, 43)
    assert (exchange.from_client, exchange.sender_mac, exchange.sender_ip) == (True, samples.MAC_TEXT, "0.0.0.0")
    assert (of.app_protocol, of.app_protocol_source) == ("dhcp", "content")
    assert exchange.flow is of


def test_acknowledgement_comes_from_the_server(heard: list[DhcpExchange], counts: Counter[str]) -> None:
    session(flow("192.0.2.7", "192.0.2.1"), heard, counts).datagram(DOWN, samples.DHCP_ACK, 0)
    (exchange,) = heard
    assert (exchange.assigned_ip, exchange.server_ip) == ("192.0.2.7", "192.0.2.1")
    assert (exchange.transaction_id, exchange.lease_s, exchange.domain) == (0x3903F326, 86_400, "home.arpa")
    assert (exchange.from_client, exchange.sender_mac, exchange.sender_ip) == (False, ROUTER_MAC, "192.0.2.1")


def test_version_6_server_is_the_sender(heard: list[DhcpExchange], counts: Counter[str]) -> None:
    of = flow("fe80::2", "fe80::1")
    both = session(of, heard, counts)
    both.datagram(UP, samples.DHCPV6_SOLICIT, 0)
    both.datagram(DOWN, samples.DHCPV6_REPLY, 0)
    assert [(one.message_type, one.server_ip) for one in heard] == [("SOLICIT", None), ("REPLY", "fe80::1")]
    assert of.app_protocol == "dhcpv6"
    assert [one.mac_is_own for one in heard] == [False, False]
    assert heard[0].client_id is not None


def test_relay_is_not_taken_for_the_server(heard: list[DhcpExchange], counts: Counter[str]) -> None:
    wrapped = b"\x0d\0" + samples.IP6 + bytes(16) + samples.dhcpv6_option(9, samples.DHCPV6_REPLY)
    session(flow("fe80::2", "fe80::1"), heard, counts).datagram(DOWN, wrapped, 0)
    assert [(one.message_type, one.server_ip, one.mac_is_own) for one in heard] == [("REPLY", None, True)]


@pytest.mark.parametrize(("client", "slug"), [("192.0.2.7", "truncated_dhcp"), ("fe80::2", "truncated_dhcpv6")])
def test_unreadable_messages_are_counted_and_end_a_flow(
    client: str, slug: str, heard: list[DhcpExchange], counts: Counter[str]
) -> None:
    of = flow(client, client)
    broken = session(of, heard, counts)
    codes = [broken.datagram(UP, b"\1", 0) for _ in range(dhcp_session.MAX_FAILURES)]
    assert codes == [WANT] * (dhcp_session.MAX_FAILURES - 1) + [DONE]
    assert counts == {slug: dhcp_session.MAX_FAILURES}
    assert (heard, of.app_protocol) == ([], None)


def test_failures_are_counted_in_a_row_only(heard: list[DhcpExchange], counts: Counter[str]) -> None:
    both = session(flow("192.0.2.7", "192.0.2.1"), heard, counts)
    for _ in range(3 * dhcp_session.MAX_FAILURES):
        assert both.datagram(UP, b"\1", 0) == WANT
        assert both.datagram(UP, samples.DHCP_DISCOVER, 0) == WANT
