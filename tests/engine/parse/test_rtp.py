"""RTP by two packets of a row, RTCP by its lengths."""

from __future__ import annotations

from netscope.engine.parse.rtp import could_be_rtp, follows, looks_like_rtcp
from tests.engine.parse import plaintext_samples as samples


def test_rtp_is_two_packets_of_a_row() -> None:
    first, second = samples.rtp(65535, 160), samples.rtp(0, 320)
    assert follows(first, second)
    assert not follows(second, first)
    assert not follows(first, samples.rtp(0, 320, source=1))
    assert not follows(first, samples.rtp(0, 320, kind=8))
    assert not follows(first, first)
    assert not could_be_rtp(samples.RTCP)


def test_rtcp() -> None:
    assert looks_like_rtcp(samples.RTCP)
    assert not looks_like_rtcp(samples.RTCP[:-1])
    assert not looks_like_rtcp(samples.rtp(1, 1))
