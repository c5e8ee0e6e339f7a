"""Records as the engine would hand them to the store, with as little set as a test needs."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from netscope.engine.store.reading import open_to_read
from netscope.engine.store.rows import Batch
from netscope.engine.store.writer import Recording
from netscope.model.dns import DnsRecord
from netscope.model.flow import Flow
from netscope.model.records import Alert, Certificate, Device, DnsQuery, HttpRequest, Session, TlsHandshake, TrackerHit

T0 = 1_700_000_040_000_000_000
"""2023-11-14 22:14:00 UTC: the start of a minute."""
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 3600 * SECOND
DAY = 24 * HOUR


def make_session(**fields: Any) -> Session:
    return Session(
        **{
            "source": "eth0",
            "kind": "live",
            "link_type": "EN10MB",
            "filter": None,
            "started_ns": T0,
            "version": "1",
            "id": 1,
            **fields,
        }
    )


def make_flow(id_: int, **fields: Any) -> Flow:
    first_ns = fields.pop("first_seen_ns", T0 + id_ * SECOND)
    flow = Flow(id_, "192.168.1.10", 50_000, "198.51.100.7", 443, "tcp", None, None, None, first_ns)
    flow.last_seen_ns = first_ns + SECOND
    flow.end_reason = "fin"
    for name, value in fields.items():
        setattr(flow, name, value)
    return flow


def make_query(id_: int, flow: Flow | None = None, **fields: Any) -> DnsQuery:
    return DnsQuery(
        **{
            "flow": flow,
            "client_ip": "192.168.1.10",
            "server_ip": "192.168.1.1",
            "transport": "udp",
            "timestamp_ns": T0 + id_ * SECOND,
            "transaction_id": 7,
            "query_name": "example.org",
            "query_type": "A",
            "id": id_,
            **fields,
        }
    )


def answer(name: str, type_: str, data: str, ttl: int = 300) -> DnsRecord:
    return DnsRecord(name, type_, 1, ttl, data, cache_flush=False)


def make_handshake(id_: int, flow: Flow, **fields: Any) -> TlsHandshake:
    return TlsHandshake(
        **{
            "flow": flow,
            "timestamp_ns": flow.first_seen_ns + SECOND // 10,
            "transport": "tcp",
            "sni": "www.example.org",
            "ech": False,
            "version": "TLSv1.3",
            "alpn": ("h2", "http/1.1"),
            "ja3": "771,4865,0,29,0",
            "ja3_hash": "0" * 32,
            "ja4": "t13d1516h2_8daaf6152771_02713d6af862",
            "id": id_,
            **fields,
        }
    )


def make_request(id_: int, flow: Flow, **fields: Any) -> HttpRequest:
    return HttpRequest(
        **{
            "flow": flow,
            "timestamp_ns": flow.first_seen_ns,
            "method": "GET",
            "host": "example.org",
            "uri": "/",
            "user_agent": None,
            "id": id_,
            **fields,
        }
    )


def make_certificate(sha256: str, **fields: Any) -> Certificate:
    return Certificate(
        **{
            "sha256": sha256,
            "subject": "CN=example.org",
            "issuer": "CN=ca",
            "sans": ("example.org",),
            "serial": "01",
            "not_before_ns": T0,
            "not_after_ns": T0 + DAY,
            "key_type": "ec",
            "key_bits": 256,
            "signature_algorithm": "ecdsa-with-SHA256",
            "self_signed": False,
            "timestamp_ns": T0,
            **fields,
        }
    )


def make_hit(id_: int, flow: Flow | None, **fields: Any) -> TrackerHit:
    return TrackerHit(
        **{
            "timestamp_ns": T0 + id_ * SECOND,
            "device_id": 1,
            "flow": flow,
            "name": "ads.example.net",
            "rule": "example.net",
            "owner": "Example Ads",
            "category": "advertising",
            "list": "test",
            "id": id_,
            **fields,
        }
    )


def make_device(id_: int, **fields: Any) -> Device:
    return Device(
        **{
            "id": id_,
            "mac": f"02:00:00:00:00:{id_:02x}",
            "first_seen_ns": T0,
            "last_seen_ns": T0 + HOUR,
            "addresses": {f"192.168.1.{9 + id_}": (T0, T0 + HOUR)},
            **fields,
        }
    )


def make_alert(id_: int, **fields: Any) -> Alert:
    return Alert(
        **{
            "detector": "port_scan",
            "severity": "high",
            "title": "scan",
            "first_ns": T0,
            "last_ns": T0 + SECOND,
            "evidence": {"observed": 20, "threshold": 15},
            "id": id_,
            **fields,
        }
    )


def make_batch(**kinds: Any) -> Batch:
    return Batch(**{"session": make_session(), **kinds})


opened: list[sqlite3.Connection] = []
"""Closed after each test (conftest.py)."""


def recorded(tmp_path: Path, *batches: Batch) -> sqlite3.Connection:
    """The batches as who reads the recording sees them."""
    path = tmp_path / "home.db"
    write(path, *batches)
    opened.append(open_to_read(path))
    return opened[-1]


def write(path: Path, *batches: Batch) -> None:
    """A recording made, written and closed."""
    recording = Recording(path, T0)
    for batch in batches:
        recording.write(batch)
    recording.close()


def query(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """What another program reads from the file."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def wait_until(true: Callable[[], object]) -> None:
    """For what another thread does."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
