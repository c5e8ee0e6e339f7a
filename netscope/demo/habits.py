"""Tables of the demo: which device calls which server how often, what pages hold, who announces what."""

from __future__ import annotations

from typing import Final, NamedTuple

from netscope.demo.cast import (
    ANNA_IPHONE,
    CAMERA,
    CONSOLE,
    DESKTOP,
    LAPTOP,
    NAS,
    PIXEL,
    PLUG,
    PRINTER,
    ROKU,
    ROUTER,
    SPEAKER,
    TELEVISION,
    Device,
)
from netscope.demo.hello import TLS12


class Habit(NamedTuple):
    """One device calls one server again and again."""

    device: Device
    server: str
    first_s: float
    every_s: float
    down_bytes: int
    up_bytes: int
    requests: int = 1
    version: int | None = None


HABITS: Final = (
    Habit(TELEVISION, "config.samsungads.com", 9, 75, 4_000, 2_200),
    Habit(TELEVISION, "log-config.samsungacr.com", 14, 31, 600, 4_800),
    Habit(TELEVISION, "fls-na.amazon.com", 22, 95, 900, 6_400),
    Habit(TELEVISION, "api.samsungcloud.com", 40, 160, 9_000, 1_400),
    Habit(ROKU, "scribe.logs.roku.com", 18, 52, 300, 3_100),
    Habit(ROKU, "logs.roku.com", 20, 86, 200, 2_400),
    Habit(ROKU, "api.roku.com", 33, 140, 14_000, 900, 2),
    Habit(ANNA_IPHONE, "gateway.icloud.com", 6, 48, 8_000, 2_000, 2),
    Habit(ANNA_IPHONE, "graph.facebook.com", 12, 37, 11_000, 5_200, 2),
    Habit(ANNA_IPHONE, "p42-content.icloud.com", 55, 130, 420_000, 60_000),
    Habit(ANNA_IPHONE, "xp.apple.com", 63, 120, 400, 3_800),
    Habit(PIXEL, "app-measurement.com", 16, 44, 300, 2_600),
    Habit(PIXEL, "www.google.com", 25, 61, 38_000, 1_500, 2),
    Habit(PIXEL, "graph.facebook.com", 47, 83, 7_000, 3_900),
    Habit(DESKTOP, "v10.events.data.microsoft.com", 11, 58, 500, 9_500),
    Habit(DESKTOP, "api.github.com", 19, 34, 26_000, 1_100),
    Habit(LAPTOP, "www.google.com", 30, 47, 44_000, 1_200, 2),
    Habit(LAPTOP, "cloudflare-dns.com", 15, 55, 500, 250, 6),
    Habit(CAMERA, "p2p.reolink.com", 8, 60, 700, 900),
    Habit(SPEAKER, "audio-ak-spotify-com.akamaized.net", 5, 30, 260_000, 500),
    Habit(SPEAKER, "msmetrics.ws.sonos.com", 27, 110, 200, 2_900),
    Habit(CONSOLE, "telemetry-console.api.playstation.com", 35, 90, 300, 5_500),
    Habit(CONSOLE, "ps5.np.playstation.net", 71, 150, 310_000, 800),
    Habit(PLUG, "a1.tuyaeu.com", 13, 100, 500, 700),
    Habit(NAS, "global.quickconnect.to", 29, 125, 900, 700, 1, TLS12),
)


class Page(NamedTuple):
    site: str
    page_bytes: int
    third_parties: tuple[str, ...] = ()


PAGES: Final = (
    Page("www.wikipedia.org", 95_000),
    Page(
        "www.spiegel.de",
        240_000,
        (
            "www.googletagmanager.com",
            "www.google-analytics.com",
            "googleads.g.doubleclick.net",
            "sb.scorecardresearch.com",
            "connect.facebook.net",
        ),
    ),
    Page("github.com", 160_000),
    Page("store.steampowered.com", 310_000, ("www.google-analytics.com",)),
    Page("defo.example-cdn.net", 30_000, ("www.googletagmanager.com",)),
)

CLOCKS: Final = (
    (CAMERA, "pool.ntp.org", 4, 64), (PLUG, "time.cloudflare.com", 7, 64), (TELEVISION, "pool.ntp.org", 21, 256),
    (LAPTOP, "time.apple.com", 38, 300), (SPEAKER, "pool.ntp.org", 50, 128),
)  # fmt: skip

AIRPLAY = ("deviceid=5C:AA:FD:66:08:F4", "model=One", "srcvers=366.0")
ANNOUNCERS: Final = (
    (ROUTER, "FRITZ!Box 7590", "fritz", "", (("_http._tcp", 80, ()),)),
    (PRINTER, "HP OfficeJet Pro 8720", "HP3CD92B7F1A09", "", (
        ("_ipp._tcp", 631, ("rp=ipp/print", "ty=HP OfficeJet Pro 8720", "pdl=application/postscript,image/urf")),
        ("_uscan._tcp", 8080, ("ty=HP OfficeJet Pro 8720",)), ("_http._tcp", 80, ()),
    )),
    (NAS, "nas", "nas", "", (
        ("_smb._tcp", 445, ()), ("_afpovertcp._tcp", 548, ()),
        ("_http._tcp", 5000, ("vendor=Synology", "model=DS920+", "version_major=7", "secure_admin_port=5001")),
    )),
    (SPEAKER, "Kitchen", "kitchen-speaker", "", (
        ("_sonos._tcp", 1443, ("info=/api/v1/players/RINCON_5CAAFD6608F401400/info", "vers=3")),
        ("_spotify-connect._tcp", 1400, ("CPath=/spotifyzc", "VERSION=1.0")), ("_airplay._tcp", 7000, AIRPLAY),
    )),
    (LAPTOP, "Ben's MacBook Pro", "ben-laptop", "MacBookPro18,3", (
        ("_companion-link._tcp", 49901, ("rpMac=0", "rpVr=510.4.1")), ("_rfb._tcp", 5900, ()),
    )),
    (ANNA_IPHONE, "Anna's iPhone", "Anna-iPhone", "iPhone15,2", (("_apple-mobdev2._tcp", 32498, ()),)),
    (TELEVISION, "[TV] Samsung Q80 Series (55)", "living-room-tv", "", (
        ("_airplay._tcp", 7000, ("manufacturer=Samsung", "model=QE55Q80AATXZG")),
    )),
)  # fmt: skip

UPNP: Final = (
    (TELEVISION, 9197, "dmr", "urn:schemas-upnp-org:device:MediaRenderer:1", "SHP, UPnP/1.0, Samsung UPnP SDK/1.0"),
    (SPEAKER, 1400, "xml/device_description.xml", "urn:schemas-upnp-org:device:ZonePlayer:1", SPEAKER.user_agent),
    (ROKU, 8060, "", "roku:ecp", "Roku/12.5.0 UPnP/1.0 Roku/12.5.0"),
    (ROUTER, 49000, "igddesc.xml", "urn:schemas-upnp-org:device:InternetGatewayDevice:2", "FRITZ!Box UPnP/1.0 AVM"),
)  # fmt: skip
