"""DNS in disguise: by port, by the resolver's name, by its address."""

from __future__ import annotations

import ipaddress

import pytest

from netscope.engine.enrich.list_formats import clean_name
from netscope.engine.enrich.place import PlaceLookup
from netscope.engine.enrich.resolvers import encrypted_dns, is_resolver_name, resolvers
from netscope.engine.enrich.services import Attribution
from netscope.engine.enrich.stage import Enricher
from netscope.engine.enrich.trackers import TrackerMatcher
from netscope.model.flow import Flow


def flow(port: int, app_protocol: str | None, name: str | None = None, ip: str = "192.0.2.9", transport="tcp") -> Flow:
    made = Flow(1, "192.168.1.2", 40000, ip, port, transport, None, None, None, 10, 20)
    made.server_name, made.app_protocol = name, app_protocol
    return made


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (flow(853, "tls"), Attribution("DNS over TLS", "port")),
        (flow(853, None, "dns.google"), Attribution("DNS over TLS", "port")),
        (flow(853, "quic", transport="udp"), Attribution("DNS over QUIC", "port")),
        (flow(784, "quic", transport="udp"), Attribution("DNS over QUIC", "port")),
        (flow(443, "tls", "mozilla.cloudflare-dns.com"), Attribution("DNS over HTTPS", "name")),
        (flow(443, "quic", "DNS.Google.", transport="udp"), Attribution("DNS over HTTPS", "name")),
        (flow(443, "tls", "abc123.dns.nextdns.io"), Attribution("DNS over HTTPS", "name")),
        (flow(443, "tls", None, "1.1.1.1"), Attribution("DNS over HTTPS", "address")),
        (flow(443, None, None, "2606:4700:4700::1111"), Attribution("DNS over HTTPS", "address")),
        (flow(443, "tls", "www.google.com", "8.8.8.8"), None),
        (flow(443, "tls", "notdns.google"), None),
        (flow(443, "ssh", "dns.google"), None),
        (flow(443, "tls"), None),
        (flow(784, "tls"), None),
    ],
)
def test_what_says_that_a_flow_is_dns(asked: Flow, expected: Attribution | None) -> None:
    assert encrypted_dns(asked) == expected


@pytest.mark.parametrize(
    ("asked", "application"),
    [
        (flow(443, "tls", "dns.quad9.net"), "DNS over HTTPS"),
        (flow(53, "dns", "dns.google", "8.8.8.8", "udp"), "Google DNS"),
        (flow(53, "dns", None, "8.8.8.8", "udp"), "DNS"),
    ],
)
def test_the_stage_names_hidden_dns_and_leaves_plain_dns(asked: Flow, application: str) -> None:
    enricher = Enricher(PlaceLookup(), TrackerMatcher([]))
    enricher.flow_named(asked)
    assert asked.application == application
    assert enricher.explain(asked)[0].value == application


def test_every_line_of_the_table_is_names_and_addresses() -> None:
    table = resolvers()
    assert len(table.by_name) > 50
    for name in table.by_name:
        assert clean_name(name) == name
        assert is_resolver_name(f"customer.{name}")
    for address in table.by_address:
        assert str(ipaddress.ip_address(address)) == address
