"""What a flow is used for, by sizes, directions and timing alone; nothing is decrypted and names are not looked at.

A pure function of counters that any flow has. It says nothing where the shape fits several activities: a wrong word
misleads more than none.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from netscope.model.flow import Flow

ACTIVITIES: Final = (
    "audio_streaming", "browsing", "call", "download", "heartbeat", "idle", "interactive", "name_lookup", "upload",
    "video_streaming",
)  # fmt: skip

MIN_BYTES: Final = 2_000
"""Less is a handshake or an error: no shape to judge."""
MIN_TRANSFER_BYTES: Final = 1_000_000
"""A page's resources are mostly smaller, a file or a piece of video is larger."""
ONE_WAY_SHARE: Final = 0.95
"""Of a download or upload: TCP acknowledgements alone are 2 to 4 % of the bytes."""
FULL_PACKET_BYTES: Final = 900
"""Mean packet size of a bulk direction: full segments of 1,500 with some shorter ones."""
STREAM_S: Final = 30.0
"""A stream goes on for longer than the transfer of a page."""
AUDIO_S: Final = 60.0
"""Less at the rate of audio is also a download that holds back, as Windows Update's."""
VIDEO_BPS: Final = 400_000
"""The lowest rungs of video ladders lie at 200 to 500 kbit/s, the highest audio at 320."""
AUDIO_BPS: Final = 20_000
"""The lowest rung of music streaming (HE-AAC at 24 kbit/s)."""
TRANSFER_BPS: Final = 8_000_000
"""A server that sends as fast as the line takes it; a player waits between pieces."""
CALL_S: Final = 10.0
CALL_PACKETS_PER_S: Final[tuple[float, ...]] = (15.0, 400.0)
"""Voice sends 25 to 50 packets a second each way, video some hundreds."""
CALL_BALANCE: Final = 0.2
"""Smaller direction by packets over the larger: both ends send all the time."""
CALL_PACKET_BYTES: Final[tuple[float, ...]] = (60.0, 1_250.0)
INTERACTIVE_S: Final = 5.0
INTERACTIVE_PROTOCOLS: Final = frozenset({"ssh", "telnet", "rdp", "vnc"})
HEARTBEAT_S: Final = 120.0
HEARTBEAT_BPS: Final = 2_000
"""A keep-alive each minute with its TLS record, and room for a status report."""
BROWSING_BYTES: Final = 5_000_000
LOOKUP_PROTOCOLS: Final = frozenset({"dns", "llmnr", "mdns", "nbns"})
TIME_PROTOCOLS: Final = frozenset({"ntp"})
_TOLD_BY_PROTOCOL: Final = LOOKUP_PROTOCOLS | TIME_PROTOCOLS
_SHORT_NS: Final = int(min(INTERACTIVE_S, CALL_S, HEARTBEAT_S) * 1e9)


class Shape(NamedTuple):
    """The features of a flow that the judgement rests on."""

    duration_s: float
    bytes_up: int
    bytes_down: int
    packets_up: int
    packets_down: int

    @property
    def bytes(self) -> int:
        return self.bytes_up + self.bytes_down

    @property
    def bits_per_s(self) -> float:
        return self.bytes * 8 / max(self.duration_s, 0.001)

    @property
    def packets_per_s(self) -> float:
        return max(self.packets_up, self.packets_down) / max(self.duration_s, 0.001)

    @property
    def down_share(self) -> float:
        return self.bytes_down / max(self.bytes, 1)

    @property
    def balance(self) -> float:
        """Packets of the quieter direction over those of the other."""
        return min(self.packets_up, self.packets_down) / max(self.packets_up, self.packets_down, 1)

    @property
    def mean_down_bytes(self) -> float:
        return self.bytes_down / max(self.packets_down, 1)

    @property
    def mean_up_bytes(self) -> float:
        return self.bytes_up / max(self.packets_up, 1)

    @property
    def mean_bytes(self) -> float:
        return self.bytes / max(self.packets_up + self.packets_down, 1)


def shape_of(flow: Flow) -> Shape:
    duration_s = max(flow.last_seen_ns - flow.first_seen_ns, 0) / 1e9
    return Shape(duration_s, flow.bytes_up, flow.bytes_down, flow.packets_up, flow.packets_down)


def activity(shape: Shape, protocol: str, app_protocol: str | None) -> str | None:
    """One of ACTIVITIES, None where the shape does not decide. ``protocol`` is the transport."""
    if app_protocol in LOOKUP_PROTOCOLS:
        return "name_lookup"
    if app_protocol in TIME_PROTOCOLS:
        return "heartbeat"
    if app_protocol in INTERACTIVE_PROTOCOLS:
        return _remote_session(shape)
    if protocol not in ("tcp", "udp"):
        return None
    if protocol == "udp" and app_protocol != "quic" and _is_call(shape):
        return "call"
    if shape.bytes >= MIN_TRANSFER_BYTES and (direction := _bulk(shape)):
        return _transfer(shape, direction)
    return _small(shape, app_protocol)


def of_flow(flow: Flow) -> str | None:
    if (
        flow.bytes_up + flow.bytes_down < MIN_BYTES
        and flow.last_seen_ns - flow.first_seen_ns < _SHORT_NS
        and flow.app_protocol not in _TOLD_BY_PROTOCOL
    ):
        # Most flows of a network: too little for any shape.
        return None
    return activity(shape_of(flow), flow.protocol, flow.app_protocol)


def _remote_session(shape: Shape) -> str | None:
    """A terminal sends small packets both ways; a copy over SSH fills them one way."""
    if shape.bytes >= MIN_TRANSFER_BYTES and (found := _bulk(shape)):
        return found
    return "interactive" if shape.duration_s >= INTERACTIVE_S else None


def _is_call(shape: Shape) -> bool:
    low, high = CALL_PACKETS_PER_S
    smallest, largest = CALL_PACKET_BYTES
    return (
        shape.duration_s >= CALL_S
        and low <= shape.packets_per_s <= high
        and shape.balance >= CALL_BALANCE
        and smallest <= shape.mean_bytes <= largest
    )


def _bulk(shape: Shape) -> str | None:
    if shape.down_share >= ONE_WAY_SHARE and shape.mean_down_bytes >= FULL_PACKET_BYTES:
        return "download"
    if shape.down_share <= 1 - ONE_WAY_SHARE and shape.mean_up_bytes >= FULL_PACKET_BYTES:
        return "upload"
    return None


def _transfer(shape: Shape, direction: str) -> str | None:
    """Of a large one-way flow: a file, or what a player takes as it plays."""
    if direction == "upload" or shape.duration_s < STREAM_S or shape.bits_per_s >= TRANSFER_BPS:
        return direction
    if shape.bits_per_s >= VIDEO_BPS:
        return "video_streaming"
    return "audio_streaming" if shape.bits_per_s >= AUDIO_BPS and shape.duration_s >= AUDIO_S else None


def _small(shape: Shape, app_protocol: str | None) -> str | None:
    if shape.duration_s >= HEARTBEAT_S and shape.bits_per_s < HEARTBEAT_BPS and shape.packets_down:
        return "heartbeat" if shape.bytes >= MIN_BYTES else "idle"
    if shape.bytes < MIN_BYTES or app_protocol not in ("http", "quic", "tls"):
        return None
    if shape.bytes < BROWSING_BYTES and shape.down_share >= 0.5 and shape.duration_s < HEARTBEAT_S:
        return "browsing"
    return None
