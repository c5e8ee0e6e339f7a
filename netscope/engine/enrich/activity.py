"""What a flow is used for, by sizes, directions and timing; nothing is decrypted.

Two things besides the shape may speak: the protocol where it says outright what it is for (SSH, DNS, RTP), and the
service where it tells what a transfer carries (updates) or that it is remote control. Nothing is said where the shape
fits several activities: a wrong word misleads more than none. The features are in features.py.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from netscope.engine.enrich.features import (
    LARGE,
    LONG_GAPS,
    SMALL,
    TYPING_GAPS,
    VOICE_GAPS,
    Features,
    features_of,
    share,
)
from netscope.engine.enrich.update_hosts import is_update_host
from netscope.model.activity import (
    AUDIO_STREAMING,
    BROWSING,
    DOWNLOAD,
    GAMING,
    HEARTBEAT,
    IDLE,
    NAME_LOOKUP,
    REMOTE_DESKTOP,
    SOFTWARE_UPDATE,
    TERMINAL,
    UPLOAD,
    VIDEO_CALL,
    VIDEO_STREAMING,
    VOICE_CALL,
)
from netscope.model.flow import Flow
from netscope.model.privacy import ENCRYPTED_DNS

MIN_BYTES: Final = 2_000
"""Less is a handshake or an error: no shape to judge."""

# -- transfers and streams
MIN_TRANSFER_BYTES: Final = 1_000_000
"""A page's resources are mostly smaller, a file or a piece of video is larger."""
MIN_UPLOAD_BYTES: Final = 250_000
"""What pages and programs say of themselves is less; a photo or a camera's clip is more."""
ONE_WAY_SHARE: Final = 0.95
"""Of a download or upload: TCP acknowledgements alone are 2 to 4 % of the bytes."""
FULL_PACKET_BYTES: Final = 900
"""Mean packet size of a bulk direction: full segments of 1,500 with some shorter ones."""
STREAM_S: Final = 30.0
"""A stream goes on for longer than the transfer of a page."""
MIN_VIDEO_BYTES: Final = 5_000_000
"""Scrolling through pictures takes bursts of some megabytes over one connection, too."""
AUDIO_S: Final = 60.0
"""Less at the rate of audio is also a download that holds back, as Windows Update's."""
VIDEO_BPS: Final = 400_000
"""The lowest rungs of video ladders lie at 200 to 500 kbit/s, the highest audio at 320."""
AUDIO_BPS: Final = 20_000
"""The lowest rung of music streaming (HE-AAC at 24 kbit/s)."""
STREAM_BPS: Final = 60_000_000
"""The highest rung of video at home: 4K at some 25 Mbit/s, discs at up to 60."""
MIN_PAUSES: Final = 3
IDLE_SHARE: Final = 0.1
"""A player takes a piece as fast as the line gives it, then waits until its buffer has room: 2 to 10 s. A download
stops for nothing."""
STALLED_SHARE: Final = 0.3
"""The same where all came for a request or two: a bad line stalls for some of the time, too, and a player that reads
one long answer waits for more of it."""
MIN_REQUESTS: Final = 3
MIN_VIDEO_PIECE_BYTES: Final = 200_000
"""4 s of the lowest rung. A page's resources are some 40 kB (HTTP Archive: 2.7 MB in 70 requests), its pictures twice
that and more."""
MIN_AUDIO_PIECE_BYTES: Final = 75_000
"""10 s at 64 kbit/s, and twice the mean of a page's resources."""
AUDIO_PAUSES_SHARE: Final = 0.5
"""Of pauses to requests: a player waits after each piece, a page asks for a dozen things at once."""
MANY_REQUESTS: Final = 10
"""From which on small answers are pages, or a program's talk, rather than a file."""
BURST_STEADINESS: Final = 0.6
"""The busiest second of a player that fetches 2 s at a time has twice its mean, of one that fetches 10 s far more."""
RADIO_STEADINESS: Final = 0.5
"""A radio station sends at the rate it is heard at."""
MIN_UPDATE_BYTES: Final = 20_000
"""Less from an update server is the question whether there is one; the smallest updates are lists of certificates."""
UPDATE_DOWN_SHARE: Final = 0.9
"""Of an update, which may be small enough for its handshake to count."""
_LIKE_AN_UPDATE: Final = (None, BROWSING, DOWNLOAD, VIDEO_STREAMING, AUDIO_STREAMING)
"""By its shape alone: one that holds back so that others get the line comes in pieces."""

