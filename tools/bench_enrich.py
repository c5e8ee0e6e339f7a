"""Times and weighs the enrich stage: load times, memory of embedded data, a million look-ups, a list of two million.

PYTHONPATH=. python tools/bench_enrich.py [--names 2000000]
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from netscope.engine.enrich import device_rules, domains, fingerprints, oui, services
from netscope.engine.enrich.domain_table import DomainTable
from netscope.engine.enrich.place import TOR_RANGES, PlaceLookup
from netscope.engine.enrich.stage import Enricher
from netscope.engine.enrich.trackers import TrackerMatcher, embedded_tables, table_from_list
from netscope.model.flow import Flow

LOOKUPS = 1_000_000
DISTINCT = 20_000
"""Names that a million look-ups are spread over: some are in the caches, some have been forgotten."""


def timed(what: str, work: Callable[[], Any], per: int = 1) -> Any:
    gc.collect()
    started = time.perf_counter()
    result = work()
    taken_s = time.perf_counter() - started
    shown = f"{taken_s * 1e6 / per:10.2f} us each" if per > 1 else f"{taken_s * 1e3:10.1f} ms"
    print(f"{what:58}{shown}")
    return result


def weighed(what: str, work: Callable[[], Any]) -> Any:
    gc.collect()
    tracemalloc.start()
    result = work()
    gc.collect()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{what:58}{kept / 1e6:10.2f} MB kept {peak / 1e6:8.1f} MB peak")
    WEIGHTS.append(kept)
    return result


WEIGHTS: list[int] = []


def names(count: int) -> list[str]:
    chance = random.Random(7)
    services_names = list(services._services()[0])
    return [f"h{chance.randrange(10**6)}.{chance.choice(services_names)}" for _ in range(count)]


def lookups(asked: list[str], function: Callable[[str], Any]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(LOOKUPS // len(asked)):
            for name in asked:
                function(name)

    return run


def load_and_weigh() -> None:
    def ranges() -> PlaceLookup:
        places = PlaceLookup.find(system_folders=(), range_files=TOR_RANGES)
        places.warm()
        return places

    timed("country ranges from their text", ranges)
    oui.load.cache_clear()
    timed("MAC vendors", oui.load)
    timed("embedded tracker lists", embedded_tables)
    timed("public suffix list", domains.warm)
    timed("device rules", device_rules.rules)
    timed("services", services.known_names)
    print()
    for cached in (oui.load, domains._public_suffixes, device_rules.rules, services._services, fingerprints.embedded):
        cached.cache_clear()
    kept = [
        weighed("country ranges", ranges),
        weighed("MAC vendors", oui.load),
        weighed("embedded tracker lists", embedded_tables),
        weighed("public suffix list", domains._public_suffixes),
        weighed("device rules", device_rules.rules),
        weighed("services", services._services),
        weighed("fingerprints", fingerprints.embedded),
    ]
    print(f"{'all embedded data':58}{sum(WEIGHTS) / 1e6:10.2f} MB\n")
    del kept


def large_list(folder: Path, count: int) -> DomainTable:
    path = folder / "large.txt"
    with path.open("w") as file:
        file.writelines(f"host{number}.list{number % 977}.example\n" for number in range(count))
    table, report = timed(f"import of a list of {count:,} names", lambda: table_from_list(path))
    timed("  saving it", lambda: table.save(folder / "large.nslist"))
    opened = timed("  opening it at start", lambda: DomainTable.open(folder / "large.nslist"))
    print(f"{'  malformed / names':58}{report.malformed:10} / {len(opened):,}")
    return opened


def flows(asked: list[str], addresses: int, count: int = 50_000) -> list[Flow]:
    """Flows to so many addresses and as many names."""
    chance = random.Random(11)
    pool = [".".join(str(chance.randrange(low, 224)) for low in (11, 0, 0, 0)) for _ in range(addresses)]
    made = []
    for number in range(count):
        ip = pool[number % addresses]
        flow = Flow(number, "192.168.1.2", 40000, ip, 443, "tcp", None, None, None, 1, 2)
        flow.server_name, flow.name_source, flow.app_protocol = asked[number % addresses % len(asked)], "sni", "tls"
        made.append(flow)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=2_000_000, help="size of the large list")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        load_and_weigh()
        asked = names(DISTINCT)
        trackers = TrackerMatcher.embedded()
        timed("names against the embedded lists, first time", lambda: [trackers.match(n) for n in asked], DISTINCT)
        timed(f"{LOOKUPS:,} look-ups in the embedded lists", lookups(asked, trackers.match), LOOKUPS)
        timed(
            "names against the suffix list, first time", lambda: [domains.registered_domain(n) for n in asked], DISTINCT
        )
        timed(f"{LOOKUPS:,} look-ups in the suffix list", lookups(asked, domains.registered_domain), LOOKUPS)
        large = TrackerMatcher.embedded([large_list(Path(folder), arguments.names)])
        timed("names against the large list, first time", lambda: [large.match(n) for n in asked], DISTINCT)
        timed(f"{LOOKUPS:,} look-ups in the large list", lookups(asked, large.match), LOOKUPS)
        print()
        enricher = Enricher(PlaceLookup.find(), trackers)
        enricher.warm()
        for what, addresses in (("all to new addresses", 50_000), ("to 2,000 addresses", 2_000)):
            some = flows(asked, addresses)
            timed(f"flow opened, {what}", lambda f=some: [enricher.flow_opened(x, x.server_ip) for x in f], len(some))
            timed(f"flow named, {what}", lambda f=some: [enricher.flow_named(x) for x in f], len(some))
            timed(f"flow closed, {what}", lambda f=some: [enricher.flow_closed(x) for x in f], len(some))
    print(f"\nhighest memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
