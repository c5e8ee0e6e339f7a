"""Messages of the small protocols, crafted with scapy: DHCP, DNS and its relatives, neighbour discovery, MQTT, IGMP.

The only module that imports scapy, which is an optional extra.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from netscope.demo.cast import DOMAIN, IPV6_PREFIX, ROUTER, ROUTER_IPV6, Device, Server
from netscope.demo.wire import BROADCAST_MAC, End, checksum, ip_bytes, mac_bytes, multicast, packet
from netscope.model.errors import NetScopeError

# scapy warns about routes and interfaces it finds missing; the demo sends nothing.
logging.getLogger("scapy").setLevel(logging.ERROR)
try:
    from scapy.contrib.mqtt import MQTT, MQTTConnect, MQTTPublish
    from scapy.layers.dhcp import BOOTP, DHCP
    from scapy.layers.dhcp6 import (
        DUID_LLT,
        DHCP6_Solicit,
        DHCP6OptClientFQDN,
        DHCP6OptClientId,
        DHCP6OptElapsedTime,
        DHCP6OptIA_NA,
        DHCP6OptOptReq,
    )
    from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRRHTTPS, DNSRRSOA, DNSRRSRV, SvcParam, dns_compress
    from scapy.layers.inet6 import (
        ICMPv6ND_NA,
        ICMPv6ND_NS,
        ICMPv6ND_RA,
        ICMPv6NDOptDstLLAddr,
        ICMPv6NDOptPrefixInfo,
        ICMPv6NDOptRDNSS,
        ICMPv6NDOptSrcLLAddr,
        IPv6,
    )
    from scapy.layers.l2 import ARP, Ether
    from scapy.layers.netbios import NBNSHeader, NBNSQueryRequest
    from scapy.packet import Padding
except ImportError as error:
    raise NetScopeError(
        f"the demo network needs scapy ({error}); install it with: python3 -m pip install 'netscope[demo]'"
    ) from error

LEASE_SECONDS: Final = 864_000
MAX_CACHED_MESSAGES: Final = 1024
"""More than the names of the cast; a tunnel's names pass through."""
MDNS_GROUP: Final = "224.0.0.251"
MDNS_TTL_SECONDS: Final = 120
ZERO_IP: Final = "0.0.0.0"


def _bytes(crafted: Any) -> bytes:
    return bytes(crafted)


def arp(operation: int, sender: tuple[bytes, str], target: tuple[bytes, str], *, to: bytes | None = None) -> bytes:
    """A frame; each party is (MAC, IPv4 address). Requests are broadcast unless said otherwise."""
    destination = to or (BROADCAST_MAC if operation == 1 else target[0])
    message = ARP(op=operation, hwsrc=_mac(sender[0]), psrc=sender[1], hwdst=_mac(target[0]), pdst=target[1])
    return _bytes(Ether(src=_mac(sender[0]), dst=_mac(destination)) / message / Padding(b"\0" * 18))


def _mac(packed: bytes) -> str:
    return packed.hex(":")


def dhcp(
    device: Device,
    kind: str,
    transaction_id: int,
    *,
    from_client: bool,
    server: str = ROUTER.address,
    hostname: str | None = None,
    gateway: str = ROUTER.address,
) -> bytes:
    """The UDP payload of one DHCPv4 message (RFC 2131); ``kind`` as scapy names it: discover, offer, request, ack."""
    options: list[Any] = [("message-type", kind)]
    if from_client:
        options.append(("client_id", b"\x01" + mac_bytes(device.mac)))
        if kind == "request":
            options += [("requested_addr", device.address), ("server_id", server)]
        options.append(("hostname", (hostname or device.name).encode()))
        if device.dhcp_vendor:
            options.append(("vendor_class_id", device.dhcp_vendor.encode()))
        options.append(("param_req_list", list(device.dhcp_options)))
    else:
        options += [
            ("server_id", server),
            ("lease_time", LEASE_SECONDS),
            ("subnet_mask", "255.255.255.0"),
            ("router", gateway),
            ("name_server", server),
            ("domain", DOMAIN.encode()),
        ]
    message = BOOTP(
        op=1 if from_client else 2,
        chaddr=mac_bytes(device.mac).ljust(16, b"\0"),
        xid=transaction_id,
        yiaddr=ZERO_IP if from_client else device.address,
        siaddr=ZERO_IP if from_client else server,
    )
    return _bytes(message / DHCP(options=[*options, "end"]))