# -- calls and games
CALL_S: Final = 10.0
CALL_PACKETS_PER_S: Final[tuple[float, ...]] = (15.0, 400.0)
"""Voice sends 25 to 50 packets a second each way, video some hundreds."""
REAL_TIME_LONG_GAPS: Final = 0.1
"""Share of gaps of 100 ms and more that real-time traffic may have: a lost packet, a moment's silence."""
REAL_TIME_BUSY: Final = 0.9
VIDEO_LARGE_SHARE: Final = 0.2
"""Of packets of 512 bytes and more, in one direction at least: a picture fills packets, voice never does."""
VOICE_BPS: Final = 300_000
"""Both ways together: Opus at its highest is 128 kbit/s, G.711 with its headers 80."""
VOICE_REGULAR_SHARE: Final = 0.5
"""Of gaps of 10 to 30 ms, in both directions."""
VOICE_BALANCE: Final = 0.6
"""Mean packet size of one direction over the other's: both ends use one codec."""
GAME_S: Final = 20.0
GAME_PACKETS_PER_S: Final[tuple[float, ...]] = (8.0, 150.0)
"""Game servers tick 10 to 128 times a second, and clients answer each."""
GAME_UP_BYTES: Final[tuple[int, ...]] = (40, 200)
"""A client sends its player's input; the server all that moves around it."""
GAME_DOWN_RATIO: Final = 1.5
"""Mean packet size down over up, by the same reason. Below it a game and a call look alike, and neither is said."""
GAME_BPS: Final = 2_000_000
CALL_PROTOCOLS: Final = frozenset({"dtls", "rtcp", "rtp", "sip", "stun"})
TUNNELS: Final = frozenset({
    "geneve", "gtp", "ipsec_nat_t", "isakmp", "l2tp", "openvpn", "tailscale", "teredo", "vxlan", "wireguard",
})  # fmt: skip
"""Carry whatever is inside: their shape is of several activities at once."""

# -- sessions of a person
SESSION_S: Final = 5.0
TERMINAL_PROTOCOLS: Final = frozenset({"ssh", "telnet"})
DESKTOP_PROTOCOLS: Final = frozenset({"rdp", "rfb"})
DESKTOP_SERVICES: Final = frozenset({
    "AnyDesk", "Chrome Remote Desktop", "LogMeIn", "Parsec", "RustDesk", "Splashtop", "TeamViewer",
})  # fmt: skip
"""As services.tsv names them."""
_LIKE_A_DESKTOP: Final = (None, BROWSING, DOWNLOAD, VIDEO_STREAMING)
"""What pictures of a far screen look like by their shape alone."""
TYPED_SHARE: Final = 0.6
"""Of small packets up: keys, and acknowledgements of what they print."""
TYPING_SHARE: Final = 0.2
"""Of gaps up between 30 ms and 10 s; a program's own turn follows within a round trip."""
DESKTOP_BPS: Final = 20_000
"""A still screen sends less."""

# -- small and slow
HEARTBEAT_S: Final = 120.0
HEARTBEAT_BPS: Final = 2_000
"""A keep-alive each minute with its TLS record, and room for a status report."""
BROWSING_BYTES: Final = 5_000_000
PAGE_BYTES: Final = 15_000
"""Down: a TLS handshake with its certificates takes up to 6 kB, a call of an API a few more."""

LOOKUP_PROTOCOLS: Final = frozenset({"dns", "doq", "dot", "llmnr", "mdns", "nbns"})
TIME_PROTOCOLS: Final = frozenset({"ntp"})
_TOLD_BY_PROTOCOL: Final = LOOKUP_PROTOCOLS | TIME_PROTOCOLS
_SHORT_NS: Final = int(SESSION_S * 1e9)


class Judged(NamedTuple):
    """An activity and what it rests on."""

    activity: str
    source: str
    """shape, protocol or name."""


def of_flow(flow: Flow) -> str | None:
    """One of ACTIVITIES, None where nothing decides."""
    if (
        flow.bytes_up + flow.bytes_down < MIN_BYTES
        and flow.last_seen_ns - flow.first_seen_ns < _SHORT_NS
        and flow.app_protocol not in _TOLD_BY_PROTOCOL
    ):
        # Most flows of a network: too little for any shape.
        return None
    found = judge(flow)
    return None if found is None else found.activity


