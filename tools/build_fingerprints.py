"""Makes netscope/engine/enrich/data/ja3.tsv and ja4.tsv from published tables.

    PYTHONPATH=. python tools/build_fingerprints.py osx-nix-ja3.csv ja4-applications.tsv

Taken are fingerprints that the source gives to one application or library. Malware that uses the operating system's own
TLS library is left out: its fingerprint is that of every other program there.
"""

from __future__ import annotations

import argparse
import csv
import re
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "netscope" / "engine" / "enrich" / "data"
JA3_HEAD = "# JA3 of macOS and Linux programs, 2017: BSD-3-Clause, Copyright (c) 2017 Salesforce.com, Inc.\n"
JA4_HEAD = "# JA4 of programs and libraries as published with JA4: BSD-3-Clause, Copyright (c) 2023 FoxIO, LLC\n"
MALWARE = ("Cobalt Strike", "Sliver", "IcedID")
RENAMED = {"GoLang": "Go", "GoLang net package": "Go", "GoLang webhooks": "Go", "WinINET": "Windows WinINET",
           "Phillips Hue Bridge": "Philips Hue bridge", "Chromium Browser": "Chromium"}  # fmt: skip


def ja3_rows(path: Path) -> dict[str, str]:
    rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    found = {row[0]: row[1] for row in rows if len(row) == 2 and re.fullmatch("[0-9a-f]{32}", row[0])}
    return {ja3: name for ja3, name in found.items() if "," not in name and " and " not in name}


def ja4_rows(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in csv.DictReader(path.open(encoding="utf-8"), delimiter="\t"):
        if row["application"].startswith(MALWARE):
            continue
        name = row["application"].strip() or row["library"].strip() or row["device"].strip()
        found.setdefault(row["ja4"], RENAMED.get(name, name))
    return found


def write(path: Path, head: str, rows: dict[str, str]) -> None:
    body = "".join(f"{fingerprint}\t{name}\n" for fingerprint, name in sorted(rows.items()))
    path.write_text(head + "fingerprint\tapplication\n" + body, encoding="utf-8")
    print(f"{path}: {len(rows)} fingerprints")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ja3", type=Path)
    parser.add_argument("ja4", type=Path)
    arguments = parser.parse_args()
    write(DATA / "ja3.tsv", JA3_HEAD, ja3_rows(arguments.ja3))
    write(DATA / "ja4.tsv", JA4_HEAD, ja4_rows(arguments.ja4))


if __name__ == "__main__":
    main()
