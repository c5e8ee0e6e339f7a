"""Prints the devices of capture files with what is known of each and the evidence it rests on.

PYTHONPATH=. python tools/show_devices.py FILE...
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from netscope.engine.capture.file import open_file
from netscope.engine.enrich.identify import DeviceIdentifier, Neighbourhood
from netscope.engine.enrich.stage import Enricher
from netscope.engine.pipeline import Pipeline
from netscope.model.errors import NetScopeError
from netscope.model.records import Device, Session
from netscope.model.text import neutralise

PUMP_PACKETS = 4096


def run(path: Path, enricher: Enricher) -> tuple[Pipeline, DeviceIdentifier]:
    made: list[DeviceIdentifier] = []

    def identify(devices: Neighbourhood) -> DeviceIdentifier:
        made.append(enricher.identify(devices))
        return made[0]

    session = Session(source=str(path), kind="file", link_type="", filter=None, started_ns=0, version="")
    pipeline = Pipeline(session, enrich=enricher, identify=identify, keep=False)
    source = open_file(str(path))
    while source.pump(pipeline.meter, PUMP_PACKETS, 1.0):
        pass
    source.close()
    pipeline.finish()
    return pipeline, made[0]


def describe(device: Device, identifier: DeviceIdentifier) -> list[str]:
    flags = [word for word, on in (("gateway", device.is_gateway), ("random MAC", device.randomized_mac)) if on]
    head = f"  {device.mac}  {neutralise(device.name or '', 40)} ({device.name_source})  {device.vendor or '-'}"
    lines = [" ".join([head, *(f"[{flag}]" for flag in flags)])]
    lines.append(f"    addresses: {', '.join(device.addresses) or '-'}")
    held: set[str] = set()
    for attribute, raw, confidence, source, reason in identifier.profiler.judgements(device):
        value = neutralise(raw, 40)
        lines.append(
            f"    {'not ' if attribute in held else ''}{attribute}: {value}  {confidence} % {source}: {reason}"
        )
        held.add(attribute)
    lines += [
        f"    maybe also device {pair.device_id if pair.other_device_id == device.id else pair.other_device_id}:"
        f" {pair.confidence} % {neutralise('; '.join(pair.evidence), 200)}"
        for pair in identifier.pairs(device.id)
    ]
    lines += [
        f"    heard: {item.source} {item.attribute} = {neutralise(item.value, 100)}  x{item.count}"
        for item in identifier.profiler.evidence(device)
    ]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    arguments = parser.parse_args()
    for path in arguments.files:
        enricher = Enricher.open(use_home=False)
        try:
            pipeline, identifier = run(path, enricher)
        except NetScopeError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        devices = pipeline.correlator.devices.by_id.values()
        print(f"{path.name}: {len(devices)} devices")
        for device in devices:
            print("\n".join(describe(device, identifier)))


if __name__ == "__main__":
    main()