def judge(flow: Flow) -> Judged | None:
    app_protocol = flow.app_protocol
    if app_protocol in LOOKUP_PROTOCOLS or flow.application in ENCRYPTED_DNS:
        return Judged(NAME_LOOKUP, "protocol" if app_protocol in LOOKUP_PROTOCOLS else "name")
    if app_protocol in TIME_PROTOCOLS:
        return Judged(HEARTBEAT, "protocol")
    features = features_of(flow)
    if app_protocol in TERMINAL_PROTOCOLS or app_protocol in DESKTOP_PROTOCOLS:
        found = session(features, is_desktop=app_protocol in DESKTOP_PROTOCOLS)
        return None if found is None else Judged(found, "protocol" if found in (TERMINAL, REMOTE_DESKTOP) else "shape")
    found = by_shape(features, flow.protocol, app_protocol, is_group=is_group(flow.server_ip))
    if found in _LIKE_AN_UPDATE and flow.server_name is not None and is_update_host(flow.server_name):
        return Judged(SOFTWARE_UPDATE, "name") if _is_update(features) else None
    if found in _LIKE_A_DESKTOP and flow.application in DESKTOP_SERVICES and _is_desktop(features):
        return Judged(REMOTE_DESKTOP, "name")
    return None if found is None else Judged(found, "shape")


def by_shape(features: Features, protocol: str, app_protocol: str | None, *, is_group: bool = False) -> str | None:
    """``protocol`` is the transport; ``is_group``: what goes up is heard by many."""
    if protocol not in ("tcp", "udp") or app_protocol in TUNNELS:
        return None
    if protocol == "udp" and app_protocol != "quic" and (found := _real_time(features, app_protocol)):
        return found
    direction = _bulk(features)
    if direction == UPLOAD and is_group and features.bytes >= MIN_TRANSFER_BYTES:
        # A station sends to a group: the camera's picture, the provider's television.
        return VIDEO_STREAMING if features.bits_per_s >= VIDEO_BPS else AUDIO_STREAMING
    if direction == UPLOAD and not is_group and features.bytes >= MIN_UPLOAD_BYTES:
        return UPLOAD
    if direction == DOWNLOAD and features.bytes >= MIN_TRANSFER_BYTES:
        if (found := _stream(features)) is not None:
            return found
        if features.requests_up < MANY_REQUESTS or features.piece_bytes >= MIN_VIDEO_PIECE_BYTES:
            return DOWNLOAD
    return _small(features, protocol, app_protocol)


def _is_update(features: Features) -> bool:
    return features.bytes_down >= MIN_UPDATE_BYTES and features.down_share >= UPDATE_DOWN_SHARE


def session(features: Features, *, is_desktop: bool) -> str | None:
    """Of a protocol for terminals or screens; a copy over SSH fills its packets one way."""
    if not is_desktop and features.bytes >= MIN_TRANSFER_BYTES and (found := _bulk(features)):
        return found
    if features.duration_s < SESSION_S:
        return None
    if features.duration_s >= HEARTBEAT_S and features.bits_per_s < HEARTBEAT_BPS and not _is_typed(features):
        return IDLE
    if is_desktop:
        return REMOTE_DESKTOP
    return TERMINAL if _is_typed(features) else None


def _is_typed(features: Features) -> bool:
    shape = features.shape
    return share(shape.sizes_up, SMALL) >= TYPED_SHARE and share(shape.gaps_up, TYPING_GAPS) >= TYPING_SHARE


def _is_desktop(features: Features) -> bool:
    return (
        features.duration_s >= GAME_S
        and features.bits_per_s >= DESKTOP_BPS
        and features.down_share >= 0.5
        and share(features.shape.sizes_up, SMALL) >= TYPED_SHARE
    )