def dhcp6_solicit(device: Device, transaction_id: int, hostname: str) -> bytes:
    """The UDP payload of a Solicit (RFC 8415, section 16.2)."""
    duid = DUID_LLT(timeval=600_000_000, lladdr=device.mac)
    return _bytes(
        DHCP6_Solicit(trid=transaction_id)
        / DHCP6OptElapsedTime()
        / DHCP6OptClientId(duid=duid)
        / DHCP6OptIA_NA(iaid=transaction_id)
        / DHCP6OptClientFQDN(fqdn=hostname.encode())
        / DHCP6OptOptReq(reqopts=[17, 23, 24, 39])
    )


def dns_query(transaction_id: int, name: str, query_type: str = "A") -> bytes:
    return transaction_id.to_bytes(2) + _dns_query(name, query_type)[2:]


@lru_cache(MAX_CACHED_MESSAGES)
def _dns_query(name: str, query_type: str) -> bytes:
    return _bytes(DNS(id=0, rd=1, qd=[DNSQR(qname=name.encode(), qtype=query_type)]))


def dns_answer(transaction_id: int, server: Server, query_type: str = "A", *, ttl: int = 60) -> bytes:
    """The resolver's answer: the chain of aliases, then the address; compressed (RFC 1035, section 4.1.4)."""
    return transaction_id.to_bytes(2) + _dns_answer(server, query_type, ttl)[2:]


# Compression takes scapy 3 ms, and the same few names are asked again and again.
@lru_cache(MAX_CACHED_MESSAGES)
def _dns_answer(server: Server, query_type: str, ttl: int) -> bytes:
    owner = server.name
    records: list[Any] = []
    for alias in server.aliases:
        records.append(DNSRR(rrname=owner.encode(), type="CNAME", ttl=ttl * 5, rdata=alias.encode()))
        owner = alias
    if query_type == "A":
        records.append(DNSRR(rrname=owner.encode(), type="A", ttl=ttl, rdata=server.address))
    elif query_type == "AAAA" and server.address6:
        records.append(DNSRR(rrname=owner.encode(), type="AAAA", ttl=ttl, rdata=server.address6))
    elif query_type == "HTTPS":
        parameters = [SvcParam(key="alpn", value=[b"h3", b"h2"]), SvcParam(key="ipv4hint", value=[server.address])]
        records.append(
            DNSRRHTTPS(rrname=owner.encode(), ttl=ttl, svc_priority=1, target_name=b".", svc_params=parameters)
        )
    question = DNSQR(qname=server.name.encode(), qtype=query_type)
    return _compressed(DNS(id=0, qr=1, rd=1, ra=1, qd=[question], an=records))


def dns_nxdomain(transaction_id: int, name: str) -> bytes:
    """RFC 2308: the negative answer carries the zone's SOA."""
    zone = name.rpartition(".")[2].encode()
    soa = DNSRRSOA(
        rrname=zone, ttl=900, mname=b"a.gtld-servers.net", rname=b"nstld.verisign-grs.com", serial=1700000000
    )
    question = DNSQR(qname=name.encode())
    return _compressed(DNS(id=transaction_id, qr=1, rd=1, ra=1, rcode=3, qd=[question], ns=[soa]))


