"""Facts of plaintext sessions: once each, bounded in number and length."""

from __future__ import annotations

from netscope.engine.correlate.service_facts import MAX_FACTS, MAX_VALUE_CHARS, ServiceFacts
from netscope.model.flow import DOWN, UP
from netscope.model.service import ClearCredential, Plaintext, ServiceSeen
from tests.engine.correlate.session_replay import make_flow


def test_once_a_side() -> None:
    records: list[object] = []
    facts = ServiceFacts(make_flow(), records.append, "ssh")
    for direction in (UP, DOWN, UP):
        facts.add(Plaintext((("version", "2"), ("empty", "")), "pass"), direction, 5)
    assert [(r.side, r.value) for r in records if isinstance(r, ServiceSeen)] == [("client", "2"), ("server", "2")]
    assert [r.field for r in records if isinstance(r, ClearCredential)] == ["pass"]


def test_bounds() -> None:
    records: list[object] = []
    facts = ServiceFacts(make_flow(), records.append, "sip")
    for number in range(3 * MAX_FACTS):
        facts.fact("user_agent", f"{number}" + "x" * 1000, UP, 0)
    assert len(records) == MAX_FACTS
    assert all(len(record.value) == MAX_VALUE_CHARS for record in records if isinstance(record, ServiceSeen))
