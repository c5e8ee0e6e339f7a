"""The session of a recording that began later than its run."""

from __future__ import annotations

from typing import Any

from netscope.engine.midway import MidwayWriter
from netscope.model.records import Session
from tests.engine.test_thread import Kept

T0 = 1_700_000_000_000_000_000


def a_session(**totals: Any) -> Session:
    session = Session("eth0", "live", "EN10MB", None, T0, "0", id=1)
    for name, value in totals.items():
        setattr(session, name, value)
    return session


def test_totals_are_those_since_its_own_start() -> None:
    kept = Kept()
    run = a_session(packets=100, bytes=5_000, dropped=1, truncated=2, malformed=3, counters={"old": 7, "grows": 1})
    writer = MidwayWriter(kept, run, T0 + 60)
    run.packets, run.bytes, run.dropped, run.truncated, run.malformed = 130, 9_000, 5, 2, 4
    run.counters = {"old": 7, "grows": 4, "new": 2}
    writer.write(run, {"devices": []}, T0 + 90)
    part = kept.session
    assert part is not None
    assert (part.packets, part.bytes, part.dropped, part.truncated, part.malformed) == (30, 4_000, 4, 0, 1)
    assert part.counters == {"grows": 3, "new": 2}
    assert (part.started_ns, part.ended_ns, part.source, part.id) == (T0 + 60, None, "eth0", 1)
    assert run.packets == 130
    assert kept.batches == [{"devices": []}]


def test_it_ends_when_told_and_closes_what_it_writes_to() -> None:
    kept = Kept()
    writer = MidwayWriter(kept, a_session(), T0)
    writer.ended_ns = T0 + 5
    writer.write(a_session(), {}, T0 + 5)
    assert kept.session is not None
    assert kept.session.ended_ns == T0 + 5
    assert (writer.counters(), writer.take_notices(), writer.size_bytes()) == ({"store_rows": 1}, [], 0)
    writer.close()
    assert kept.closed == 1
