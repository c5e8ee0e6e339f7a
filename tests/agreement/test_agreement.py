"""NetScope reads real captures as tshark and Wireshark do, at least to the shares below."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agreement.agreement import Result, captures, measure_all, totals
from tests.agreement.compare import Score

# Share of facts in common, over all captures; docs/agreement.md lists what is missing to 1.
THRESHOLDS = {
    "packets": 1.0,
    "bytes": 1.0,
    "conversations": 1.0,
    "sni": 0.997,
    "ja3": 0.997,
    "ja4": 0.997,
    "dns_questions": 0.997,
    "dns_answers": 0.998,
    "http": 0.997,
    "dhcp": 1.0,
    "certificates": 0.996,
}

# Names that are there and tshark does not list: of Google's QUIC before the IETF's, and of a request sent out of order.
READ_OTHERWISE = {"arkime__http-tcp-seq-issue.pcap", "ndpi__quic.pcap", "ndpi__quic_q43.pcap"}

# All captures are recorded in the first test that asks.
pytestmark = [pytest.mark.agreement, pytest.mark.timeout(500), pytest.mark.xdist_group("agreement")]


@pytest.fixture(scope="module")
def results(captures_dir: Path) -> list[Result]:
    assert captures_dir.is_dir()
    return list(measure_all(captures()))


@pytest.fixture(scope="module")
def sums(results: list[Result]) -> dict[str, Score]:
    return totals(results)


def test_every_capture_is_read_to_its_end(results: list[Result]) -> None:
    assert len(results) > 200
    assert {result.capture: result.failure for result in results if result.failure} == {}


@pytest.mark.parametrize("kind", ["packets", "bytes"])
def test_totals_are_exact_in_every_capture(results: list[Result], kind: str) -> None:
    assert [
        (result.capture, result.scores[kind].differences) for result in results if result.scores[kind].differences
    ] == []


@pytest.mark.parametrize("kind", THRESHOLDS)
def test_agreement_over_all_captures(sums: dict[str, Score], kind: str) -> None:
    score = sums[kind]
    assert score.expected > 0
    assert score.agreement >= THRESHOLDS[kind], "\n".join(score.differences[:50])


def test_no_flow_has_a_name_that_its_client_did_not_obtain(results: list[Result]) -> None:
    assert sum(result.named for result in results) > 2_000
    assert [
        (result.capture, flow)
        for result in results
        for flow in result.strangers
        if result.capture not in READ_OTHERWISE or flow.source not in ("quic", "http")
    ] == []
