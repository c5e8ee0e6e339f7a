"""Names that say themselves what they are for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.enrich.domain_table import DomainTable
from netscope.engine.enrich.list_formats import ListRule
from netscope.engine.enrich.tracker_labels import _HINT, _LABELS, telling_label
from netscope.engine.enrich.trackers import TrackerMatcher

WORDS = (
    "telemetry", "xmetrics", "crashes", "crashlytics", "rum", "rum-intake-2", "log-ingest", "eventlogger",
    "event-logger", "log1-normal", "rtlog-va", "mssdk", "analytics", "analytic", "snowplow", "sstats", "pixels2",
    "beacons5", "beacon7", "adserver", "ad-serving", "adsdk", "adtrack", "ad-logger", "adexchange", "adevents",
    "mads", "adx", "adfox",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rule", "category"),
    [
        ("telemetry.example.com", "telemetry.example.com", "telemetry"),
        ("eu.client-telemetry.example.co.uk", "client-telemetry.example.co.uk", "telemetry"),
        ("smetrics.example.com", "smetrics.example.com", "telemetry"),
        ("device-metrics-us.example.com", "device-metrics-us.example.com", "telemetry"),
        ("crash-reports.example.com", "crash-reports.example.com", "telemetry"),
        ("log22-normal-useast1a.example.com", "log22-normal-useast1a.example.com", "telemetry"),
        ("web-analytics-eu.example.com", "web-analytics-eu.example.com", "analytics"),
        ("a.b.analytics.example.com", "analytics.example.com", "analytics"),
        ("pixel.example.com", "pixel.example.com", "analytics"),
        ("my-adserver.example.com", "my-adserver.example.com", "advertising"),
        ("adservice.example.com", "adservice.example.com", "advertising"),
    ],
)
def test_a_label_that_tells(name: str, rule: str, category: str) -> None:
    found = telling_label(name)
    assert found is not None
    assert (found[0], found[2]) == (rule, category)


@pytest.mark.parametrize(
    "name",
    [
        "telemetry.com",
        "www.telemetrydeck.com",
        "metrics.torproject.org",
        "dc1.ad.example.com",
        "ads.example.edu",
        "track.example.com",
        "log.example.com",
        "crash.example.com",
        "drum.example.com",
        "pixelated.example.com",
        "isometrics.example.com",
        "adverse.example.com",
        "telemetry.lan",
        "metrics.home.arpa",
        "telemetry",
        "",
        ".",
    ],
)
def test_a_label_that_does_not(name: str) -> None:
    assert telling_label(name) is None


@given(st.text(alphabet="abdceghilmnorstuvxy-0123", max_size=24))
def test_the_quick_look_misses_nothing(label: str) -> None:
    if any(pattern.fullmatch(label) for _, pattern in _LABELS):
        assert _HINT.search(label)


@pytest.mark.parametrize("label", WORDS)
def test_every_word_passes_the_quick_look(label: str) -> None:
    assert telling_label(f"{label}.example.com") is not None


def test_lists_and_exceptions_come_first() -> None:
    listed = DomainTable.build("mine", [ListRule("example.com", "Example", "advertising", False)])
    assert TrackerMatcher([listed]).match("telemetry.example.com") == ("example.com", "Example", "advertising", "mine")
    plain = TrackerMatcher([]).match("Telemetry.Example.com.")
    assert plain == ("telemetry.example.com", "example.com", "telemetry", "netscope-labels")
    excepted = DomainTable.build("mine", [ListRule("example.com", None, None, True)])
    assert TrackerMatcher([excepted]).match("telemetry.example.com") is None
    assert TrackerMatcher([], allow=["telemetry.example.com"]).match("a.telemetry.example.com") is None
