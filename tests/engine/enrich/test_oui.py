"""Vendors by the longest registered prefix, and addresses that tell nothing of a vendor."""

from __future__ import annotations

import pytest

from netscope.engine.enrich import oui
from netscope.model.errors import NetScopeError


@pytest.mark.parametrize(
    ("mac", "expected"),
    [
        ("b8:27:eb:12:34:56", "Raspberry Pi Foundation"),
        ("00:00:0c:01:02:03", "Cisco Systems, Inc"),
        ("00:55:da:01:02:03", "Shinko Technos co.,ltd."),  # 28 bits below a block of the registry itself
        ("c8:5c:e2:7a:bc:de", "SYNERGY SYSTEMS AND SOLUTIONS"),
        ("00:1b:c5:f0:00:00", None),  # a block of the registry itself names nobody
        ("02:42:ac:11:00:02", "Docker"),
        ("52:54:00:12:34:56", "QEMU virtual NIC"),
        ("ff:ff:ff:ff:ff:ff", None),
    ],
)
def test_the_longest_registered_prefix_names_the_vendor(mac: str, expected: str | None) -> None:
    assert oui.vendor(mac) == expected


@pytest.mark.parametrize(
    ("mac", "expected"),
    [
        ("da:a1:19:00:00:01", True),
        ("b8:27:eb:12:34:56", False),
        ("02:42:ac:11:00:02", False),
        ("52:54:00:12:34:56", False),
        ("33:33:00:00:00:fb", False),  # a group address is nobody's
    ],
)
def test_only_locally_administered_addresses_without_a_known_rule_are_random(mac: str, expected: bool) -> None:
    assert oui.is_randomized(mac) is expected


def test_a_locally_administered_address_is_not_looked_up_even_where_its_bits_are_registered() -> None:
    table = oui.VendorTable.build({24: [(0x0A0B0C, "Wrong")], 28: [], 36: []})
    assert table.find(0x0A0B0C000000) == "Wrong"
    assert oui.vendor("0a:0b:0c:00:00:00", table) is None


def test_a_finer_block_beats_the_coarser_one_it_lies_in() -> None:
    blocks = {24: [(0x001122, "Large")], 28: [(0x0011223, "Medium")], 36: [(0x001122334, "Small")]}
    table = oui.VendorTable.build(blocks)
    found = [table.find(mac) for mac in (0x001122334455, 0x001122300000, 0x001122F00000, 0x001123000000)]
    assert found == ["Small", "Medium", "Large", None]


def test_a_table_survives_packing() -> None:
    blocks = {24: [(1, "Ä & Söhne"), (0xFCFFFF, "Z")], 28: [(0x0011223, "Ä & Söhne")], 36: []}
    table = oui.VendorTable.unpack(oui.VendorTable.build(blocks).packed(), "test")
    assert table.blocks() == blocks
    assert len(table) == 3


@pytest.mark.parametrize("cut", [0, 5, 7, 20, 300])
def test_a_damaged_table_is_an_error_that_names_the_file(cut: int) -> None:
    packed = oui.VendorTable.build({24: [(n, f"vendor {n}") for n in range(500)], 28: [], 36: []}).packed()
    with pytest.raises(NetScopeError, match=r"^vendors\.bin: cannot read"):
        oui.VendorTable.unpack(packed[:cut], "vendors.bin")


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Espressif Inc.", "espressif"),
        ("Samsung Electronics Co.,Ltd", "samsung"),
        ("Beijing Xiaomi Mobile Software Co., Ltd", "xiaomi"),
        ("Hewlett Packard Enterprise", "hpe"),
        ("TP-LINK TECHNOLOGIES CO.,LTD.", "tp-link"),
        ("Hon Hai Precision Ind. Co.,Ltd.", "foxconn"),
        ("Beijing", "beijing"),
    ],
)
def test_short_names_are_what_people_say(name: str, short: str) -> None:
    assert oui.short_vendor(name) == short


def test_every_registered_vendor_has_a_short_name_for_a_column() -> None:
    vendors = {vendor for block in oui.load().blocks().values() for _, vendor in block}
    shorts = {oui.short_vendor(vendor) for vendor in vendors}
    assert "" not in shorts
    assert len(vendors) > 30_000
