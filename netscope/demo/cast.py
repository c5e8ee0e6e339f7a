"""Who is in the demo: the devices of one household, and the servers they call, with addresses that fit their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from netscope.demo import hello
from netscope.demo.hello import ClientProfile
from netscope.demo.wire import End, ip_bytes, mac_bytes

NETWORK_PREFIX: Final = "192.168.1."
IPV6_PREFIX: Final = "2001:db8:42:1:"
"""Documentation space (RFC 3849): the household's addresses belong to nobody."""
ROUTER_IPV6: Final = "fe80::3ea6:2fff:fe10:1"
DOMAIN: Final = "fritz.box"


@dataclass(frozen=True, slots=True)
class TcpStack:
    """What a system's SYN looks like."""

    ttl: int
    window: int
    scale: int
    options: str
    """Letters in order: M MSS, S SACK permitted, T timestamps, W window scale, N padding, E end."""


LINUX: Final = TcpStack(64, 64240, 7, "MSTNW")
APPLE: Final = TcpStack(64, 65535, 6, "MNWNNTSE")
WINDOWS: Final = TcpStack(128, 64240, 8, "MNWNNS")
EMBEDDED: Final = TcpStack(255, 5744, 0, "M")


@dataclass(frozen=True, slots=True)
class Device:
    name: str
    mac: str
    host: int
    """Last number of the IPv4 address."""
    stack: TcpStack
    tls: ClientProfile
    dhcp_vendor: str | None
    dhcp_options: tuple[int, ...]
    """Parameter request list, in the system's own order."""
    user_agent: str = ""
    ipv6: bool = False

    @property
    def address(self) -> str:
        return f"{NETWORK_PREFIX}{self.host}"

    @property
    def link_local(self) -> str:
        """From the MAC (RFC 4291, appendix A)."""
        octets = mac_bytes(self.mac)
        high, low = octets[0] ^ 2, octets[1]
        words = (high << 8 | low, octets[2] << 8 | 0xFF, 0xFE00 | octets[3], octets[4] << 8 | octets[5])
        return "fe80::" + ":".join(f"{word:x}" for word in words)

    @property
    def address6(self) -> str:
        """A temporary address (RFC 8981): random-looking, the same in every demo."""
        return f"{IPV6_PREFIX}{self.host * 0x1A2B & 0xFFFF:x}:{self.host * 0x33C1 & 0xFFFF:x}:9c1e:{self.host:x}"

    def end(self, *, version: int = 4) -> End:
        address = self.address if version == 4 else self.address6
        return End(mac_bytes(self.mac), ip_bytes(address), self.stack.ttl)

    def link_end(self) -> End:
        return End(mac_bytes(self.mac), ip_bytes(self.link_local), 255)


_IOS_DHCP = (1, 121, 3, 6, 15, 108, 114, 119, 252)
_MACOS_DHCP = (1, 121, 3, 6, 15, 108, 114, 119, 252, 95, 44, 46)
_ANDROID_DHCP = (1, 3, 6, 15, 26, 28, 51, 58, 59, 43, 114, 108)
_WINDOWS_DHCP = (1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252)
_LINUX_DHCP = (1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42)

