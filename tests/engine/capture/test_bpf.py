"""Filters that would make libpcap ask the DNS are refused, all others are left to libpcap."""

from __future__ import annotations

import pytest

from netscope.engine.capture.bpf import refuse_host_names
from netscope.model.errors import NetScopeError


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "tcp port 443",
        "tcp port https or http",
        "src or dst port domain",
        "portrange 5000-6000 and not arp",
        "host 192.168.1.7 and (udp or icmp6)",
        "net 10.0.0.0/8 or net fe80::/10",
        "net 192.168.1 mask 255.255.255.0",
        "ether host 02:00:00:aa:bb:cc and vlan 7",
        "ether proto 0x88b5",
        r"ip proto \tcp",
        "ip6 proto ospf",
        "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
        "icmp[icmptype] != icmp-echo and icmp[icmptype] != icmp-echoreply",
        "icmp6[icmp6type] == icmp6-neighborsolicit",
        "ip[2:2] > 576 and len <= 1500",
        "ether[0] & 1 = 0 and ip[16] >= 224",
        "wlan type mgt subtype beacon",
        "gateway 10.0.0.1",
        "pppoes 7 and mpls 1024",
        "TCP PORT 80",
    ],
)
def test_filters_without_names_pass(expression: str) -> None:
    refuse_host_names(expression)


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("host example.org", "example.org"),
        ("src printer", "printer"),
        ("tcp port 80 and host tv.example.net", "tv.example.net"),
        ("port http and src web", "web"),
        ("host 10.0.0.1 or nas", "nas"),
        ("net lan-of-mine", "lan-of-mine"),
        ("ether host phone", "phone"),
        ("example.org", "example.org"),
        ("host 1.example.org", "1.example.org"),
        ("host tcp-server", "tcp-server"),
        ("not host (a.example or 10.0.0.1)", "a.example"),
    ],
)
def test_names_are_refused_by_name(expression: str, name: str) -> None:
    with pytest.raises(NetScopeError, match=f"names {name}, which would have to be looked up"):
        refuse_host_names(expression)
