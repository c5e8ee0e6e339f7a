"""Prints how the activity by shape agrees with what a flow's name or protocol says it was, over capture files.

    PYTHONPATH=. python tools/activity_confusion.py FILE...

Names label flows here and only here: the judgement itself never looks at them.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from netscope.engine.capture.file import open_file
from netscope.engine.enrich.stage import Enricher
from netscope.engine.pipeline import Pipeline
from netscope.model.activity import ACTIVITIES
from netscope.model.errors import NetScopeError
from netscope.model.flow import Flow
from netscope.model.records import Session

PUMP_PACKETS = 4096
NAME_LABELS = {
    "googlevideo.com": "video service", "nflxvideo.net": "video service", "ttvnw.net": "video service",
    "aiv-cdn.net": "video service", "quickplay.com": "video service",
    "scdn.co": "audio service", "spotify.com": "audio service", "deezer.com": "audio service",
    "windowsupdate.com": "software update", "swcdn.apple.com": "software update", "debian.org": "software update",
}  # fmt: skip
PROTOCOL_LABELS = {"ssh": "ssh", "rdp": "remote desktop", "dns": "dns", "mdns": "dns", "llmnr": "dns", "nbns": "dns",
                   "ntp": "ntp", "sip": "voice", "rtp": "voice", "stun": "stun"}  # fmt: skip


def label(flow: Flow) -> str | None:
    name = flow.server_name or ""
    for suffix, meaning in NAME_LABELS.items():
        if name == suffix or name.endswith("." + suffix):
            return meaning
    if flow.app_protocol in ("http", "tls", "quic"):
        return "other web"
    return PROTOCOL_LABELS.get(flow.app_protocol or "")


class Tally(Enricher):
    """Counts (label, activity) of each flow as it ends."""

    counts: Counter[tuple[str, str]]

    def flow_closed(self, flow: Flow) -> None:  # type: ignore[override]
        super().flow_closed(flow)
        if (meaning := label(flow)) is not None:
            self.counts[meaning, flow.activity or "-"] += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    arguments = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    for path in arguments.files:
        tally = Tally.open(use_home=False)
        tally.counts = counts
        session = Session(source=str(path), kind="file", link_type="", filter=None, started_ns=0, version="")
        pipeline = Pipeline(session, enrich=tally, keep=False)
        try:
            source = open_file(str(path))
        except NetScopeError as error:
            print(error, file=sys.stderr)
            continue
        while source.pump(pipeline.meter, PUMP_PACKETS, 1.0):
            pass
        pipeline.finish()
        source.close()
    columns = [*ACTIVITIES, "-"]
    print(f"{'named as':16}" + "".join(f"{column:>16}" for column in columns))
    for meaning in sorted({meaning for meaning, _ in counts}):
        print(f"{meaning:16}" + "".join(f"{counts[meaning, column]:16}" for column in columns))


if __name__ == "__main__":
    main()
