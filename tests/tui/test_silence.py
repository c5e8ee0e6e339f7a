from __future__ import annotations

from dataclasses import replace

from netscope.model.snapshot import CaptureState
from netscope.tui.silence import SILENT_NS, Silence
from tests.tui.fake_reader import START_NS, FakeReader


def capture(packets: int, after_ns: int, **changes: object) -> CaptureState:
    state = replace(FakeReader().snapshot().capture, packets=packets, started_ns=START_NS, now_ns=START_NS + after_ns)
    return replace(state, **changes)  # type: ignore[arg-type]


def test_others_are_offered_once_when_nothing_came() -> None:
    silence = Silence()
    assert not silence.offer(capture(0, SILENT_NS - 1))
    assert silence.offer(capture(0, SILENT_NS))
    assert not silence.offer(capture(0, 2 * SILENT_NS))


def test_a_packet_ends_it_for_good() -> None:
    silence = Silence()
    assert not silence.offer(capture(1, 0))
    assert silence.is_broken(capture(1, 0))
    assert not silence.offer(capture(1, 9 * SILENT_NS))


def test_the_next_adapter_is_given_its_own_time() -> None:
    silence = Silence()
    assert silence.offer(capture(0, SILENT_NS))
    silence.begin(capture(7, SILENT_NS))
    assert not silence.is_broken(capture(7, SILENT_NS))
    assert not silence.offer(capture(7, 2 * SILENT_NS - 1))
    assert silence.offer(capture(7, 2 * SILENT_NS))


def test_what_is_no_live_capture_or_has_ended_offers_nothing() -> None:
    assert not Silence().offer(capture(0, SILENT_NS, kind="file"))
    assert not Silence().offer(capture(0, SILENT_NS, finished=True))
