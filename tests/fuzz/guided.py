"""One target under atheris: ``python -m tests.fuzz.guided TARGET [libFuzzer options] [corpus folders]``.

Started by campaign.py in the sanitized copy. An input that raises, crashes or is slow is left as a file.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import atheris

METER_TARGETS = frozenset(("frames", "pcap", "pcapng"))


def main() -> None:
    name, corpus = sys.argv[1], Path(sys.argv[-1])
    # The meter's coverage comes from the compiler; its targets need none of Python's.
    if name in METER_TARGETS:
        targets = importlib.import_module("tests.fuzz.targets")
    else:
        with atheris.instrument_imports(include=["netscope.engine"]):
            targets = importlib.import_module("tests.fuzz.targets")
    target = targets.all_targets()[name]
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number:03}").write_bytes(seed)
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
