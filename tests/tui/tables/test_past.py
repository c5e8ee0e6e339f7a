"""Answers of a name, and countries."""

from __future__ import annotations

from netscope.model.history import AnswerRow, CountryTraffic
from netscope.tui.columns import Drawing
from netscope.tui.glyphs import BLOCKS
from netscope.tui.tables import past

DRAWING = Drawing(glyphs=BLOCKS, now_ns=0)


def test_answers_name_who_asked() -> None:
    row = AnswerRow(5, "A", "NOERROR", ("192.0.2.1",), 900, "192.0.2.53", 3)
    answers = past.answers([row, row._replace(device_id=None)], {3: "phone"})
    assert [answer.device for answer in answers] == ["phone", "-"]


def test_an_answer_shows_addresses_or_what_is_wrong() -> None:
    cell = next(column.cell for column in past.ANSWERS.columns if column.key == "answer")
    good = past.Answer(5, "A", "NOERROR", ("192.0.2.1", "192.0.2.2"), 900, "192.0.2.53", "phone")
    assert cell(good, DRAWING, 40).text == "192.0.2.1, 192.0.2.2"
    assert cell(good, DRAWING, 12).text == "192.0.2.1 +1"
    assert cell(good._replace(addresses=()), DRAWING, 40).text == "no address"
    assert cell(good._replace(rcode="NXDOMAIN"), DRAWING, 40) == ("NXDOMAIN", "warn")


def test_countries_have_shares() -> None:
    rows = past.countries([CountryTraffic("US", 300, 1, 1, 1), CountryTraffic(None, 100, 1, 1, 1)])
    assert [(row.share, row.percent) for row in rows] == [(1.0, 0.75), (1 / 3, 0.25)]
    assert past.countries([]) == []
