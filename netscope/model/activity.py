"""What a flow or device is doing, in the words that the screens and the recording use."""

from __future__ import annotations

from typing import Final

VIDEO_CALL: Final = "video_call"
VOICE_CALL: Final = "voice_call"
GAMING: Final = "gaming"
REMOTE_DESKTOP: Final = "remote_desktop"
TERMINAL: Final = "terminal"
VIDEO_STREAMING: Final = "video_streaming"
AUDIO_STREAMING: Final = "audio_streaming"
UPLOAD: Final = "upload"
SOFTWARE_UPDATE: Final = "software_update"
DOWNLOAD: Final = "download"
BROWSING: Final = "browsing"
NAME_LOOKUP: Final = "name_lookup"
HEARTBEAT: Final = "heartbeat"
IDLE: Final = "idle"

ACTIVITIES: Final[tuple[str, ...]] = (
    VIDEO_CALL, VOICE_CALL, GAMING, REMOTE_DESKTOP, TERMINAL, VIDEO_STREAMING, AUDIO_STREAMING, UPLOAD,
    SOFTWARE_UPDATE, DOWNLOAD, BROWSING, NAME_LOOKUP, HEARTBEAT, IDLE,
)  # fmt: skip
"""The most telling first: what someone does now before what a program does by itself, and both before keep-alives."""

_PLACES: Final[dict[str, int]] = {activity: place for place, activity in enumerate(ACTIVITIES)}


def most_telling(activities: set[str]) -> tuple[str, ...]:
    """In the order to show them; an older recording's words that are known no more come last."""
    return tuple(sorted(activities, key=lambda activity: (_PLACES.get(activity, len(ACTIVITIES)), activity)))
