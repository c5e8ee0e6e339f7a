"""Which protocol a flow speaks, beside nDPI's opinion: a confusion table over all captures.

    python -m tests.agreement.applications [CAPTURE...]

nDPI names an application where its address tells one (``AWS_EC2``): such rows say nothing of the protocol and are left
out. Where both name a protocol by content they should agree; the table prints every pair that does not, most common
first, and what NetScope knew by port alone or not at all.
"""

from __future__ import annotations

import csv
import sqlite3
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from tests.agreement.agreement import JOBS, captures, record, shared_dir
from tests.agreement.facts import endpoint

SAME = {
    "BGP": {"bgp"}, "BitTorrent": {"bittorrent"}, "DCERPC": {"dcerpc"}, "DHCP": {"dhcp"}, "DHCPV6": {"dhcpv6"},
    "DNS": {"dns"}, "DTLS": {"dtls"}, "Dropbox": {"dropbox"}, "FTP_CONTROL": {"ftp"}, "FTP_DATA": {"ftp_data"},
    "HTTP": {"http", "websocket", "http2"}, "HTTP_Connect": {"http", "tls"}, "HTTP_Proxy": {"http"},
    "ICMP": {"icmp"}, "IMAP": {"imap"}, "IMAPS": {"imap", "tls"}, "IRC": {"irc"}, "Kerberos": {"kerberos"},
    "LDAP": {"ldap"}, "LLMNR": {"llmnr"}, "MDNS": {"mdns"}, "MQTT": {"mqtt"}, "NTP": {"ntp"},
    "NetBIOS": {"nbns", "nbdgm", "smb"}, "OpenVPN": {"openvpn"}, "POP3": {"pop3"}, "POPS": {"pop3", "tls"},
    "QUIC": {"quic"}, "RDP": {"rdp"}, "RTP": {"rtp", "rtcp"}, "RTSP": {"rtsp"}, "Radius": {"radius"},
    "Redis": {"redis"}, "SIP": {"sip"}, "SMBv1": {"smb"}, "SMBv23": {"smb"}, "SMTP": {"smtp"},
    "SMTPS": {"smtp", "tls"}, "SNMP": {"snmp"}, "SOCKS": {"socks"}, "SSDP": {"ssdp"}, "SSH": {"ssh"},
    "STUN": {"stun"}, "Syslog": {"syslog"}, "TFTP": {"tftp"}, "TLS": {"tls"}, "TPLINK_SHP": {"tplink_smarthome"},
    "Telnet": {"telnet"}, "Teredo": {"teredo"}, "VNC": {"rfb"}, "VXLAN": {"vxlan"}, "WSD": {"ws_discovery"},
    "Whois-DAS": {"whois"}, "WireGuard": {"wireguard"},
}  # fmt: skip
"""nDPI's name of a protocol -> our tokens for it. Names not here are applications, or protocols we do not know."""
TRANSPORTS = {"6": "tcp", "17": "udp"}

Verdict = tuple[str, str, str]
"""nDPI's protocol, our token (- for none), where ours came from."""


@cache
def _ndpi(capture: str) -> list[tuple[frozenset, str]]:
    with (shared_dir() / "captures" / "truth" / "dev" / "ndpi_flows.tsv").open(newline="") as file:
        return [
            (_key(TRANSPORTS[row["proto"]], row["src"], row["sport"], row["dst"], row["dport"]), row["app"])
            for row in csv.DictReader(file, delimiter="\t")
            if row["file"] == capture and row["proto"] in TRANSPORTS
        ]


def _key(protocol: str, a: str, a_port: str | int, b: str, b_port: str | int) -> frozenset:
    return frozenset({protocol, endpoint(a, a_port), endpoint(b, b_port)})


def verdicts(capture: Path) -> Counter[Verdict]:
    with tempfile.TemporaryDirectory(prefix="netscope-applications-") as folder:
        database = Path(folder) / "out.db"
        if record(capture, database) is not None:
            return Counter()
        connection = sqlite3.connect(database)
        rows = connection.execute(
            "SELECT protocol, client_ip, client_port, server_ip, server_port, app_protocol, app_protocol_source"
            " FROM flows"
        )
        ours = {_key(*row[:5]): (row[5] or "-", row[6] or "-") for row in rows}
        connection.close()
    found: Counter[Verdict] = Counter()
    for key, application in _ndpi(capture.name):
        # "TLS.Google": the protocol, then whose service it is.
        protocol = next((part for part in application.split(".") if part in SAME), None)
        if protocol is not None and key in ours:
            found[protocol, *ours[key]] += 1
    return found


def main() -> int:
    total: Counter[Verdict] = Counter()
    with ProcessPoolExecutor(JOBS, get_context("spawn")) as pool:
        for found in pool.map(verdicts, captures(sys.argv[1:])):
            total += found
    agreed = sum(count for (theirs, mine, _), count in total.items() if mine in SAME[theirs])
    by_content = Counter({verdict: count for verdict, count in total.items() if verdict[2] == "content"})
    by_content_agreed = sum(count for (theirs, mine, _), count in by_content.items() if mine in SAME[theirs])
    print(f"flows of which nDPI names a protocol we know: {total.total()}, the same here: {agreed}")
    print(f"of those we name by content: {by_content.total()}, the same: {by_content_agreed}")
    print(f"{'nDPI':<16}{'NetScope':<20}{'by':<10}{'flows':>6}")
    for (theirs, mine, source), count in total.most_common():
        if mine not in SAME[theirs] or source != "content":
            print(f"{theirs:<16}{mine:<20}{source:<10}{count:>6}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
