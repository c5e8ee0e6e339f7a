"""Special-purpose addresses by name (RFC 6890), at the edges of each range."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netscope.engine.enrich.special_ranges import inner_ipv4, special_name


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("10.0.0.0", "private"),
        ("172.15.255.255", None),
        ("172.16.0.0", "private"),
        ("172.31.255.255", "private"),
        ("172.32.0.0", None),
        ("192.168.255.255", "private"),
        ("100.63.255.255", None),
        ("100.64.0.0", "cgnat"),
        ("100.127.255.255", "cgnat"),
        ("100.128.0.0", None),
        ("127.0.0.53", "loopback"),
        ("169.254.1.1", "link_local"),
        ("192.0.2.1", "documentation"),
        ("203.0.113.255", "documentation"),
        ("198.18.0.1", "benchmarking"),
        ("224.0.0.251", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("0.0.0.0", "unspecified"),
        ("8.8.8.8", None),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("fe80::1", "link_local"),
        ("fd00::1", "private"),
        ("fcff:ffff::1", "private"),
        ("fe00::1", None),
        ("2001:db8::1", "documentation"),
        ("2001:0:1::1", "teredo"),
        ("ff02::fb", "multicast"),
        ("2001:4860:4860::8888", None),
    ],
)
def test_ranges_have_names(address: str, name: str | None) -> None:
    assert special_name(ip_address(address).packed) == name


@pytest.mark.parametrize(
    ("address", "inner"),
    [
        ("::ffff:8.8.4.4", "8.8.4.4"),
        ("64:ff9b::808:404", "8.8.4.4"),
        ("2002:808:404::1", "8.8.4.4"),
        ("2001:4860::1", None),
        ("8.8.4.4", None),
    ],
)
def test_an_address_inside_another_is_found(address: str, inner: str | None) -> None:
    packed = inner_ipv4(ip_address(address).packed)
    assert packed == (ip_address(inner).packed if inner else None)