ROUTER: Final = Device("fritz.box", "3c:a6:2f:10:00:01", 1, LINUX, hello.OPENSSL, None, ())
NAS: Final = Device(
    "nas", "00:11:32:7a:4e:c8", 5, LINUX, hello.OPENSSL, "udhcp 1.30.1", (1, 3, 6, 12, 15, 28, 42),
    "Synology_DS920+_7.2", ipv6=True,
)  # fmt: skip
PRINTER: Final = Device(
    "HP3CD92B7F1A09", "3c:d9:2b:7f:1a:09", 9, EMBEDDED, hello.EMBEDDED, "Hewlett-Packard OfficeJet",
    (6, 3, 1, 15, 66, 67, 13, 44, 12, 81, 252),
)  # fmt: skip
DESKTOP: Final = Device(
    "DESKTOP-7", "a0:36:9f:2d:51:77", 12, WINDOWS, hello.CHROME, "MSFT 5.0", _WINDOWS_DHCP,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    ipv6=True,
)  # fmt: skip
TELEVISION: Final = Device(
    "living-room-tv", "8c:79:f5:3b:20:9e", 20, LINUX, hello.TELEVISION, "udhcp 1.21.1", (1, 3, 6, 12, 15, 28, 42),
    "Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.5) AppleWebKit/537.36 (KHTML, like Gecko) 85.0.4183.93/6.5 TV Safari/537.36",
)  # fmt: skip
ROKU: Final = Device(
    "Roku-bedroom", "d8:31:34:55:c1:02", 22, LINUX, hello.OPENSSL, "dhcpcd-5.5.6:Linux-3.10", (1, 33, 3, 6, 15, 28, 51, 58, 59),
    "Roku/DVP-12.5 (12.5.0.4178-AE)",
)  # fmt: skip
ANNA_IPHONE: Final = Device(
    "Anna-iPhone", "5e:11:09:8c:42:d3", 31, APPLE, hello.SAFARI_IOS, None, _IOS_DHCP,
    "CaptiveNetworkSupport-481.0.2 wispr", ipv6=True,
)  # fmt: skip
PIXEL: Final = Device(
    "Pixel-8", "3c:28:6d:a1:77:4c", 33, LINUX, hello.ANDROID, "android-dhcp-14", _ANDROID_DHCP,
    "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/AP1A.240405.002)", ipv6=True,
)  # fmt: skip
CAMERA: Final = Device(
    "front-door", "ec:71:db:90:3e:11", 40, EMBEDDED, hello.EMBEDDED, "udhcp 1.24.1", (1, 3, 6, 12, 15, 28)
)
SPEAKER: Final = Device(
    "kitchen-speaker", "5c:aa:fd:66:08:f4", 44, LINUX, hello.OPENSSL, "udhcp 1.23.2", (1, 3, 6, 12, 15, 28, 42),
    "Linux UPnP/1.0 Sonos/79.1-52294 (ZPS18)",
)  # fmt: skip
CONSOLE: Final = Device(
    "PS5-445", "00:d9:d1:4f:e2:5a", 50, LINUX, hello.OPENSSL, "PS5", (1, 3, 15, 6), "PlayStation5-libhttp/9.00"
)
PLUG: Final = Device("ESP_AA103C", "24:6f:28:aa:10:3c", 57, EMBEDDED, hello.EMBEDDED, None, (1, 3, 28, 6))
LAPTOP: Final = Device(
    "ben-laptop", "a4:83:e7:10:9c:2f", 61, APPLE, hello.FIREFOX, None, _MACOS_DHCP,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0", ipv6=True,
)  # fmt: skip
GUEST: Final = Device("kali", "76:2f:0d:c4:19:ab", 99, LINUX, hello.OPENSSL, None, _LINUX_DHCP, "curl/8.11.0")

