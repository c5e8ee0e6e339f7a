"""What is open or in clear: credentials, personal data, guessing, programs, callbacks, mining, open doors."""

from __future__ import annotations

from typing import Any

import pytest

from netscope.engine.analyze.brute_force import BruteForce
from netscope.engine.analyze.clear_credentials import ClearCredentials
from netscope.engine.analyze.http_callback import HttpCallback
from netscope.engine.analyze.inbound import Inbound
from netscope.engine.analyze.mining import Mining
from netscope.engine.analyze.personal_url import PersonalUrl
from netscope.engine.analyze.program_download import ProgramDownload
from netscope.model.records import Alert
from netscope.model.service import ClearCredential, LoginRefused
from tests.engine.analyze.samples import at, flow, network, request


def leak(seconds: float, protocol: str = "ftp", field: str = "pass", **more: Any) -> ClearCredential:
    return ClearCredential(flow(port=21, **more), at(seconds), protocol, field)


def test_credentials_that_leave_are_medium_and_inside_low() -> None:
    outside = ClearCredentials(network()).observe(leak(0))
    inside = ClearCredentials(network()).observe(leak(0, server="192.168.1.5"))
    community = ClearCredentials(network()).observe(leak(0, "snmp", "community"))
    assert [alert.severity for alert in (*outside, *inside, *community)] == ["medium", "low", "low"]


def test_credentials_again_and_again_are_counted_a_minute_at_a_time() -> None:
    detector = ClearCredentials(network())
    said = [alert for second in range(120) for alert in detector.observe(leak(second))]
    assert [alert.count for alert in said] == [1, 60]
    (other,) = detector.observe(leak(121, field="query:password"))
    assert other.evidence["fields"] == ["pass", "query:password"]


@pytest.mark.parametrize(
    ("uri", "kinds"),
    [
        ("/w?lat=52.516&lon=13.377", ["location"]),
        ("/s?email=anna%40example.org", ["email"]),
        ("/s?u=anna@example.org", ["email"]),
        ("/r?imei=356938035643809", ["device_number"]),
        ("/l?user=a&password=hunter2x", ["secret"]),
    ],
)
def test_personal_data_in_a_url_is_named_but_not_kept(uri: str, kinds: list[str]) -> None:
    (alert,) = PersonalUrl(network()).observe(request(uri, status=None))
    assert alert.evidence["kinds"] == kinds
    assert "hunter2x" not in str(alert)
    assert "52.516" not in str(alert)


@pytest.mark.parametrize("uri", ["/", "/w?city=berlin", "/flat?plat=5000", "/x?lat=", "/mail?id=5&q=pass"])
def test_ordinary_urls(uri: str) -> None:
    assert list(PersonalUrl(network()).observe(request(uri, status=None))) == []


def logins(count: int, *, gap_s: float = 5, size: tuple[int, int] = (2200, 2500), **more: Any) -> list[Alert]:
    detector = BruteForce(network())
    return [
        a
        for n in range(count)
        for a in detector.flow_closed(flow(server="192.168.1.5", port=22, seconds=n * gap_s, size=size, **more))
    ]


def test_twenty_short_log_ins_are_guessing() -> None:
    assert logins(19) == []
    assert [alert.severity for alert in logins(20)] == ["high"]
    assert [alert.severity for alert in logins(20, client="203.0.113.9")] == ["medium"]


def test_work_and_single_visits_are_no_guessing() -> None:
    assert logins(60, size=(9000, 60_000)) == []
    assert logins(60, gap_s=120) == []
    assert logins(60, history="Sr", state="REJ") == []


def test_a_longer_session_among_guesses_is_told() -> None:
    detector = BruteForce(network())
    guess = [flow(client="203.0.113.9", server="192.168.1.5", port=22, seconds=n, size=(2000, 2500)) for n in range(25)]
    for attempt in guess[:10]:
        detector.flow_closed(attempt)
    detector.flow_closed(flow(client="203.0.113.9", server="192.168.1.5", port=22, seconds=11, size=(9000, 40_000)))
    said = [alert for attempt in guess[10:] for alert in detector.flow_closed(attempt)]
    assert said[0].severity == "high"
    assert said[0].evidence["observed"]["longer_sessions"] == 1


def test_refused_http_log_ins() -> None:
    detector = BruteForce(network())
    connection = flow(server="192.168.1.5", port=80)
    tries = [request("/login", n, status=401, of=connection, authorization_scheme="basic") for n in range(20)]
    assert len([alert for attempt in tries for alert in detector.observe(attempt)]) == 1
    first = request("/login", status=401, of=connection)
    assert list(BruteForce(network()).observe(first)) == []


