"""Keeps capture filters passive: libpcap looks a host name in a filter up in the DNS, which sends packets.

Only names are judged here; whether the filter is well formed is libpcap's to say (pcap-filter(7)).
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from netscope.model.errors import NetScopeError

_TOKEN: Final = re.compile(r"\\?[A-Za-z0-9_.:/$-]+")
_NUMBER: Final = re.compile(
    r"0x[0-9a-f]+|[0-9.:/-]+|(?:[0-9a-f]{1,2}[:.-]){5}[0-9a-f]{1,2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}"
)
_NAMED_VALUES: Final = re.compile(
    r"icmp6?-[a-z]+|icmp6?(?:type|code)|tcpflags|tcp-(?:fin|syn|rst|push|ack|urg|ece|cwr)"
)

_CONNECTIVES: Final = frozenset(("and", "or", "not"))
# After these a name is a port, a protocol, a frame type or an interface, all known without asking anybody.
_LOCAL_QUALIFIERS: Final = frozenset(
    "port portrange proto protochain type subtype dir direction on ifname ruleset rset reason action".split()  # noqa: SIM905
)
_KEYWORDS: Final = frozenset(
    """
    host net mask gateway dst src link ether ppp slip fddi tr wlan arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp
    carp radio ip6 ipv6 icmp6 ah esp atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is l1 l2 iih lsp snp
    csnp psnp clnp stp ipx netbeui addr1 addr2 addr3 addr4 address1 address2 address3 address4 ra ta less greater byte
    broadcast multicast len length inbound outbound ifindex vlan mpls pppoed pppoes geneve vxlan lane llc metac bcc
    oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg metaconnect rnr rulenum srnr subrulenum fisu lssu lsu msu
    hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls s u rr rej ui ua disc dm sabme test xis frmr
    """.split()  # noqa: SIM905
)


def refuse_host_names(expression: str) -> None:
    """Raise NetScopeError when the filter holds a name that libpcap would have to look up."""
    # A name without a qualifier of its own takes the one before: "port http or https", but "port http and src web".
    after_local = False
    for token in _TOKEN.findall(expression):
        word = token.lower()
        if word in _LOCAL_QUALIFIERS:
            after_local = True
        elif word in _KEYWORDS:
            after_local = False
        elif not (word in _CONNECTIVES or word.startswith("\\") or after_local or _is_value(word)):
            raise NetScopeError(
                f'the filter "{expression}" names {token}, which would have to be looked up in the DNS, '
                "and NetScope sends nothing: write its address"
            )


def _is_value(word: str) -> bool:
    if _NUMBER.fullmatch(word) or _NAMED_VALUES.fullmatch(word):
        return True
    try:
        ipaddress.ip_network(word, strict=False)
    except ValueError:
        return False
    return True
