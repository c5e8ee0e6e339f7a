"""Trackers that say so: names no list has, one label of which tells what the host is for.

A host called ``telemetry`` or ``crash-reports`` is no guess. Words that ordinary hosts bear, too, are not here:
``track`` (parcels), ``ad`` and ``ads`` (directories of companies, consoles of advertisers), ``log``, ``stats``,
``events``, ``beacon``.
"""

from __future__ import annotations

import re
from typing import Final

from netscope.engine.enrich.domains import registered_domain

_WORDS: Final = (
    # telemetry, client-telemetry, telemetry-in, telemetry2
    ("telemetry", r"(?:.*-)?telemetry\d*(?:-.*)?"),
    # metrics, device-metrics-us; smetrics and nmetrics are Adobe's, under the name of the site
    ("telemetry", r"(?:.*-)?[a-z]?metrics\d*(?:-.*)?"),
    ("telemetry", r"(?:.*-)?crash(?:lytics|es|logs?|reports?|-?reporting|-reports?|-logs?)(?:-.*)?"),
    # real user monitoring
    ("telemetry", r"(?:.*-)?rum(?:-(?:collector|intake|ingest|static|http).*)?"),
    ("telemetry", r"log-?(?:ingest(?:ion)?|sink|upload|collector)s?\d*(?:-.*)?|event-?logger"),
    # ByteDance's hosts for the logs of its apps
    ("telemetry", r"log\d+-normal(?:-.*)?|rtlog(?:-.*)?|mssdk\d*(?:-.*)?"),
    ("analytics", r"(?:.*-)?analytics?\d*(?:-.*)?|snowplow(?:-.*)?|s?stats-collector|sstats"),
    ("analytics", r"pixels?\d*|beacon(?:s\d*|\d+)"),
    ("advertising", r"(?:.*-)?ad-?(?:serv(?:er|ice|ing)|sdk|track(?:er|ing)?|logger|exchange|events?)s?\d*(?:-.*)?"),
    ("advertising", r"mads|adx|adfox"),
)
"""Category and what a label looks like, the whole of it."""
_LABELS: Final = tuple((category, re.compile(pattern)) for category, pattern in _WORDS)
_HINT: Final = re.compile(
    r"telemetry|metrics|crash|rum|log|mssdk|analytic|snowplow|sstats|stats-|beacon|pixel|ad-?[selt]|mads|adx|adfox"
)
"""In every name that any of them fits: most names end here."""
_ORDINARY: Final = frozenset({"metrics.torproject.org"})
"""Sites about what their name says."""
LIST_NAME: Final = "netscope-labels"


def telling_label(name: str) -> tuple[str, str, str] | None:
    """(name from the label on, registered domain, category) of a name in lower case; the longest such name below it."""
    if _HINT.search(name) is None:
        return None
    registered = registered_domain(name)
    if registered is None or name == registered or name in _ORDINARY:
        return None
    labels = name.removesuffix(f".{registered}").split(".")
    for at, label in enumerate(labels):
        for category, pattern in _LABELS:
            if pattern.fullmatch(label):
                return ".".join([*labels[at:], registered]), registered, category
    return None
