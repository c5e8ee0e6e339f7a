"""PostgreSQL's SSLRequest and its one-byte answer (documentation, "Message Flow", SSL session encryption)."""

from __future__ import annotations

from netscope.engine.parse.signatures import POSTGRESQL_SSL_REQUEST
from netscope.model.errors import Incomplete
from netscope.model.service import Plaintext


def read_postgresql(data: bytes, from_server: bool) -> Plaintext:
    """Whether TLS is asked for and granted. Raises Incomplete ``truncated_postgresql``."""
    if from_server:
        # "S" comes first only as the answer to an SSLRequest: without one, authentication ("R") precedes all.
        granted = data[:1] == b"S"
        return Plaintext((("tls", "granted"),) if granted else (), tls_follows=granted, size_bytes=1)
    if len(data) < 8:
        raise Incomplete("truncated_postgresql", len(data))
    return Plaintext((("tls", "requested"),)) if data[:8] == POSTGRESQL_SSL_REQUEST else Plaintext()
