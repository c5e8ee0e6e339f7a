"""A device in words."""

from __future__ import annotations

from dataclasses import replace

from netscope.model.privacy import ClearText, Country, PrivacySummary, Resolver, TrackerOwner
from netscope.model.snapshot import Judgement
from netscope.tui import portrait
from netscope.tui.glyphs import ASCII, BLOCKS
from tests.tui.fake_reader import FakeReader

READER = FakeReader()
PHONE = next(row for row in READER.snapshot().devices if row.id == 2)


def test_what_it_is_says_by_what_and_how_sure() -> None:
    judgements = (Judgement("kind", "phone", 75, "dhcp", "its parameter list"), Judgement("os", "iOS", 60, "ja4", "x"))
    assert portrait.kind(PHONE, judgements) == "phone 75 %  iOS 60 %  by dhcp: its parameter list"


def test_without_evidence_the_kind_stands_alone() -> None:
    assert portrait.kind(PHONE, ()) == "phone  iOS"
    assert portrait.kind(PHONE._replace(kind=None, os=None, model=None), ()) == "not known yet"


def test_opinions_that_differ_are_told_the_surest_first() -> None:
    judgements = [
        Judgement("kind", "tv", 45, "mdns", "AirPlay"), Judgement("kind", "phone", 75, "dhcp", "list"),
        Judgement("os", "tvOS", 60, "ja4", "x"), Judgement("os", "Linux", 5, "ttl", "64"),
    ]  # fmt: skip
    assert [each.value for each in portrait.others(PHONE, judgements)] == ["tvOS", "tv"]
    detail = READER.device_detail(2)
    assert detail is not None
    pairs = portrait.identity(replace(detail, row=PHONE, judgements=judgements))
    assert [value for label, value in pairs if label == "but"] == ["tvOS 60 %  by ja4: x", "tv 45 %  by mdns: AirPlay"]


def test_name_of_the_user_says_so() -> None:
    detail = READER.device_detail(2)
    assert detail is not None
    named = replace(detail, row=PHONE._replace(label="Anna", name="Anna"))
    assert ("Name", "Anna  given by you") in portrait.identity(named)


def test_who_has_no_name_is_told_how_to_name_it() -> None:
    assert "press n" in portrait.heading_words(PHONE._replace(label=None, name_source=None), "n")
    assert "phone" in portrait.heading_words(PHONE, "n")


def test_activity_is_words_and_silence_is_told() -> None:
    now = READER.now_ns
    busy = PHONE._replace(activities=("video_call", "gaming"))
    assert ("Doing", "video call, gaming") in portrait.activity(busy, now)
    silent = PHONE._replace(activities=(), last_seen_ns=now - 7 * 86_400 * 1_000_000_000)
    assert ("Doing", "nothing: silent") in portrait.activity(silent, now)


SUMMARY = PrivacySummary(
    device_id=2, flows=9, bytes_sent=41_000, bytes_received=9,
    trackers=[TrackerOwner("Meta", ("social",), 12, 3, 41_000, 9)],
    resolvers=[Resolver("192.168.1.1", "plain", 2, 75), Resolver("dns.google", "DNS over TLS", 1, 25)],
    clear_text=[ClearText("http", 1, 2_000)], countries=[Country("US", 2, 1_000, 1_000)],
)  # fmt: skip


def test_privacy_in_four_lines() -> None:
    assert dict(portrait.privacy(SUMMARY, 70, BLOCKS)) == {
        "Trackers": "Meta 12 hits 41 kB ↑",
        "DNS": "25 % hidden   192.168.1.1 plain, dns.google DNS over TLS",
        "Clear": "http 2.0 kB",
        "To": "US 2.0 kB",
    }
    assert "^" in dict(portrait.privacy(SUMMARY, 60, ASCII))["Trackers"]


def test_privacy_of_who_told_nothing() -> None:
    silent = replace(SUMMARY, trackers=[], resolvers=[], clear_text=[], countries=[])
    assert dict(portrait.privacy(silent, 60, BLOCKS)) == {
        "Trackers": "told none",
        "DNS": "asked nobody",
        "Clear": "nothing readable on the way",
        "To": "no country known",
    }
    assert portrait.privacy(None, 60, BLOCKS) == [("", "being summed up …")]


def test_a_note_takes_its_lines_and_is_cut_with_a_mark() -> None:
    detail = READER.device_detail(2)
    assert detail is not None
    assert portrait.note(detail, 40, 2) == []
    noted = replace(detail, note="in the hall\x1b[31m, bought 2023, " + "never updated " * 10)
    lines = portrait.note(noted, 40, 2)
    assert [label for label, _ in lines] == ["Note", ""]
    assert lines[1][1].endswith(" …")
    assert all(len(text) <= 40 and "\x1b" not in text for _, text in lines)
