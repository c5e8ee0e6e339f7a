"""A small recording with one of everything, and with what strangers write into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netscope.engine.store.rows import Batch
from netscope.model.flow import Flow
from netscope.model.records import DevicePair, DhcpExchange, Evidence, TrafficBucket
from tests.engine.store.samples import (
    SECOND,
    T0,
    answer,
    make_alert,
    make_batch,
    make_certificate,
    make_device,
    make_flow,
    make_handshake,
    make_hit,
    make_query,
    make_request,
    make_session,
    write,
)

LEAF = "ab" * 32
FORMULA = '=cmd|"/c calc"!A1'
HOSTILE = "tv\x1b[31m\r\n\t\\,\u202e"


def tls_flow(**fields: Any) -> Flow:
    return make_flow(
        1,
        **{
            "device_id": 1,
            "app_protocol": "tls",
            "app_protocol_source": "content",
            "server_name": "www.example.org",
            "name_source": "sni",
            "tls_version": "TLS1.2",
            "bytes_up": 1_000,
            "bytes_down": 50_000,
            "payload_bytes_up": 600,
            "payload_bytes_down": 48_000,
            "packets_up": 10,
            "packets_down": 40,
            "tcp_state": "SF",
            "tcp_history": "ShADadfF",
            "rtt_us": 20_000,
            "country": "US",
            "city": "Springfield",
            "asn": 64_500,
            "as_org": "Example Net",
            "application": "Example",
            "ja3": "0" * 32,
            "ja4": "t13d1516h2_8daaf6152771_02713d6af862",
            "community_id": "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
            **fields,
        },
    )


def dns_flow() -> Flow:
    return make_flow(
        2, device_id=1, client_port=40_000, server_ip="192.168.1.1", server_port=53, protocol="udp", app_protocol="dns",
        app_protocol_source="content", packets_up=1, packets_down=1, bytes_up=60, bytes_down=120, end_reason="idle",
    )  # fmt: skip


def ping_flow() -> Flow:
    return make_flow(
        3, client_ip="2001:db8::5", client_port=0, server_ip="2001:db8::9", server_port=0, protocol="icmpv6",
        packets_up=2, bytes_up=160, icmp_type=128, icmp_code=0, vlan="100,20", end_reason=None,
    )  # fmt: skip


def dhcp_exchange(id_: int, message_type: str, **fields: Any) -> DhcpExchange:
    from_client = message_type in ("DISCOVER", "REQUEST", "INFORM", "RELEASE")
    return DhcpExchange(
        **{
            "timestamp_ns": T0 + id_ * SECOND // 10,
            "mac": "02:00:00:00:00:01",
            "message_type": message_type,
            "requested_ip": "192.168.1.10" if message_type == "REQUEST" else None,
            "assigned_ip": None if from_client else "192.168.1.10",
            "server_ip": "192.168.1.1",
            "hostname": "Annas-TV" if from_client else None,
            "vendor_class": "tv-dhcp" if from_client else None,
            "parameter_request_list": (1, 3, 6, 15) if from_client else (),
            "from_client": from_client,
            "sender_ip": "0.0.0.0" if from_client else "192.168.1.1",
            "transaction_id": 0xABCD,
            "lease_s": None if from_client else 3_600,
            "domain": None if from_client else "anna.example",
            "id": id_,
            **fields,
        }
    )


def everything() -> Batch:
    tls, dns, ping = tls_flow(), dns_flow(), ping_flow()
    return make_batch(
        session=make_session(ended_ns=T0 + 60 * SECOND, counters={"malformed_dns": 2}),
        devices=[make_device(1, name="Anna's TV", vendor="Acme", kind="tv", model="Acme 3000", name_source="dhcp")],
        evidence=[
            Evidence(1, "dhcp", "hostname", "Annas-TV", T0, T0),
            Evidence(1, "mdns", "service", "_airplay._tcp", T0, T0),
            Evidence(1, "oui", "vendor", "Acme", T0, T0),
        ],
        same_devices=[DevicePair(1, 2, 60, ("same host name Annas-TV",), SECOND, T0, T0)],
        flows=[tls, dns, ping],
        dns_queries=[
            make_query(
                1, dns, device_id=1, query_name="WWW.Example.org", rcode="NOERROR", response_time_us=1_500,
                answers=(
                    answer("www.example.org", "CNAME", "Cdn.example.net"),
                    answer("cdn.example.net", "A", "198.51.100.7"),
                    answer("cdn.example.net", "TXT", '"v=spf1" "a,b"'),
                    answer("cdn.example.net", "MX", "10 mail.example.net"),
                ),
            ),
            make_query(2, dns, query_name=HOSTILE, query_type="TYPE65400"),
        ],
        tls_handshakes=[
            make_handshake(
                1, tls, version="TLSv1.2", negotiated_version="TLSv1.2", cipher="TLS_RSA_WITH_AES_128_CBC_SHA",
                chosen_alpn="h2", ja3s_hash="1" * 32, certificate_sha256=LEAF, alert="fatal handshake_failure",
            )
        ],
        certificates=[
            make_certificate(LEAF, sans=("example.org", "192.0.2.9", "https://example.org/x", "a@example.org"))
        ],
        http_requests=[
            make_request(1, tls, user_agent=FORMULA, status=200, content_type="text/html; charset=x", response_bytes=5),
            make_request(2, tls, host="example.org:8080", uri="/private/anna?id=7", method="POST"),
        ],
        dhcp_messages=[
            dhcp_exchange(1, "DISCOVER", flow=dns),
            dhcp_exchange(2, "OFFER"),
            dhcp_exchange(3, "REQUEST"),
            dhcp_exchange(4, "ACK"),
            dhcp_exchange(5, "SOLICIT", sender_ip="fe80::1", mac="02:00:00:00:00:07"),
        ],
        tracker_hits=[make_hit(1, tls)],
        alerts=[
            make_alert(1, flow=tls, device_id=1, title="Port scan of Anna's TV: 20 ports", key="192.168.1.10 anna"),
            make_alert(
                2, device_id=1, title="Scan by Anna",
                evidence={"observed": {"host": "secret.example.org"}, "because": "of Anna"},
            ),
        ],
        traffic=[TrafficBucket(1, T0, 60, 10, 20, 1, 2, 3)],
    )  # fmt: skip


def home(folder: Path) -> Path:
    path = folder / "home.db"
    write(path, everything())
    return path
