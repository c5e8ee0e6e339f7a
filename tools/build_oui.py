"""Packs the IEEE registries (npm package oui-data, BSD-2-Clause) into netscope/engine/enrich/data/oui.bin.

    npm install oui-data && python tools/build_oui.py node_modules/oui-data/index.json

The layout of the file is described in netscope/engine/enrich/oui.py, which reads it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from netscope.engine.enrich.oui import BLOCK_BITS, VendorTable

OUTPUT = Path(__file__).resolve().parent.parent / "netscope" / "engine" / "enrich" / "data" / "oui.bin"
PARENT = "IEEE Registration Authority"
"""Owner of the 24-bit blocks that are split into smaller ones: a parent, not a vendor."""


def blocks(registry: dict[str, str]) -> dict[int, list[tuple[int, str]]]:
    """Registry entries by prefix length in bits, sorted by prefix."""
    found: dict[int, list[tuple[int, str]]] = {bits: [] for bits in BLOCK_BITS}
    for prefix, address in registry.items():
        vendor = " ".join(address.partition("\n")[0].split())
        if vendor and vendor != PARENT:
            found[len(prefix) * 4].append((int(prefix, 16), vendor))
    for entries in found.values():
        entries.sort()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("registry", type=Path, help="index.json of oui-data")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    table = VendorTable.build(blocks(json.loads(arguments.registry.read_text())))
    packed = table.packed()
    arguments.output.write_bytes(packed)
    print(f"{arguments.output}: {len(table)} blocks, {len(packed)} bytes")


if __name__ == "__main__":
    main()
