"""Prints how the activity by shape agrees with what a flow's name or protocol says it was, over capture files.

    PYTHONPATH=. python tools/activity_confusion.py FILE...

Names label flows here and only here: the judgement itself never looks at them. A name tells what a host hands out, not
how much a flow took of it: a row of its own has the flows that are too small to be what the host is there for.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from netscope.engine.capture.file import open_file
from netscope.engine.enrich.stage import Enricher
from netscope.engine.pipeline import Pipeline
from netscope.model.activity import ACTIVITIES
from netscope.model.errors import NetScopeError
from netscope.model.flow import Flow
from netscope.model.records import Session

PUMP_PACKETS = 4096


class Label(NamedTuple):
    meaning: str
    least_bytes: int
    """Both ways; less is no sample of it."""


VIDEO, AUDIO = Label("video", 1_000_000), Label("audio", 1_000_000)
UPDATE, CLIP = Label("update", 20_000), Label("camera's clip", 250_000)
NAME_LABELS = {
    # What carries the films and the music, not the sites and interfaces beside it.
    "aiv-cdn.net": VIDEO, "googlevideo.com": VIDEO, "nflxvideo.net": VIDEO, "ttvnw.net": VIDEO,
    "vod-singtelhawk.quickplay.com": VIDEO,
    "audio-ak-spotify-com.akamaized.net": AUDIO, "audio-fa.scdn.co": AUDIO, "audio4-ak.spotify.com": AUDIO,
    "dzcdn.net": AUDIO, "p-cdn.com": AUDIO,
    "debian.org": UPDATE, "swcdn.apple.com": UPDATE, "windowsupdate.com": UPDATE,
    "vs-cam.u011.immedia-semi.com": CLIP,
}  # fmt: skip
PROTOCOL_LABELS = {
    "ssh": "ssh", "rdp": "remote desktop", "dns": "dns", "mdns": "dns", "llmnr": "dns", "nbns": "dns", "ntp": "ntp",
    "rtp": "call", "sip": "call's signals", "stun": "stun", "mqtts": "mqtt", "mqtt": "mqtt",
}  # fmt: skip
WEB = frozenset({"http", "http2", "quic", "tls"})


def label(flow: Flow) -> str | None:
    suffix = (flow.server_name or "").lower()
    while suffix:
        known = NAME_LABELS.get(suffix)
        if known is not None:
            is_sample = flow.bytes_up + flow.bytes_down >= known.least_bytes
            return known.meaning if is_sample else f"{known.meaning}: a little"
        suffix = suffix.partition(".")[2]
    if flow.app_protocol in WEB:
        return "other web"
    return PROTOCOL_LABELS.get(flow.app_protocol or "")


class Tally(Enricher):
    """Counts (label, activity) of each flow as it ends."""

    counts: Counter[tuple[str, str]]

    def flow_closed(self, flow: Flow) -> None:  # type: ignore[override]
        super().flow_closed(flow)
        if (meaning := label(flow)) is not None:
            self.counts[meaning, flow.activity or "-"] += 1


def count(path: Path, counts: Counter[tuple[str, str]]) -> None:
    tally = Tally.open(use_home=False)
    tally.counts = counts
    session = Session(source=str(path), kind="file", link_type="", filter=None, started_ns=0, version="")
    pipeline = Pipeline(session, enrich=tally, keep=False)
    source = open_file(str(path))
    while source.pump(pipeline.meter, PUMP_PACKETS, 1.0):
        pass
    pipeline.finish()
    source.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    arguments = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    for path in arguments.files:
        try:
            count(path, counts)
        except NetScopeError as error:
            print(error, file=sys.stderr)
    columns = [word for word in (*ACTIVITIES, "-") if any(counts[meaning, word] for meaning, _ in list(counts))]
    print(f"{'named as':18}" + "".join(f"{column:>17}" for column in columns))
    for meaning in sorted({meaning for meaning, _ in counts}):
        print(f"{meaning:18}" + "".join(f"{counts[meaning, column] or '':>17}" for column in columns))


if __name__ == "__main__":
    main()