def dns_text(transaction_id: int, name: str, query_type: str, text: bytes) -> bytes:
    """An answer of type TXT or NULL with the bytes given."""
    question = DNSQR(qname=name.encode(), qtype=query_type)
    data: Any = [text] if query_type == "TXT" else text
    record = DNSRR(rrname=name.encode(), type=query_type, ttl=0, rdata=data)
    return _compressed(DNS(id=transaction_id, qr=1, rd=1, ra=1, qd=[question], an=[record]))


def mdns_query(names: Sequence[tuple[str, str]], *, unicast: bool = False) -> bytes:
    """Questions of (name, type); ``unicast`` sets the QU bit (RFC 6762, section 5.4)."""
    questions = [DNSQR(qname=name.encode(), qtype=kind, unicastresponse=int(unicast)) for name, kind in names]
    return _compressed(DNS(id=0, rd=0, qd=questions))


def mdns_announcement(
    instance: str, host: str, address: str, services: Sequence[tuple[str, int, Sequence[str]]], *, model: str = ""
) -> bytes:
    """Services of one host as (type, port, TXT strings), with SRV, TXT, A and _device-info (RFC 6763)."""
    answers: list[Any] = []
    additional: list[Any] = []
    host_name = f"{host}.local".encode()
    for kind, port, texts in services:
        full = f"{instance}.{kind}.local".encode()
        kind_name = f"{kind}.local".encode()
        answers.append(DNSRR(rrname=kind_name, type="PTR", ttl=4500, rdata=full))
        additional.append(DNSRRSRV(rrname=full, cacheflush=1, ttl=MDNS_TTL_SECONDS, port=port, target=host_name))
        txt = [text.encode() for text in texts] or [b""]
        additional.append(DNSRR(rrname=full, type="TXT", cacheflush=1, ttl=4500, rdata=txt))
    if model:
        name = f"{instance}._device-info._tcp.local".encode()
        additional.append(DNSRR(rrname=name, type="TXT", ttl=4500, rdata=[f"model={model}".encode()]))
    additional.append(DNSRR(rrname=host_name, type="A", cacheflush=1, ttl=MDNS_TTL_SECONDS, rdata=address))
    return _compressed(DNS(id=0, qr=1, aa=1, rd=0, qd=[], an=answers, ar=additional))


def _compressed(message: Any) -> bytes:
    return _bytes(dns_compress(message))


def llmnr_query(transaction_id: int, name: str) -> bytes:
    """RFC 4795, section 2.1."""
    return _bytes(DNS(id=transaction_id, rd=0, qd=[DNSQR(qname=name.encode(), qtype="A")]))


def nbns_query(transaction_id: int, name: str, suffix: int = 0x00) -> bytes:
    """A broadcast name query (RFC 1002, section 4.2.12); the suffix says which service of the name."""
    # scapy encodes the name's 15 bytes, not the sixteenth (RFC 1001, section 14.1).
    encoded = (suffix >> 4) + 0x41 << 8 | (suffix & 0xF) + 0x41
    head = NBNSHeader(NAME_TRN_ID=transaction_id, NM_FLAGS=0x11, QDCOUNT=1)
    return _bytes(head / NBNSQueryRequest(QUESTION_NAME=name.encode(), SUFFIX=encoded))


def router_advertisement(lifetime_seconds: int = 1800, source: End | None = None, prefix: str = IPV6_PREFIX) -> bytes:
    """A frame to all nodes with one prefix and the resolver (RFC 4861, section 4.2; RFC 8106)."""
    mac = _mac(source.mac) if source else ROUTER.mac
    address = _text6(source.address) if source else ROUTER_IPV6
    return _bytes(
        Ether(src=mac, dst="33:33:00:00:00:01")
        / IPv6(src=address, dst="ff02::1", hlim=255)
        / ICMPv6ND_RA(routerlifetime=lifetime_seconds, prf=0)
        / ICMPv6NDOptPrefixInfo(prefix=f"{prefix}:", prefixlen=64, validlifetime=7200, preferredlifetime=3600)
        / ICMPv6NDOptRDNSS(dns=[address], lifetime=1200)
        / ICMPv6NDOptSrcLLAddr(lladdr=mac)
    )


