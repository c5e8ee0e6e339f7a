"""Does someone attack a web server? Requests whose address or User-Agent carries code instead of a name or a value.

SQL and script injection, paths out of the server's folder, shell commands, Shellshock and Log4Shell. What is sent in a
body is not kept and so not seen, nor is what goes over TLS. Wrong for pages about such attacks that take them as search
words: one kind against a server outside is told as low for that reason; a search for one is a single request.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final

from netscope.engine.analyze.detector import HOUR_NS, NOTHING, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import Aging, Growth, Table
from netscope.model.records import Alert, HttpRequest

MAX_PAIRS: Final = 8_192
"""(client, server) with at least one such request."""
EXAMPLES: Final = 8
SHOWN_CHARS: Final = 100
MAX_AGENTS: Final = 1_024
"""User-Agents whose verdict is remembered; a network has a few hundred."""
SIGNS: Final[tuple[str, ...]] = (
    "'", "<", ";", "|", "`", "$", "(", "{", "\\", " ", "\t", "..", "/etc/", "/proc/", "jndi:",
)  # fmt: skip
"""A decoded address without any of these carries no code: spares nearly all of them the rest. One by one: finding a
character is an instruction for 32 of them, a set of them takes the pattern matcher dozens for each."""


def _rules(kind: str, *rules: tuple[str, str | None]) -> list[tuple[str, str, re.Pattern[str] | None]]:
    return [(kind, word, None if pattern is None else re.compile(pattern)) for word, pattern in rules]


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
        "path traversal",
        ("../", r"(?:\.\./|\.\.\\){2}"),
        ("..\\", r"(?:\.\./|\.\.\\){2}"),
        ("/etc/", r"/etc/(?:passwd|shadow)\b"),
        ("boot.ini", r"boot\.ini(?<=\bboot\.ini)\b"),
        ("/proc/self/", None),
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
    *_rules("Shellshock", ("()", r"\(\)\s{0,4}\{\s{0,4}:;\s{0,4}\}\s{0,4};")),
    *_rules(
        "Log4Shell",
        ("${", r"\$\{(?:jndi|lower|upper|env|sys|::-)"),
        ("jndi:", r"jndi:(?<=\bjndi:)(?:ldaps?|rmi|dns|iiop)://"),
    ),
)
"""(kind, word, pattern) of lower-case text: the word is looked for first, then the pattern, where there is one. A
pattern begins with a letter of its own and looks at what stands before it after that: the search skips to that letter,
many times faster than with a word boundary or a choice in front."""
_BYTES: Final = {
    written: chr(code) for code in range(256) for written in (f"{code:02x}", f"{code:02X}", f"{code:02x}".capitalize())
}
SEVERE: Final = frozenset(("Shellshock", "Log4Shell", "shell command"))
"""Run code at the first success."""


@dataclass(frozen=True, slots=True)
class Limits:
    requests: int = limit(2, "requests", "a search word may look like one attack; an attack is tried in variants")


class Attacking(Aging):
    __slots__ = ("examples", "growth", "kinds", "requests")

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0
        self.kinds: dict[str, int] = {}
        self.examples: list[str] = []
        self.growth = Growth()


class WebAttack(QuietDetector):
    name: ClassVar[str] = "web_attack"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (HttpRequest,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A client sent a web server requests that carry code: it tries to make the server run commands, give out "
        "its database or attack its visitors.",
        usual="A security test of your own; for a server open to the internet, scanners that try everybody.",
        check="Is the server up to date? Look at what it did right after: new connections from it mean that one "
        "request worked. Close it to the outside if nobody needs it there.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._pairs: Table[tuple[str, str], Attacking] = Table("web_attack_pairs", MAX_PAIRS, HOUR_NS, Attacking)

    def observe(self, record: HttpRequest) -> Sequence[Alert]:
        if record.status is not None:
            return NOTHING
        kind, text = attack_in(record)
        if kind is None:
            return NOTHING
        flow = record.flow
        pair = self._pairs.entry((flow.client_ip, flow.server_ip), record.timestamp_ns)
        if pair is None:
            return NOTHING
        pair.requests += 1
        pair.kinds[kind] = pair.kinds.get(kind, 0) + 1
        if len(pair.examples) < EXAMPLES:
            pair.examples.append(text[:SHOWN_CHARS])
        needed = 1 if any(kind in SEVERE for kind in pair.kinds) else self.limits.requests
        first = not pair.growth.told
        if not pair.growth.worth(pair.requests, needed):
            return NOTHING
        return (self._attack(pair, record, first),)

    def _attack(self, pair: Attacking, record: HttpRequest, first: bool) -> Alert:
        flow = record.flow
        is_target = self._neighbours.is_local(flow.server_ip)
        is_source = self._neighbours.is_local(flow.client_ip)
        worst = max(pair.kinds, key=lambda kind: (kind in SEVERE, pair.kinds[kind]))
        severity, because = _severity(worst, pair, is_source=is_source, is_target=is_target)
        return self.alert(
            f"{flow.client_ip} {flow.server_ip}", severity, f"{worst} at {record.host or flow.server_ip}",
            record.timestamp_ns,
            because=because,
            observed={"requests": pair.requests, "kinds": len(pair.kinds)},
            threshold={"requests": self.limits.requests},
            window_s=HOUR_NS // 1_000_000_000,
            data={"source": flow.client_ip, "server": flow.server_ip, "kinds": [*pair.kinds],
                  "requests": pair.examples[:]},
            device_id=flow.device_id, flow=flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._pairs.counters()


def _severity(worst: str, pair: Attacking, *, is_source: bool, is_target: bool) -> tuple[str, str]:
    if is_target and is_source:
        return "high", "from inside against a server of this network"
    if is_target:
        return "high" if worst in SEVERE else "medium", "from outside against a server of this network"
    if worst in SEVERE or len(pair.kinds) > 1 or pair.requests >= 10:
        return "high", "a device of this network attacks a server outside"
    return "low", "one kind only, against a server outside: perhaps search words"


def attack_in(record: HttpRequest) -> tuple[str | None, str]:
    """What kind of attack a request carries, and the text that shows it."""
    uri = record.uri
    plain = decoded(decoded(uri))
    kind = _kind_of(plain)
    if kind is not None:
        return kind, plain
    agent = record.user_agent
    if agent is None:
        return None, ""
    kind = _kind_of_agent(agent)
    return kind, "" if kind is None else agent


def _kind_of(plain: str) -> str | None:
    if not _has_any(plain, SIGNS):
        return None
    lowered = plain.lower()
    for kind, word, pattern in RULES:
        if word in lowered and (pattern is None or pattern.search(lowered) is not None):
            return kind
    return None


@lru_cache(maxsize=MAX_AGENTS)
def _kind_of_agent(agent: str) -> str | None:
    return _kind_of(decoded(decoded(agent)))


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
