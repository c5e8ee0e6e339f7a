"""Turns npm package third-party-web (MIT) into netscope/engine/enrich/data/third_party_web.tsv.

    npm install third-party-web && \\
        PYTHONPATH=. python tools/build_trackers.py node_modules/third-party-web/dist/entities-nostats.json

Its categories mix trackers with shops, networks and whole companies: what is taken is stated below, and the names left
out are in tools/first_party.txt. Entries that need judgement one by one are in data/telemetry.tsv, kept by hand.
"""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import json
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).resolve().parent
OUTPUT = TOOLS.parent / "netscope" / "engine" / "enrich" / "data" / "third_party_web.tsv"

CATEGORIES = {"ad": "advertising", "analytics": "analytics", "marketing": "advertising", "tag-manager": "analytics"}
"""Theirs to ours. Not taken: cdn, hosting, content, video, utility and other (services a page uses on purpose),
consent-provider (asks about tracking), customer-success (chat a visitor opens), social (mostly the networks' own)."""

SOCIAL = frozenset({
    "addshoppers.com", "addthis.com", "addthiscdn.com", "addthisedge.com", "addtoany.com", "atlassbx.com",
    "bizographics.com", "facebook.net", "getsocial.io", "newsharecounts.com", "oribi.io", "platform.linkedin.com",
    "platform.twitter.com", "shareaholic.com", "sharethis.com", "syndication.twitter.com",
})  # fmt: skip
"""Of their category social: share buttons and pixels that sit on other people's pages."""

SPECIAL = {
    "session_replay": "hotjar.com hotjar.io fullstory.com clicktale.net luckyorange.com luckyorange.net crazyegg.com "
    "mouseflow.com smartlook.com inspectlet.com quantummetric.com contentsquare.net content-square.net sessioncam.com "
    "userreplay.net decibelinsight.net mousestats.com useitbetter.com webforensics.co.uk",
    "fingerprinting": "bluecava.com augur.io iqfp1.com adsco.re securedvisit.com",
    "attribution": "branch.io app.link attributionapp.com c3tag.com convertro.com withcubed.com dmtry.com placed.com "
    "myvisualiq.net tvsquared.com ispot.tv",
}
"""Names whose business is narrower than their category there."""


OWNERS = {
    "AOL": "Yahoo", "AOL / Oath / Verizon Media": "Yahoo", "Amazon Ads": "Amazon", "Bing Ads": "Microsoft",
    "LinkedIn Ads": "LinkedIn", "Twitter": "X", "Yahoo!": "Yahoo", "LiveRamp IdentityLink": "LiveRamp",
    "Simplicity Marketing": "Flashtalking",
}  # fmt: skip
"""One owner, one name."""


def first_party() -> frozenset[str]:
    lines = (TOOLS / "first_party.txt").read_text().splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.split())


def rows(entities: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """(domain, owner, category) of every pattern that is a tracker here, sorted by domain."""
    left_out = first_party()
    special = {name: category for category, names in SPECIAL.items() for name in names.split()}
    found: dict[str, tuple[str, str]] = {}
    for entity in entities:
        owner = readable(entity.get("company") or entity["name"].removesuffix("-VOID"))
        for pattern in entity["domains"]:
            domain = pattern.lower().removeprefix("*.")
            category = "social" if domain in SOCIAL else CATEGORIES.get(entity["category"])
            if category is None or domain in left_out or not is_host(domain):
                continue
            found.setdefault(domain, (owner, special.get(domain, category)))
    return sorted((domain, owner, category) for domain, (owner, category) in found.items())


def readable(owner: str) -> str:
    """A few names there are UTF-8 read as Latin-1."""
    with contextlib.suppress(UnicodeError):
        owner = owner.encode("latin-1").decode("utf-8")
    return OWNERS.get(owner, owner)


def is_host(pattern: str) -> bool:
    try:
        ipaddress.ip_address(pattern)
    except ValueError:
        return "." in pattern and "*" not in pattern
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("entities", type=Path, help="dist/entities-nostats.json of third-party-web")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    table = rows(json.loads(arguments.entities.read_text()))
    version = json.loads((arguments.entities.parent.parent / "package.json").read_text())["version"]
    head = f"# npm third-party-web {version}, MIT, Copyright (c) Patrick Hulce; chosen by tools/build_trackers.py\n"
    body = "".join("\t".join(row) + "\n" for row in [("domain", "owner", "category"), *table])
    arguments.output.write_text(head + body)
    print(f"{arguments.output}: {len(table)} names, {len({owner for _, owner, _ in table})} owners")


if __name__ == "__main__":
    main()
