"""Which application a flow belongs to: by the server's name, its AS, the client's User-Agent or fingerprint, the
protocol.

A fingerprint names the software that made a hello, or one built on the same library: a hint, and its source says so.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from netscope.engine.enrich.domains import suffixes
from netscope.engine.enrich.fingerprints import FingerprintTable

CACHE_ENTRIES: Final = 16_384
"""Names and User-Agents that are remembered, the least recently used forgotten first; some 4 MB when full."""
_DATA: Final = Path(__file__).parent / "data"


class Attribution(NamedTuple):
    application: str
    source: str
    """What it rests on. Of a service: name, as, protocol, or address and port of a resolver. Of the client's software:
    user_agent, ja4, ja3."""


@cache
def _services() -> tuple[dict[str, str], dict[int, str]]:
    names: dict[str, str] = {}
    as_numbers: dict[int, str] = {}
    with (_DATA / "services.tsv").open(encoding="utf-8") as file:
        for line in file:
            if line.startswith(("#", "application\t")):
                continue
            application, hosts, numbers = line.rstrip("\n").split("\t")
            names.update(dict.fromkeys(hosts.split(), application))
            as_numbers.update(dict.fromkeys(map(int, numbers.split()), application))
    return names, as_numbers


@lru_cache(CACHE_ENTRIES)
def service_of_name(name: str) -> str | None:
    """The service that uses a host name; the longest listed suffix decides."""
    names, _ = _services()
    return next((names[suffix] for suffix in suffixes(name) if suffix in names), None)


def known_names() -> int:
    return len(_services()[0])


def service_of_as(asn: int) -> str | None:
    """The service an autonomous system carries and nothing else; None for clouds, carriers and unknown ones."""
    return _services()[1].get(asn)


_USER_AGENTS: Final = (
    # Most specific first: every Chromium browser also says Chrome and Safari, every browser Mozilla.
    ("Edg/", "Microsoft Edge"),
    ("EdgA/", "Microsoft Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("Electron/", "Electron"),
    ("CrKey/", "Chromecast"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Thunderbird/", "Thunderbird"),
    ("Firefox/", "Firefox"),
    ("MSIE ", "Internet Explorer"),
    ("Trident/", "Internet Explorer"),
    ("HeadlessChrome/", "Headless Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("curl/", "curl"),
    ("Wget/", "Wget"),
    ("python-requests/", "Python requests"),
    ("Python-urllib/", "Python urllib"),
    ("aiohttp/", "Python aiohttp"),
    ("Go-http-client/", "Go"),
    ("okhttp/", "OkHttp"),
    ("Dalvik/", "Android app"),
    ("Debian APT-HTTP", "APT"),
    ("libdnf", "DNF"),
    ("pacman/", "pacman"),
    ("Windows-Update-Agent", "Windows Update"),
    ("Microsoft-Delivery-Optimization", "Windows Update"),
    ("Microsoft-CryptoAPI", "Windows CryptoAPI"),
    ("Microsoft BITS", "Windows BITS"),
    ("Microsoft NCSI", "Windows connectivity check"),
    ("CaptiveNetworkSupport", "Apple captive portal check"),
    ("com.apple.trustd", "Apple trustd"),
    ("Spotify/", "Spotify"),
    ("Valve/Steam", "Steam"),
    ("Roku/DVP", "Roku"),
    ("Sonos/", "Sonos"),
    ("VLC/", "VLC"),
    ("Lavf/", "FFmpeg"),
    ("Transmission/", "Transmission"),
    ("qBittorrent/", "qBittorrent"),
    ("git/", "git"),
    ("PlayStation", "PlayStation"),
    ("WhatsApp/", "WhatsApp"),
    ("TelegramBot", "Telegram"),
    ("AppleCoreMedia/", "Apple media player"),
    ("CFNetwork/", "Apple app"),
    ("Java/", "Java"),
    ("Nmap Scripting Engine", "Nmap"),
    ("masscan/", "masscan"),
    ("Safari/", "Safari"),
)
_AGENT_CHARS: Final = 512
"""Of a User-Agent that are read; the product names are at its start."""


@lru_cache(CACHE_ENTRIES)
def client_of_user_agent(user_agent: str) -> str | None:
    head = user_agent[:_AGENT_CHARS]
    for token, application in _USER_AGENTS:
        if token in head:
            return application
    return None


PROTOCOLS: Final[dict[str, str]] = {
    "adb": "Android Debug Bridge", "afp": "File sharing (AFP)", "backdoor": "Bare shell or trojan",
    "bacnet": "BACnet", "bgp": "BGP", "bitcoin": "Bitcoin",
    "bittorrent": "BitTorrent", "bjnp": "Canon printing", "capwap": "CAPWAP", "coap": "CoAP", "dcerpc": "Windows RPC",
    "dhcp": "DHCP", "dhcpv6": "DHCP", "dns": "DNS", "dropbox": "Dropbox LAN sync", "ftp": "FTP", "ftp_data": "FTP",
    "ftps": "FTP", "geneve": "Geneve", "git": "git", "google_fcm": "Google push messages", "gtp": "GTP", "icmp": "Ping",
    "icmpv6": "Ping", "imap": "Mail (IMAP)", "imaps": "Mail (IMAP)", "ipmi": "IPMI", "ipp": "Printing (IPP)",
    "ipsec_nat_t": "IPsec", "irc": "IRC", "isakmp": "IPsec", "jetdirect": "Printing (raw)", "kerberos": "Kerberos",
    "l2tp": "L2TP", "ldap": "LDAP", "ldaps": "LDAP", "llmnr": "LLMNR", "lpd": "Printing (LPD)", "mdns": "mDNS",
    "memcached": "Memcached", "mndp": "MikroTik discovery", "modbus": "Modbus", "monero": "Monero",
    "mongodb": "MongoDB", "mqtt": "MQTT", "mqtts": "MQTT", "mssql": "SQL Server", "mysql": "MySQL",
    "nat_pmp": "NAT-PMP", "nbdgm": "NetBIOS", "nbns": "NetBIOS", "netflow": "NetFlow", "nfs": "NFS",
    "nntp": "News (NNTP)", "ntp": "NTP", "openvpn": "OpenVPN", "oracle": "Oracle", "pop3": "Mail (POP3)",
    "pop3s": "Mail (POP3)", "postgresql": "PostgreSQL", "pptp": "PPTP", "radius": "RADIUS",
    "rdp": "Remote desktop (RDP)", "redis": "Redis", "rfb": "Remote desktop (VNC)", "rip": "RIP", "ripng": "RIP",
    "rpcbind": "RPC portmapper", "rsync": "rsync", "rtcp": "RTP media", "rtmp": "RTMP", "rtp": "RTP media",
    "rtsp": "RTSP", "sflow": "sFlow", "sip": "Voice (SIP)", "sips": "Voice (SIP)", "slp": "SLP",
    "smb": "File sharing (SMB)", "smtp": "Mail (SMTP)", "smtps": "Mail (SMTP)", "snmp": "SNMP", "socks": "SOCKS",
    "spotify": "Spotify Connect", "ssdp": "SSDP", "ssh": "SSH", "stratum": "Mining pool", "stun": "STUN",
    "svn": "Subversion", "syslog": "Syslog", "tailscale": "Tailscale", "telnet": "Telnet", "telnets": "Telnet",
    "teredo": "Teredo", "tftp": "TFTP", "tplink_smarthome": "TP-Link Kasa", "ubiquiti_discovery": "Ubiquiti discovery",
    "vxlan": "VXLAN", "whois": "Whois", "winrm": "Windows remote management", "wireguard": "WireGuard",
    "ws_discovery": "WS-Discovery", "xmpp": "XMPP",
}  # fmt: skip
"""Protocols that are an application of their own; TLS, QUIC and HTTP carry others and are not here."""


def service(name: str | None, asn: int | None, app_protocol: str | None) -> Attribution | None:
    """What the flow is for: the name beats the AS, the AS beats the protocol."""
    if name is not None and (by_name := service_of_name(name)):
        return Attribution(by_name, "name")
    if asn is not None and (by_as := service_of_as(asn)):
        return Attribution(by_as, "as")
    if app_protocol is not None and (by_protocol := PROTOCOLS.get(app_protocol)):
        return Attribution(by_protocol, "protocol")
    return None


def client(user_agent: str | None, ja4: str | None, ja3: str | None, known: FingerprintTable) -> Attribution | None:
    """What software the client is: what it says of itself beats a fingerprint."""
    if user_agent and (by_agent := client_of_user_agent(user_agent)):
        return Attribution(by_agent, "user_agent")
    if ja4 and (by_ja4 := known.find(ja4)):
        return Attribution(by_ja4, "ja4")
    if ja3 and (by_ja3 := known.find(ja3)):
        return Attribution(by_ja3, "ja3")
    return None