def _real_time(features: Features, app_protocol: str | None) -> str | None:
    """Packets both ways all the time: a call, a game, or neither."""
    shape = features.shape
    slowest, fastest = features.packets_per_s
    if (
        features.duration_s < CALL_S
        or features.busy_share < REAL_TIME_BUSY
        or max(share(shape.gaps_up, LONG_GAPS), share(shape.gaps_down, LONG_GAPS)) > REAL_TIME_LONG_GAPS
    ):
        return None
    low, high = CALL_PACKETS_PER_S
    is_call_rate = slowest >= low and fastest <= high
    if is_call_rate and max(share(shape.sizes_up, LARGE), share(shape.sizes_down, LARGE)) >= VIDEO_LARGE_SHARE:
        return VIDEO_CALL
    if is_call_rate and features.bits_per_s <= VOICE_BPS and _is_voice(features, app_protocol):
        return VOICE_CALL
    return GAMING if app_protocol not in CALL_PROTOCOLS and _is_game(features, slowest, fastest) else None


def _is_voice(features: Features, app_protocol: str | None) -> bool:
    if app_protocol in CALL_PROTOCOLS:
        return True
    shape = features.shape
    smaller, larger = sorted((features.mean_up_bytes, features.mean_down_bytes))
    regular = min(share(shape.gaps_up, VOICE_GAPS), share(shape.gaps_down, VOICE_GAPS))
    return regular >= VOICE_REGULAR_SHARE and smaller / max(larger, 1.0) >= VOICE_BALANCE


def _is_game(features: Features, slowest: float, fastest: float) -> bool:
    low, high = GAME_PACKETS_PER_S
    smallest, largest = GAME_UP_BYTES
    return (
        features.duration_s >= GAME_S
        and slowest >= low
        and fastest <= high
        and smallest <= features.mean_up_bytes <= largest
        and features.mean_down_bytes >= GAME_DOWN_RATIO * features.mean_up_bytes
        and features.bits_per_s <= GAME_BPS
    )


def _bulk(features: Features) -> str | None:
    if features.down_share >= ONE_WAY_SHARE and features.mean_down_bytes >= FULL_PACKET_BYTES:
        return DOWNLOAD
    if features.down_share <= 1 - ONE_WAY_SHARE and features.mean_up_bytes >= FULL_PACKET_BYTES:
        return UPLOAD
    return None


def _stream(features: Features) -> str | None:
    """Whether a large flow down is what a player takes as it plays."""
    if features.duration_s < STREAM_S or features.bits_per_s > STREAM_BPS:
        return None
    if features.bits_per_s >= VIDEO_BPS:
        is_video = features.bytes >= MIN_VIDEO_BYTES and _is_in_pieces(features, MIN_VIDEO_PIECE_BYTES)
        return VIDEO_STREAMING if is_video else None
    if features.bits_per_s < AUDIO_BPS or features.duration_s < AUDIO_S:
        return None
    is_even = features.busy_share >= REAL_TIME_BUSY and features.steadiness >= RADIO_STEADINESS
    if is_even and features.requests_up < MANY_REQUESTS:
        return AUDIO_STREAMING
    is_one_by_one = features.pauses_down >= AUDIO_PAUSES_SHARE * features.requests_up
    return AUDIO_STREAMING if is_one_by_one and _is_in_pieces(features, MIN_AUDIO_PIECE_BYTES) else None


def _is_in_pieces(features: Features, least_bytes: int) -> bool:
    """Whether it comes in pieces of ``least_bytes`` or more with waits between them."""
    idle_share = IDLE_SHARE if features.requests_up >= MIN_REQUESTS else STALLED_SHARE
    return (
        features.pauses_down >= MIN_PAUSES
        and features.idle_s >= idle_share * features.duration_s
        and features.steadiness <= BURST_STEADINESS
        and features.piece_bytes >= least_bytes
    )


def _small(features: Features, protocol: str, app_protocol: str | None) -> str | None:
    is_long = features.duration_s >= HEARTBEAT_S
    if is_long and features.bits_per_s < HEARTBEAT_BPS:
        if features.bytes >= MIN_BYTES and (features.packets_down or protocol == "tcp"):
            # Nobody sends on by TCP without an answer: the capture has one direction only.
            return HEARTBEAT
        return IDLE if features.packets_down else None
    if is_long or app_protocol not in ("http", "http2", "quic", "tls"):
        return None
    if features.bytes_down >= PAGE_BYTES and features.bytes < BROWSING_BYTES and features.down_share >= 0.5:
        return BROWSING
    return None


def is_group(address: str) -> bool:
    """IPv4 and IPv6 multicast."""
    if ":" in address:
        return address.startswith("ff")
    return "224." <= address < "240." and address[3:4] == "."
