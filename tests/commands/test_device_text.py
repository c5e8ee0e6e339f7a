"""Devices in words: aligned, harmless, with reasons and contradictions."""

from __future__ import annotations

import json

from netscope.commands.device_text import document_of_one, lines_of_all, lines_of_one
from netscope.model.privacy import ClearText, Country, PrivacySummary, Resolver, TrackerOwner
from netscope.model.snapshot import DeviceDetail, DeviceRow, Judgement, SameDevice

HOSTILE = "\x1b[31m[red]tv\u202e"


def row(name: str = "tv", addresses: tuple[str, ...] = ("fe80::1", "192.168.1.20")) -> DeviceRow:
    return DeviceRow(
        1, "da:a1:19:00:4f:2a", name, "mdns", None, "tv", None, None, None, True, False, addresses, 0, 5_000, 2_000_000,
        0.0, 0.0, (), 0, 0, 0, 60_000_000_000, ("video_streaming",),
    )  # fmt: skip


DETAIL = DeviceDetail(
    row(),
    [("mdns", "hostname", HOSTILE, 3, 0), ("tcp_syn", "signature", "64:1:M", 1, 0)],
    [],
    [],
    [],
    [0] * 60,
    None,
    [
        Judgement("kind", "tv", 90, "mdns", "it says so"),
        Judgement("kind", "phone", 45, "dhcp", "most are"),
        Judgement("os", "Tizen", 70, "ssdp", "only they"),
    ],
    [SameDevice(2, "da:a1:19:00:00:01", HOSTILE, 65, (f"same host name {HOSTILE}", "same shape of SYN"))],
)
PRIVACY = PrivacySummary(
    1, 12_345, 5_000, 2_000_000,
    [TrackerOwner("Samsung", ("advertising", "telemetry"), 54, 20, 134_000, 84_000)],
    [Resolver("192.168.1.1", "plain", 40, 3_000), Resolver("dns.google", "DNS over HTTPS", 2, 1_000)],
    [ClearText("http", 4, 4_000)],
    [Country("KR", 7, 1_000, 90_000)],
    is_whole=False,
)  # fmt: skip


def test_all_devices_with_the_address_people_know() -> None:
    heading, line = lines_of_all([row()])
    assert heading.index("ADDRESS") == line.index("192.168.1.20 +1")
    assert "2.0 MB" in line
    (_, nameless) = lines_of_all([row(addresses=())])
    assert " - " in nameless


def test_one_device_tells_what_it_is_and_what_contradicts_it() -> None:
    lines = list(lines_of_one(DETAIL, PRIVACY))
    assert lines[0] == "device     da:a1:19:00:4f:2a (random address)"
    assert "kind       tv, 90 %, by mdns: it says so" in lines
    assert "           not phone, 45 %, by dhcp: most are" in lines
    assert "does       video streaming" in lines
    assert any("da:a1:19:00:00:01" in line and "65 %" in line and "same shape of SYN" in line for line in lines)


def test_privacy_in_words() -> None:
    text = "\n".join(lines_of_one(DETAIL, PRIVACY))
    assert "Privacy, of 12k flows with 2.0 MB, the newest" in text
    assert "trackers: 218 kB, 11 % of all bytes" in text
    assert "    Samsung  advertising telemetry  54 hits  134 kB sent  84 kB received" in text
    assert "resolvers: 25 % of the bytes encrypted" in text
    assert "in clear text:\n    http  4 flows  4.0 kB" in text
    assert "countries:\n    KR  7 flows  1.0 kB sent  90 kB received" in text
    nothing = "\n".join(lines_of_one(DETAIL, PrivacySummary(1, 0, 0, 0, [], [], [], [])))
    for line in ("trackers: -, 0 % of all bytes", "resolvers: none asked", "in clear text: nothing"):
        assert line in nothing
    assert "countries: none known" in nothing


def test_hostile_names_do_no_harm() -> None:
    text = "\n".join([*lines_of_one(DETAIL, PRIVACY), *lines_of_all([row(HOSTILE)])])
    assert "\x1b" not in text
    assert "\u202e" not in text
    document = document_of_one(DETAIL, PRIVACY)
    assert document["evidence"][0]["value"] == HOSTILE
    assert "\x1b" not in json.dumps(document)
    assert "history_bytes" not in document
