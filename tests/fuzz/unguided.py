"""The repeatable mutations of test_fuzz.py, as many as wanted: ``python -m tests.fuzz.unguided INPUTS [SEED]``.

Faster than guidance allows; run it in the copy sanitized.py builds to have the sanitizers too.
"""

from __future__ import annotations

import sys
import time

from tests.fuzz.mutation import Mutator
from tests.fuzz.targets import all_targets


def main() -> None:
    inputs, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for name, target in all_targets().items():
        mutator = Mutator(target.seeds, seed)
        slowest_s, began = 0.0, time.monotonic()
        for _ in range(inputs):
            data = mutator.next()
            started = time.thread_time()
            target.run(data)
            slowest_s = max(slowest_s, time.thread_time() - started)
        elapsed_s = time.monotonic() - began
        print(f"{name:10} {inputs:10,} inputs in {elapsed_s:.0f} s, the slowest {slowest_s * 1000:.1f} ms", flush=True)


if __name__ == "__main__":
    main()
