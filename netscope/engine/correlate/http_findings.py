"""What web requests give away beside what they ask for: credentials, code where none belongs, doors at the router."""

from __future__ import annotations

from typing import Final

from netscope.engine.correlate.session import Emit
from netscope.engine.parse.http import form_secrets, storable_target
from netscope.engine.parse.port_mapping import soap_mapping
from netscope.engine.parse.web_attack import attack_in_address, attack_in_agent, attack_in_body, attack_in_fields
from netscope.model.flow import Flow
from netscope.model.http import HttpRequestHead
from netscope.model.records import HttpRequest
from netscope.model.service import ClearCredential, PortMappingSeen, WebAttackSeen

MAX_TOLD: Final = 128
"""Distinct credential fields of one connection."""
MAX_TEXT_CHARS: Final = 512


class RequestFindings:
    """Of one connection. Values of credentials and bodies are looked at and dropped."""

    __slots__ = ("_emit", "_flow", "_told")

    def __init__(self, flow: Flow, emit: Emit) -> None:
        self._flow = flow
        self._emit = emit
        self._told: tuple[str, ...] = ()
        """Credential fields reported; bounded by MAX_TOLD. Most connections have none, and an empty set is large."""

    def storable_uri(self, target: str, timestamp_ns: int) -> str:
        """The target without its secrets; that there were some is told."""
        uri, secrets = storable_target(target)
        for field in secrets:
            self._credential(field, timestamp_ns)
        return uri

    def authorization(self, head: HttpRequestHead, timestamp_ns: int) -> None:
        if head.authorization_scheme in ("Basic", "Bearer"):
            self._credential(f"authorization_{head.authorization_scheme.lower()}", timestamp_ns)

    def attacks(self, request: HttpRequest, head: bytes) -> None:
        """One a request: who tries several at once is told as much by the first."""
        kind, text = attack_in_address(request.uri)
        if kind is None and request.user_agent is not None:
            kind, text = attack_in_agent(request.user_agent), request.user_agent
        if kind is None:
            kind, field = attack_in_fields(head)
            text = f"in the header field {field}"
        if kind is not None:
            self._attack(request, kind, text)

    def body(self, request: HttpRequest, content_type: str, start: bytes) -> None:
        """The first bytes of a form or document."""
        for field in form_secrets(content_type, start):
            self._credential(field, request.timestamp_ns)
        kind = attack_in_body(content_type, start)
        if kind is not None:
            self._attack(request, kind, f"in the body of {request.method} {request.uri}")
        mapping = soap_mapping(start) if "xml" in content_type else None
        if mapping is not None:
            self._emit(PortMappingSeen(self._flow, request.timestamp_ns, *mapping))

    def _attack(self, request: HttpRequest, kind: str, text: str) -> None:
        self._emit(WebAttackSeen(self._flow, request.timestamp_ns, request.host, kind, text[:MAX_TEXT_CHARS]))

    def _credential(self, field: str, timestamp_ns: int) -> None:
        if field not in self._told and len(self._told) < MAX_TOLD:
            self._told += (field,)
            self._emit(ClearCredential(self._flow, timestamp_ns, "http", field))
