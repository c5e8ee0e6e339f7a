"""The table of device rules: its shape, and single rules on values from real traffic."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.enrich import device_rules, oui
from netscope.engine.enrich.device_rules import KINDS, MOSTLY_CONFIDENCE, conclusions, rules, telling_host
from netscope.engine.enrich.judging import judgements_of

DATA = Path(device_rules.__file__).parent / "data"

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15"
REDMI = "Dalvik/2.1.0 (Linux; U; Android 10; Redmi Note 9 Pro MIUI/V12.0.3.0.QJZMIXM)"


def test_every_rule_concludes_a_known_kind_or_an_os_or_a_model_and_says_why() -> None:
    for group in rules().values():
        for rule in group:
            assert rule.reason
            assert 0 <= rule.confidence <= 100
            assert rule.kind in KINDS | {""}
            assert rule.kind or rule.os or rule.model or rule.confidence == 0


@pytest.mark.parametrize(
    ("source", "attribute", "value", "kind", "os", "model"),
    [
        ("dhcp", "vendor_class", "MSFT 5.0", "computer", "Windows", None),
        ("dhcp", "vendor_class", "android-dhcp-9", "phone", "Android 9", None),
        ("dhcp", "vendor_class", "TL-SG116E", "switch", None, "TL-SG116E"),
        ("dhcp", "hostname", "Lucas-iPhone", "phone", "iOS", "iPhone"),
        ("dhcp", "hostname", "DESKTOP-AB12CD3", "computer", "Windows 10 or later", None),
        ("dhcp", "parameter_list", "1,3,6,15,26,28,51,58,59,43", "phone", "Android", None),
        ("mdns", "device-info.model", "iMac11,3", "computer", "macOS", "iMac11,3"),
        ("mdns", "googlecast.md", "Chromecast Ultra", "tv", None, "Chromecast Ultra"),
        ("mdns", "service", "_ipp._tcp", "printer", None, None),
        ("ssdp", "server", "Linux UPnP/1.0 Sonos/70.3-35220 (ZPS9)", "speaker", "Linux", "Sonos ZPS9"),
        ("ssdp", "type", "urn:schemas-upnp-org:device:InternetGatewayDevice:1", "router", None, None),
        ("http_user_agent", "user_agent", IPHONE, "phone", "iOS", "iPhone"),
        ("http_user_agent", "user_agent", REDMI, "phone", "Android 10", "Redmi Note 9 Pro"),
        ("tcp_syn", "signature", "128:64240:M,N,W,N,N,S", "computer", "Windows", None),
        ("contacted", "host", "logs.roku.com", "tv", "Roku OS", "Roku"),
        ("oui", "vendor", "Raspberry Pi Foundation", "computer", "Linux", "Raspberry Pi"),
    ],
)
def test_the_most_confident_rule_for_a_real_value(
    source: str, attribute: str, value: str, kind: str | None, os: str | None, model: str | None
) -> None:
    found = conclusions(source, attribute, value)
    assert next((c.kind for c in found if c.kind), None) == kind
    assert next((c.os for c in found if c.os), None) == os
    assert next((c.model for c in found if c.model), None) == model


def test_a_tablet_that_speaks_android_is_a_tablet() -> None:
    found = judgements_of(
        [
            ("dhcp", "vendor_class", "android-dhcp-14"),
            ("http_user_agent", "user_agent", "Kindle/3.0"),
        ]
    )
    held = {judgement.attribute: judgement for judgement in reversed(found)}
    assert (held["kind"].value, held["os"].value) == ("tablet", "Android 14")
    assert [j.confidence for j in found if j.value == "phone"] == [MOSTLY_CONFIDENCE]


@pytest.mark.parametrize("value", ["", "something else", "MSFT 5"])
def test_a_value_no_rule_knows_gives_nothing(value: str) -> None:
    assert conclusions("dhcp", "vendor_class", value) == []


@given(st.sampled_from(sorted(rules())), st.text(max_size=2000))
def test_any_text_can_be_judged(key: tuple[str, str], value: str) -> None:
    for conclusion in conclusions(*key, value):
        assert conclusion.reason


def test_hostile_text_takes_no_time() -> None:
    # Each expression is tried on the worst it could meet; pytest's timeout is the judge.
    for key in rules():
        for value in ("(" * 512, "Android " * 64, "a-" * 256, "Mozilla/5.0 (" + "; " * 240):
            conclusions(*key, value)


def test_only_listed_hosts_tell_something() -> None:
    assert telling_host("www.MSFTconnecttest.com.") == "msftconnecttest.com"
    assert telling_host("notmsftconnecttest.com") is None
    assert telling_host("com") is None


def test_every_rule_about_a_vendor_is_about_one_of_the_registry() -> None:
    vendors = {name.lower() for block in oui.load().blocks().values() for _, name in block}
    vendors |= {name.lower() for name in oui.VIRTUAL_PREFIXES.values()}
    with (DATA / "device_rules.tsv").open(encoding="utf-8") as file:
        starts = [line.split("\t")[3].lower() for line in file if line.startswith("oui\tvendor\tstarts\t")]
    assert [start for start in starts if not any(vendor.startswith(start) for vendor in vendors)] == []


@pytest.mark.parametrize("source", ["dhcp", "dhcpv6", "mdns", "nbns", "llmnr"])
def test_a_host_name_means_the_same_whoever_says_it(source: str) -> None:
    assert conclusions(source, "hostname", "Yaels-iPhone")[0].kind == "phone"
    assert conclusions(source, "hostname", "DESKTOP-AB12CD3")[0].os == "Windows 10 or later"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("observer", None), ("file-server", "server"), ("srv01.home", "server"), ("honorable", None),
        ("moto-g7", "phone"), ("motorbike", None), ("nas-dishwasher", "appliance"), ("orbital", None),
        ("Annas-Apple-TV", "tv"), ("pve1", "server"), ("pvebox", None), ("Annas-S21", "phone"),
    ],
)  # fmt: skip
def test_names_are_read_at_word_borders(name: str, kind: str | None) -> None:
    found = conclusions("dhcp", "hostname", name)
    assert (found[0].kind if found else None) == kind
