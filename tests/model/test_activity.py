"""The order in which activities are told."""

from __future__ import annotations

from netscope.model.activity import ACTIVITIES, most_telling


def test_a_persons_doing_comes_before_a_programs_and_both_before_keep_alives() -> None:
    assert most_telling({"heartbeat", "upload", "video_call"}) == ("video_call", "upload", "heartbeat")
    assert most_telling(set()) == ()


def test_a_word_of_an_older_recording_comes_last() -> None:
    assert most_telling({"interactive", "idle"}) == ("idle", "interactive")


def test_every_activity_has_one_place() -> None:
    assert most_telling(set(ACTIVITIES)) == ACTIVITIES
