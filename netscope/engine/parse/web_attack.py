"""Code where a web request should carry a name or a value: in its address, in a header field, in a form.

SQL and script injection, paths out of the server's folder, shell commands and web shells, Shellshock, expression
injection (OGNL, Spring), external entities of XML, Log4Shell. Nothing of a body is kept: only the kind leaves here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

MAX_AGENTS: Final = 1_024
"""User-Agents whose verdict is remembered; a network has a few hundred."""
MAX_BODY_BYTES: Final = 4_096
"""Of a body that are looked at."""
MAX_VALUE_CHARS: Final = 256
"""Longer values of forms are texts that people write, in which anything may stand."""
HEAD_SIGNS: Final = (b"${", b"%{", b"() {", b"(){")
"""A head without any of these carries no code in its fields: spares nearly all of them the rest."""
IN_DOCUMENTS: Final = frozenset(("external entity", "Log4Shell", "expression injection"))
"""What is tried in JSON and XML, whose texts may hold anything else."""
IN_FIELDS: Final = frozenset(("Shellshock", "Log4Shell", "expression injection"))
"""What is tried in header fields; other kinds look too much like what stands there anyway."""
SIGNS: Final[tuple[str, ...]] = (
    "'", "<", ";", "|", "`", "$", "(", "{", "\\", " ", "\t", "..", "/etc/", "/proc/", "jndi:", "cmd=", "exec=",
    "command=", "execute=", "class.module",
)  # fmt: skip
"""A decoded address without any of these carries no code: spares nearly all of them the rest. One by one: finding a
character is an instruction for 32 of them, a set of them takes the pattern matcher dozens for each."""


def _rules(kind: str, *rules: tuple[str, str | None]) -> list[tuple[str, str, re.Pattern[str] | None]]:
    return [(kind, word, None if pattern is None else re.compile(pattern)) for word, pattern in rules]


_WEB_SHELL: Final = r"[?&](?:cmd|command|exec|execute)=(?:whoami|id|ls|dir|uname|pwd|cat|net user|ipconfig|ifconfig)\b"

RULES: Final = (
    *_rules(
        "SQL injection",
        ("'", r"'\s{0,4}(?:or|and)\s{1,4}['\d(]"),
        ("union", r"union(?<=\bunion)\s{1,4}(?:all\s{1,4})?select\b"),
        ("drop", r";\s{0,4}drop\s{1,4}table"),
        ("sleep(", r"sleep(?<=\bsleep)\(\d"),
        ("benchmark(", r"benchmark(?<=\bbenchmark)\(\d"),
        ("information_schema.", None),
        ("xp_cmdshell", r"xp_cmdshell(?<=\bxp_cmdshell)"),
        ("waitfor", r"waitfor(?<=\bwaitfor)\s{1,4}delay\b"),
    ),
    *_rules(
        "script injection",
        ("script", r"<\s{0,4}(?:script[\s>/]|/\s{0,4}script)"),
        ("javascript:", r"javascript:[^/]"),
        ("onerror", r"onerror(?<=\bonerror)\s{0,4}="),
        ("onload", r"onload(?<=\bonload)\s{0,4}="),
        ("onmouseover", r"onmouseover(?<=\bonmouseover)\s{0,4}="),
        ("document.cookie", None),
    ),
    *_rules(
        "shell command",
        (" ", r"[;|`&]\s{0,4}(?:cat|wget|curl|nc|bash|sh|id|uname|ping|rm)\s"),
        ("\t", r"[;|`&]\s{0,4}(?:cat|wget|curl|nc|bash|sh|id|uname|ping|rm)\s"),
        ("$(", r"\$\((?:cat|wget|curl|id|sh)\b"),
        ("cmd.exe", r"cmd\.exe(?<=\bcmd\.exe)\b"),
        ("/bin/", r"/bin/(?:ba)?sh\b"),
        ("phpinfo()", None),
        ("system(", None),
        ("passthru(", None),
        ("<?php", None),
        ("auto_prepend_file", None),
        ("thinkphp", r"thinkphp.{0,40}invokefunction"),
    ),
    *_rules("web shell", *[(word, _WEB_SHELL) for word in ("cmd=", "exec=", "command=", "execute=")]),
    *_rules("Shellshock", ("()", r"\(\)\s{0,4}\{\s{0,4}:;\s{0,4}\}\s{0,4};")),
    *_rules(
        "expression injection",
        ("%{", r"%\{.{0,80}(?:#|@|java)"),
        ("${", r"\$\{.{0,80}(?:@java|#context|t\(java|runtime)"),
        ("class.module.classloader", None),
    ),
    *_rules("external entity", ("<!entity", r"<!entity[^>]{0,80}\s(?:system|public)\s")),
    *_rules(
        "Log4Shell",
        ("${", r"\$\{(?:jndi|lower|upper|env|sys|::-)"),
        ("jndi:", r"jndi:(?<=\bjndi:)(?:ldaps?|rmi|dns|iiop)://"),
    ),
    *_rules(
        "path traversal",
        ("../", r"(?:\.\./|\.\.\\){2}"),
        ("..\\", r"(?:\.\./|\.\.\\){2}"),
        ("/etc/", r"/etc/(?:passwd|shadow)\b"),
        ("boot.ini", r"boot\.ini(?<=\bboot\.ini)\b"),
        ("/proc/self/", None),
    ),
)
"""(kind, word, pattern) of lower-case text: the word is looked for first, then the pattern, where there is one. A
pattern begins with a letter of its own and looks at what stands before it after that: the search skips to that letter,
many times faster than with a word boundary or a choice in front. Paths come last: shell commands name them too."""
_BYTES: Final = {
    written: chr(code) for code in range(256) for written in (f"{code:02x}", f"{code:02X}", f"{code:02x}".capitalize())
}

KINDS: Final = frozenset([kind for kind, _, _ in RULES])


def attack_in_address(target: str) -> tuple[str | None, str]:
    """What kind of attack a request's target carries, and the target as a server reads it."""
    plain = decoded(decoded(target))
    return _kind_of(plain), plain


