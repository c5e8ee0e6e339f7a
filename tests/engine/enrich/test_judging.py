"""Which of several conclusions is held, and which ones count as contradicting it."""

from __future__ import annotations

from itertools import permutations

import pytest

from netscope.engine.enrich.judging import CLOSER_MARGIN, MAX_VALUES, Weighing, judgements_of, ranked, refines
from netscope.model.snapshot import Judgement


def os_is(value: str, confidence: int) -> Judgement:
    return Judgement("os", value, confidence, "dhcp", "because")


@pytest.mark.parametrize(
    ("closer", "general", "says_more"),
    [
        ("Windows 7", "Windows", True),
        ("iMac11,3", "iMac", True),
        ("Android 14", "Linux", True),
        ("Ubuntu", "Debian or Ubuntu", True),
        ("camera", "iot", True),
        ("Windows", "Windows 7", False),
        ("Windows", "Windows", False),
        ("Linuxoid", "Linux", False),
        ("macOS", "Linux", False),
        ("camera", "computer", False),
    ],
)
def test_a_value_that_says_the_same_and_more(closer: str, general: str, says_more: bool) -> None:
    assert refines(closer, general) is says_more


def test_the_closer_value_is_held_although_a_little_less_sure_and_in_any_order() -> None:
    heard = [os_is("Windows", 80), os_is("Windows 7", 60), os_is("Linux", 50)]
    for order in permutations(heard):
        assert [judgement.value for judgement in ranked(order)] == ["Windows 7", "Linux"]


def test_a_value_much_less_sure_does_not_refine() -> None:
    assert ranked([os_is("Windows", 80), os_is("Windows 7", 80 - CLOSER_MARGIN - 1)])[0].value == "Windows"


def test_a_general_value_neither_displaces_nor_contradicts_a_closer_one() -> None:
    assert ranked([os_is("Android 14", 86), os_is("Linux", 95)]) == [os_is("Android 14", 86)]


def test_refinement_goes_as_far_as_it_can() -> None:
    assert ranked([os_is("Linux", 90), os_is("Android", 70), os_is("Android 9", 50)])[0].value == "Android 9"


def test_news_is_a_new_value_or_a_surer_one() -> None:
    weighing = Weighing()
    assert weighing.take(os_is("Linux", 50))
    assert not weighing.take(os_is("Linux", 50))
    assert weighing.take(os_is("Linux", 60))
    assert weighing.held("os") == os_is("Linux", 60)
    assert weighing.held("kind") is None


def test_of_many_values_the_surest_stay() -> None:
    weighing = Weighing()
    for number in range(MAX_VALUES + 5):
        weighing.take(os_is(f"system{chr(65 + number)}", 10 + number))
    assert not weighing.take(os_is("weak", 1))
    confidences = [judgement.confidence for judgement in weighing.judgements()]
    assert confidences == sorted(range(15, 15 + MAX_VALUES), reverse=True)


def test_evidence_from_a_recording_is_weighed_as_it_was_live() -> None:
    found = judgements_of(
        [
            ("dhcp", "vendor_class", "MSFT 5.0"),
            ("mdns", "hostname", "Lucas-iPhone"),
            ("nbns", "hostname", "kitchen"),
        ]
    )
    assert [(judgement.attribute, judgement.value) for judgement in found] == [
        ("kind", "computer"),
        ("kind", "phone"),
        ("os", "Windows"),
        ("os", "iOS"),
        ("model", "iPhone"),
    ]
    assert judgements_of([]) == []
