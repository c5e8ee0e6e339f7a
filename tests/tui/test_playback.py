"""Which readers can be moved in."""

from __future__ import annotations

from netscope.tui.playback import has_playback
from tests.tui.fake_reader import FakeReader
from tests.tui.screens.test_past import Recorded


def test_a_live_reader_cannot_be_moved_in_and_a_recording_can() -> None:
    assert not has_playback(FakeReader())
    assert has_playback(Recorded())