DEVICES: Final = (
    ROUTER, NAS, PRINTER, DESKTOP, TELEVISION, ROKU, ANNA_IPHONE, PIXEL, CAMERA, SPEAKER, CONSOLE, PLUG, LAPTOP, GUEST,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    address: str
    aliases: tuple[str, ...] = ()
    """CNAME chain from the name to the one that has the address."""
    address6: str | None = None
    rtt_ms: int = 24


# ruff: noqa: E501
SERVERS: Final = {
    server.name: server
    for server in (
        Server("www.netflix.com", "54.74.73.31", ("www.dradis.netflix.com", "apiproxy-website-nlb-prod-1.eu-west-1.amazonaws.com"), rtt_ms=31),
        Server("occ-0-769-768.1.nflxso.net", "45.57.40.1", rtt_ms=12),
        Server("ipv4-c012-fra001-ix.1.oca.nflxvideo.net", "45.57.41.139", rtt_ms=11),
        Server("www.google.com", "142.250.185.68", address6="2a00:1450:4001:82b::2004", rtt_ms=14),
        Server("www.youtube.com", "142.250.186.46", ("youtube-ui.l.google.com",), "2a00:1450:4001:80e::200e", 14),
        Server("rr3---sn-4g5e6nz7.googlevideo.com", "173.194.187.72", ("rr3.sn-4g5e6nz7.googlevideo.com",), "2a00:1450:4001:66::8", 12),
        Server("i.ytimg.com", "142.250.185.86", address6="2a00:1450:4001:80b::2016", rtt_ms=14),
        Server("graph.facebook.com", "157.240.20.18", ("api.facebook.com", "star.c10r.facebook.com"), "2a03:2880:f11c:8183:face:b00c:0:2", 23),
        Server("i.instagram.com", "157.240.20.63", ("instagram.c10r.facebook.com",), "2a03:2880:f21c:80c1:face:b00c:0:43fe", 23),
        Server("connect.facebook.net", "157.240.20.15", ("scontent.xx.fbcdn.net",), rtt_ms=23),
        Server("www.google-analytics.com", "142.250.184.206", address6="2a00:1450:4001:82f::200e", rtt_ms=14),
        Server("www.googletagmanager.com", "142.250.185.136", rtt_ms=14),
        Server("googleads.g.doubleclick.net", "142.250.186.34", ("pagead46.l.doubleclick.net",), rtt_ms=14),
        Server("sb.scorecardresearch.com", "18.66.97.49", rtt_ms=16),
        Server("logs.roku.com", "34.194.178.122", rtt_ms=98),
        Server("scribe.logs.roku.com", "52.205.61.12", rtt_ms=98),
        Server("api.roku.com", "34.202.75.44", rtt_ms=98),
        Server("config.samsungads.com", "18.66.112.77", rtt_ms=17),
        Server("log-config.samsungacr.com", "52.208.114.90", rtt_ms=31),
        Server("api.samsungcloud.com", "34.249.12.190", rtt_ms=31),
        Server("fls-na.amazon.com", "52.46.136.33", rtt_ms=102),
        Server("gateway.icloud.com", "17.248.209.69", ("gateway.fe2.apple-dns.net",), "2a01:b740:a42:f100::4", 19),
        Server("p42-content.icloud.com", "17.248.210.5", ("content.fe.apple-dns.net",), rtt_ms=19),
        Server("1-courier.push.apple.com", "17.57.146.52", ("1.courier-push-apple.com.akadns.net",), rtt_ms=21),
        Server("xp.apple.com", "17.36.202.9", ("xp.itunes-apple.com.akadns.net",), rtt_ms=20),
        Server("captive.apple.com", "17.253.53.201", ("captive-cdn.origin-apple.com.akadns.net", "captive.g.aaplimg.com"), rtt_ms=13),
        Server("time.apple.com", "17.253.54.125", ("time.g.aaplimg.com",), rtt_ms=15),
        Server("api.github.com", "140.82.121.6", rtt_ms=21),
        Server("github.com", "140.82.121.4", rtt_ms=21),
        Server("www.wikipedia.org", "185.15.59.224", ("dyna.wikimedia.org",), "2a02:ec80:300:ed1a::1", 18),
        Server("www.spiegel.de", "128.65.210.8", rtt_ms=13),
        Server("detectportal.firefox.com", "34.107.221.82", ("detectportal.prod.mozaws.net", "prod.detectportal.prod.cloudops.mozgcp.net"), rtt_ms=12),
        Server("defo.example-cdn.net", "104.18.10.118", address6="2606:4700::6812:a76", rtt_ms=9),
        Server("cloudflare-dns.com", "104.16.249.249", address6="2606:4700::6810:f8f9", rtt_ms=9),
        Server("dns.google", "8.8.8.8", address6="2001:4860:4860::8888", rtt_ms=12),
        Server("connectivitycheck.gstatic.com", "142.250.185.99", rtt_ms=14),
        Server("mtalk.google.com", "108.177.15.188", ("mobile-gtalk.l.google.com",), rtt_ms=15),
        Server("app-measurement.com", "142.250.185.110", rtt_ms=14),
        Server("v10.events.data.microsoft.com", "20.42.65.90", ("onedscolprdeus12.eastus.cloudapp.azure.com",), rtt_ms=95),
        Server("www.msftconnecttest.com", "23.55.161.10", ("ncsi-geo.trafficmanager.net", "a1961.g2.akamai.net"), rtt_ms=10),
        Server("store.steampowered.com", "23.202.44.180", rtt_ms=12),
        Server("a1.tuyaeu.com", "18.194.10.142", rtt_ms=13),
        Server("m1.tuyaeu.com", "3.121.31.200", rtt_ms=13),
        Server("p2p.reolink.com", "52.59.138.81", rtt_ms=13),
        Server("time.cloudflare.com", "162.159.200.1", rtt_ms=9),
        Server("pool.ntp.org", "94.130.49.186", rtt_ms=15),
        Server("msmetrics.ws.sonos.com", "52.6.188.14", rtt_ms=97),
        Server("audio-ak-spotify-com.akamaized.net", "23.55.163.24", ("a297.dscd.akamai.net",), rtt_ms=10),
        Server("telemetry-console.api.playstation.com", "44.229.5.174", rtt_ms=152),
        Server("ps5.np.playstation.net", "23.46.180.52", rtt_ms=11),
        Server("global.quickconnect.to", "104.155.93.74", rtt_ms=20),
        Server("backup-demo.s3.eu-central-1.amazonaws.com", "52.219.169.54", ("s3-r-w.eu-central-1.amazonaws.com",), rtt_ms=12),
        Server("deb.debian.org", "151.101.2.132", ("debian.map.fastlydns.net",), "2a04:4e42:200::644", 11),
    )
}  # fmt: skip

BEACON_SERVER: Final = "47.91.88.12"
"""Has no name: whoever calls it was told the number."""