@lru_cache(maxsize=MAX_AGENTS)
def attack_in_agent(agent: str) -> str | None:
    return _kind_of(decoded(decoded(agent)))


def attack_in_fields(head: bytes) -> tuple[str | None, str]:
    """What kind of attack a header field of a request carries, and the field's name; User-Agent is left out."""
    for sign in HEAD_SIGNS:
        if sign in head:
            break
    else:
        return None, ""
    for line in head.decode("latin-1").split("\n")[1:]:
        name, _, value = line.partition(":")
        kind = None if name.lower() == "user-agent" else _kind_of(decoded(value), IN_FIELDS)
        if kind is not None:
            return kind, name.strip()[:64]
    return None, ""


def attack_in_body(content_type: str, start: bytes) -> str | None:
    """What kind of attack a posted form or document carries; ``content_type`` in lower case."""
    text = start[:MAX_BODY_BYTES].decode("latin-1")
    if content_type.startswith("application/x-www-form-urlencoded"):
        for field in text.split("&"):
            kind = _kind_of(decoded(decoded("?" + field))) if len(field) <= MAX_VALUE_CHARS else None
            if kind is not None:
                return kind
        return None
    return _kind_of(text, IN_DOCUMENTS)


def _kind_of(plain: str, kinds: frozenset[str] = KINDS) -> str | None:
    """The first of ``kinds`` that shows in a text as the server reads it."""
    if not _has_any(plain, SIGNS):
        return None
    lowered = plain.lower()
    for kind, word, pattern in RULES:
        if word in lowered and kind in kinds and (pattern is None or pattern.search(lowered) is not None):
            return kind
    return None


def decoded(text: str) -> str:
    """Percent-encoding and ``+`` resolved (RFC 3986, section 2.1), byte by byte: code is ASCII."""
    if "%" in text:
        first, *pieces = text.split("%")
        text = first + "".join([_byte(piece) for piece in pieces])
    return text.replace("+", " ") if "+" in text else text


def _byte(piece: str) -> str:
    meant = _BYTES.get(piece[:2])
    return "%" + piece if meant is None else meant + piece[2:]


def _has_any(text: str, words: tuple[str, ...]) -> bool:
    for word in words:  # noqa: SIM110 - compiled, the loop takes no generator
        if word in text:
            return True
    return False
