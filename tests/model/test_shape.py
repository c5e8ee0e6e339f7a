"""Unpacking the meter's shape of a flow."""

from __future__ import annotations

from struct import pack

from netscope.model.shape import BINS, GAP_LABELS, GAP_LIMITS_MS, SIZE_LABELS, SIZE_LIMITS_BYTES, FlowShape


def test_unpacks_in_the_order_the_meter_packs() -> None:
    found = FlowShape.unpack(pack("<32H2I", *range(1, 33), 70_000, 123_456_789))
    assert found.sizes_up == tuple(range(1, 9))
    assert found.gaps_up == tuple(range(9, 17))
    assert found.sizes_down == tuple(range(17, 25))
    assert found.gaps_down == tuple(range(25, 33))
    assert (found.busy_s, found.peak_bytes) == (70_000, 123_456_789)


def test_every_bin_has_a_label_and_limits_rise() -> None:
    assert len(SIZE_LABELS) == len(GAP_LABELS) == BINS == len(SIZE_LIMITS_BYTES) + 1 == len(GAP_LIMITS_MS) + 1
    assert sorted(set(SIZE_LIMITS_BYTES)) == list(SIZE_LIMITS_BYTES)
    assert sorted(set(GAP_LIMITS_MS)) == list(GAP_LIMITS_MS)