@pytest.mark.parametrize(
    ("uri", "kind", "host", "severity"),
    [
        ("/a", "application/x-msdownload", "files.example.org", "medium"),
        ("/tool.exe", "application/octet-stream", "files.example.org", "medium"),
        ("/a", "application/x-dosexec", "198.51.100.7", "high"),
    ],
)
def test_programs_in_clear(uri: str, kind: str, host: str, severity: str) -> None:
    (alert,) = ProgramDownload(network()).observe(request(uri, host=host, content_type=kind, response_bytes=50_000))
    assert alert.severity == severity


@pytest.mark.parametrize(
    "twin",
    [
        {"host": "download.windowsupdate.com"},
        {"status": 404},
        {"content_type": "text/html"},
        {"response_bytes": 200},
        {"method": "HEAD"},
    ],
)
def test_updates_errors_and_pages_are_no_programs(twin: dict[str, Any]) -> None:
    fetched = {"host": "files.example.org", "content_type": "application/octet-stream", "response_bytes": 50_000}
    assert list(ProgramDownload(network()).observe(request("/tool.exe", **(fetched | twin)))) == []


def posts(uris: list[str], *, visited: bool = False) -> list[Alert]:
    detector, connection = HttpCallback(network()), flow(port=80)
    if visited:
        detector.observe(request("/", status=None, of=connection))
    return [
        alert
        for n, uri in enumerate(uris)
        for alert in detector.observe(request(uri, n, status=None, method="POST", of=connection))
    ]


MADE_UP = ["/76N1Lm.php?n=x4tk7t4jo6", "/76N1Lm.php?g=9m822y31lxud7aj", "/76N1Lm.php?i=ttfkjb668o38k1z"]


def test_three_posts_of_random_letters_to_a_host_nobody_read() -> None:
    assert posts(MADE_UP[:2]) == []
    assert [alert.severity for alert in posts(MADE_UP)] == ["high"]


def test_forms_and_telemetry_are_no_callback() -> None:
    assert posts(MADE_UP, visited=True) == []
    assert posts(["/api/v2/telemetry", "/collect?v=1&tid=UA-1", "/login.php?next=home"] * 3) == []


def test_mining_by_what_is_said() -> None:
    detector = Mining(network())
    (alert,) = detector.flow_closed(flow(app_protocol="stratum", app_protocol_source="content"))
    assert alert.severity == "medium"
    assert list(detector.flow_closed(flow(app_protocol="stratum", app_protocol_source="content"))) == []
    assert list(Mining(network()).flow_closed(flow(app_protocol="stratum", app_protocol_source="port"))) == []
    still_open = flow(app_protocol="monero", app_protocol_source="content")
    assert len(list(Mining(network()).minute(at(60), [still_open]))) == 1


def test_doors_to_the_internet() -> None:
    def visit(port: int, **more: Any) -> list[Alert]:
        return list(
            Inbound(network()).flow_closed(
                flow(client="203.0.113.9", server="192.168.1.61", port=port, server_device_id=1, **more)
            )
        )

    assert [alert.severity for alert in visit(3389)] == ["medium"]
    assert [alert.severity for alert in visit(32_400)] == ["low"]
    assert visit(22, history="Sr", state="REJ") == []
    assert visit(22, history="ADad", state="OTH") == []  # began before the recording
    assert list(Inbound(network()).flow_closed(flow(server="192.168.1.1", port=22))) == []


def guessed(records: list[LoginRefused | ClearCredential]) -> list[Alert]:
    detector = BruteForce(network())
    return [alert for record in records for alert in detector.observe(record)]


def test_refusals_within_one_connection_count_each() -> None:
    its = flow(server="192.168.1.5", port=21)
    said = guessed([LoginRefused(its, at(n), "ftp") for n in range(25)])
    assert (said[0].title, said[0].evidence["observed"]["attempts"]) == ("20 FTP log-ins at 192.168.1.5", 20)


def test_the_end_of_a_connection_that_was_refused_is_no_further_attempt() -> None:
    detector, its = BruteForce(network()), flow(server="192.168.1.5", port=21, size=(900, 900))
    for n in range(19):
        assert list(detector.observe(LoginRefused(its, at(n), "ftp"))) == []
    assert list(detector.flow_closed(its)) == []


def test_log_in_forms_in_a_row_are_guessing_and_over_an_hour_not() -> None:
    def forms(gap_s: float) -> list[Alert]:
        return guessed([
            ClearCredential(flow(server="192.168.1.5", port=80), at(n * gap_s), "http", "form:password")
            for n in range(60)
        ])  # fmt: skip

    assert forms(0.5)[0].title == "30 HTTP form log-ins at 192.168.1.5"
    assert forms(60.0) == []
    assert guessed([ClearCredential(flow(port=21), at(n), "ftp", "pass") for n in range(60)]) == []