def neighbour_solicitation(asker: End, target_ip: str) -> bytes:
    """A frame to the target's solicited-node group (RFC 4291, section 2.7.1)."""
    tail = ip_bytes(target_ip)[-3:]
    return _bytes(
        Ether(src=_mac(asker.mac), dst=_mac(b"\x33\x33\xff" + tail))
        / IPv6(src=_text6(asker.address), dst=f"ff02::1:ff{tail[0]:02x}:{tail[1] << 8 | tail[2]:x}", hlim=255)
        / ICMPv6ND_NS(tgt=target_ip)
        / ICMPv6NDOptSrcLLAddr(lladdr=_mac(asker.mac))
    )


def neighbour_advertisement(
    answerer: End, target_ip: str, asker: End, *, router: bool = False, override: bool = True
) -> bytes:
    return _bytes(
        Ether(src=_mac(answerer.mac), dst=_mac(asker.mac))
        / IPv6(src=target_ip, dst=_text6(asker.address), hlim=255)
        / ICMPv6ND_NA(tgt=target_ip, R=int(router), S=1, O=int(override))
        / ICMPv6NDOptDstLLAddr(lladdr=_mac(answerer.mac))
    )


def _text6(packed: bytes) -> str:
    return ":".join(packed[index : index + 2].hex() for index in range(0, 16, 2))


def group_report(member: End, groups: Sequence[str]) -> bytes:
    """A frame with an IGMPv3 report: joins (RFC 3376, section 4.2)."""
    records = b"".join(b"\x04\0\0\0" + ip_bytes(group) for group in groups)
    body = b"\x22\0" + b"\0\0" + b"\0\0" + len(groups).to_bytes(2) + records
    total = checksum(body).to_bytes(2)
    return packet(member._replace(ttl=1), multicast("224.0.0.22"), 2, body[:2] + total + body[4:])


def mqtt_connect(client_id: str, user: str) -> bytes:
    connect = MQTTConnect(
        protoname=b"MQTT",
        protolevel=4,
        usernameflag=1,
        cleansess=1,
        klive=60,
        clientId=client_id.encode(),
        username=user.encode(),
    )
    return _bytes(MQTT(type=1) / connect)


def mqtt_publish(topic: str, value: bytes) -> bytes:
    return _bytes(MQTT(type=3) / MQTTPublish(topic=topic.encode(), value=value))


def ssdp_search(target: str) -> bytes:
    lines = ("M-SEARCH * HTTP/1.1", "HOST: 239.255.255.250:1900", 'MAN: "ssdp:discover"', "MX: 3", f"ST: {target}")
    return _heads(lines)


def ssdp_notify(location: str, target: str, server: str, identity: str) -> bytes:
    return _heads(
        (
            "NOTIFY * HTTP/1.1",
            "HOST: 239.255.255.250:1900",
            "CACHE-CONTROL: max-age=1800",
            f"LOCATION: {location}",
            f"NT: {target}",
            "NTS: ssdp:alive",
            f"SERVER: {server}",
            f"USN: uuid:{identity}::{target}",
        )
    )


def _heads(lines: Sequence[str]) -> bytes:
    return "\r\n".join((*lines, "", "")).encode()


def ntp(mode: int, timestamp_ns: int) -> bytes:
    """RFC 5905, section 7.3; mode 3 asks, mode 4 answers."""
    seconds = timestamp_ns // 1_000_000_000 + 2_208_988_800 & 0xFFFFFFFF
    fraction = (timestamp_ns % 1_000_000_000 << 32) // 1_000_000_000
    stratum = 0 if mode == 3 else 3
    head = struct.pack("!BBbbII4s", 0x20 | mode, stratum, 6, -20, 0x100, 0x200, b"\x0a\x0c\x54\x0b" if stratum else b"")
    return head + b"\0" * 24 + struct.pack("!II", seconds, fraction)
