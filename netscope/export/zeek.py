"""A recording's rows as Zeek's logs: the fields of Zeek 7, in its order; what the recording does not know is unset.

Which column becomes which field is in docs/export.md. Behind Zeek's own fields come those of scripts nearly everybody
loads: vlan-logging and community-id-logging in conn, JA3, JA3S and JA4 in ssl.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any, Final, Protocol

from netscope.engine.enrich.community_id import ICMP_ANSWER, ICMPV6_ANSWER, PROTOCOL_NUMBERS, community_id
from netscope.engine.parse.dns_rdata import TYPE_NAMES, unquote
from netscope.export.certificate_names import zeek_name
from netscope.export.rows import Lookups, Row
from netscope.export.zeek_dhcp import Leases
from netscope.export.zeek_lines import Json, Log, TabSeparated, Values, log
from netscope.model.errors import NetScopeError

ID: Final = "ts time, uid string, id.orig_h addr, id.orig_p port, id.resp_h addr, id.resp_p port\n"

CONN: Final = log(
    "conn",
    ID
    + """proto enum, service string, duration interval, orig_bytes count, resp_bytes count, conn_state string
    local_orig bool, local_resp bool, missed_bytes count, history string, orig_pkts count, orig_ip_bytes count
    resp_pkts count, resp_ip_bytes count, tunnel_parents set[string], ip_proto count
    vlan int, inner_vlan int, community_id string""",
)
DNS: Final = log(
    "dns",
    ID
    + """proto enum, trans_id count, rtt interval, query string, qclass count, qclass_name string, qtype count
    qtype_name string, rcode count, rcode_name string, AA bool, TC bool, RD bool, RA bool, Z count
    answers vector[string], TTLs vector[interval], rejected bool""",
)
SSL: Final = log(
    "ssl",
    ID
    + """version string, cipher string, curve string, server_name string, resumed bool, last_alert string
    next_protocol string, established bool, ssl_history string, cert_chain_fps vector[string]
    client_cert_chain_fps vector[string], sni_matches_cert bool, ja3 string, ja3s string, ja4 string""",
)
HTTP: Final = log(
    "http",
    ID
    + """trans_depth count, method string, host string, uri string, referrer string, version string
    user_agent string, origin string, request_body_len count, response_body_len count, status_code count
    status_msg string, info_code count, info_msg string, tags set[enum], username string, password string
    proxied set[string], orig_fuids vector[string], orig_filenames vector[string], orig_mime_types vector[string]
    resp_fuids vector[string], resp_filenames vector[string], resp_mime_types vector[string]""",
)
X509: Final = log(
    "x509",
    """ts time, fingerprint string, certificate.version count, certificate.serial string, certificate.subject string
    certificate.issuer string, certificate.not_valid_before time, certificate.not_valid_after time
    certificate.key_alg string, certificate.sig_alg string, certificate.key_type string, certificate.key_length count
    certificate.exponent string, certificate.curve string, san.dns vector[string], san.uri vector[string]
    san.email vector[string], san.ip vector[addr], basic_constraints.ca bool, basic_constraints.path_len count
    host_cert bool, client_cert bool""",
)
DHCP: Final = log(
    "dhcp",
    """ts time, uids set[string], client_addr addr, server_addr addr, mac string, host_name string, client_fqdn string
    domain string, requested_addr addr, assigned_addr addr, lease_time interval, client_message string
    server_message string, msg_types vector[string], duration interval""",
)
NOTICE: Final = log(
    "notice",
    ID
    + """fuid string, file_mime_type string, file_desc string, proto enum, note enum, msg string, sub string
    src addr, dst addr, p port, n count, peer_descr string, actions set[enum], email_dest set[string]
    suppress_for interval, remote_location.country_code string, remote_location.region string
    remote_location.city string, remote_location.latitude double, remote_location.longitude double""",
)

FLOW_COLUMNS: Final = ("protocol", "client_ip", "client_port", "server_ip", "server_port")
"""Of its flow, what a row needs."""


class Maker(Protocol):
    """Makes records of rows; may hold some back."""

    def records(self, rows: Sequence[Row]) -> Iterable[Values]: ...

    def overdue(self, now_ns: int) -> Iterable[Values]: ...

    def rest(self) -> Iterable[Values]: ...


class EachRow:
    """One record a row; None for a row that makes none."""

    def __init__(self, make: Callable[[Row], Values | None]) -> None:
        self._make = make

    def records(self, rows: Sequence[Row]) -> Iterable[Values]:
        return [values for row in rows if (values := self._make(row)) is not None]

    def overdue(self, now_ns: int) -> Iterable[Values]:
        return ()

    def rest(self) -> Iterable[Values]:
        return ()


class ZeekLog:
    """A ``Shaper``."""

    def __init__(self, kind: str, recorded: Lookups, *, as_json: bool) -> None:
        """Raises NetScopeError for a kind Zeek has no log of."""
        of, make = log_of(kind)
        self._lines = Json(of) if as_json else TabSeparated(of)
        self._maker = make(recorded)

    def head(self) -> str:
        return self._lines.head()

    def lines(self, rows: Sequence[Row]) -> Iterable[str]:
        return self._lines.lines(self._maker.records(rows))

    def overdue(self, now_ns: int) -> Iterable[str]:
        return self._lines.lines(self._maker.overdue(now_ns))

    def rest(self) -> Iterable[str]:
        return self._lines.lines(self._maker.rest())

    def foot(self) -> str:
        return self._lines.foot()


def log_of(kind: str) -> tuple[Log, Callable[[Lookups], Maker]]:
    """Zeek's log for a kind. Raises NetScopeError where it has none."""
    found = _LOGS.get(kind)
    if found is None:
        raise NetScopeError(f"Zeek has no log of {kind}; it has of {', '.join(_LOGS)}")
    return found


# -- conn --

_SERVICES: Final = {
    "tls": "ssl", "dtls": "ssl", "quic": "quic,ssl", "mdns": "dns", "llmnr": "dns", "nbns": "dns", "smb": "smb",
    "kerberos": "krb", "dcerpc": "dce_rpc", "ldap": "ldap", "postgresql": "postgresql",
}  # fmt: skip
"""Zeek's names where they differ; it calls a service confirmed when its content is that protocol's."""


def service(row: Row) -> str | None:
    name = row["app_protocol"]
    if name is None or row["app_protocol_source"] != "content":
        return None
    return _SERVICES.get(name, name)


def transport(protocol: str | None) -> str | None:
    """Zeek's transport_proto."""
    if protocol in ("tcp", "udp"):
        return protocol
    if protocol in ("icmp", "icmpv6"):
        return "icmp"
    return None if protocol is None else "unknown_transport"


def _state(row: Row) -> tuple[str, str | None]:
    """conn_state and history. Zeek judges UDP by who spoke and has no states of others."""
    if row["protocol"] == "tcp":
        return row["tcp_state"] or "OTH", row["tcp_history"] or None
    up, down = row["packets_up"], row["packets_down"]
    if row["protocol"] != "udp":
        return "OTH", None
    return ("SF" if up and down else "S0" if up else "SHR"), "D" * bool(up) + "d" * bool(down)


class Places:
    """Which addresses are this network's: private ones, as Zeek takes them, and those its devices used."""

    def __init__(self, recorded: Lookups) -> None:
        self._recorded = recorded
        self._known = self._addresses()

    def _addresses(self) -> frozenset[str]:
        return frozenset(self._recorded.device_addresses())

    def is_local(self, address: str) -> bool:
        return address in self._known or _is_private(address)

    def refresh(self) -> None:
        self._known = self._addresses()


_PRIVATE: Final = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
"""Zeek's ``Site::private_address_space``."""


@lru_cache(maxsize=65_536)
def _is_private(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _PRIVATE)


def vlans(stack: str | None) -> tuple[int | None, int | None]:
    """Outer and inner tag."""
    if not stack:
        return None, None
    outer, _, rest = stack.partition(",")
    inner = rest.partition(",")[0]
    return _tag(outer), _tag(inner)


def _tag(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def community_id_of(row: Row) -> str | None:
    """As recorded when the flow ended, or of the flow as it is."""
    known: str | None = row["community_id"]
    if known is not None:
        return known
    first, second = ports(row)
    try:
        return community_id(row["client_ip"], first, row["server_ip"], second, row["protocol"])
    except (OSError, OverflowError, ValueError):
        # Not addresses: another program's row.
        return None


def ports(row: Row) -> tuple[int, int]:
    """Of the two ends; of ICMP what a Community ID takes for them, type and code."""
    if row["protocol"] in ("icmp", "icmpv6"):
        return row.get("icmp_type") or 0, row.get("icmp_code") or 0
    return row["client_port"] or 0, row["server_port"] or 0


def _ports(row: Row) -> tuple[int, int]:
    """As ``ports``; behind an ICMP message that has an answer Zeek puts the answer's type."""
    first, second = ports(row)
    answers = ICMP_ANSWER if row["protocol"] == "icmp" else ICMPV6_ANSWER if row["protocol"] == "icmpv6" else {}
    return first, answers.get(first, second)


def ip_protocol(protocol: str | None) -> int | None:
    if protocol is None:
        return None
    return int(protocol) if protocol.isdigit() else PROTOCOL_NUMBERS.get(protocol)


class Connections:
    def __init__(self, recorded: Lookups) -> None:
        self._recorded = recorded
        self._places = Places(recorded)

    def records(self, rows: Sequence[Row]) -> Iterable[Values]:
        self._places.refresh()
        return map(self._record, rows)

    def _record(self, row: Row) -> Values:
        lasted_ns = row["last_seen_ns"] - row["first_seen_ns"]
        conn_state, history = _state(row)
        orig_p, resp_p = _ports(row)
        is_local = self._places.is_local
        # Zeek counts payload of what lasted; one packet alone has no duration.
        up, down = (row.get("payload_bytes_up"), row.get("payload_bytes_down")) if lasted_ns > 0 else (None, None)
        return (
            row["first_seen_ns"], self._recorded.uid(row["id"]),
            row["client_ip"], orig_p, row["server_ip"], resp_p,
            transport(row["protocol"]), service(row), lasted_ns if lasted_ns > 0 else None, up, down, conn_state,
            is_local(row["client_ip"]), is_local(row["server_ip"]), None, history,
            row["packets_up"], row["bytes_up"], row["packets_down"], row["bytes_down"],
            None, ip_protocol(row["protocol"]), *vlans(row["vlan"]), community_id_of(row),
        )  # fmt: skip

    def overdue(self, now_ns: int) -> Iterable[Values]:
        return ()

    def rest(self) -> Iterable[Values]:
        return ()


# -- dns --

_TYPE_NUMBERS: Final = {name: number for number, name in TYPE_NAMES.items()} | {"NB": 32, "NBSTAT": 33}
_RCODES: Final = {
    name: number
    for number, name in enumerate(
        ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH")
    )
} | {"NOTZONE": 10, "BADVERS": 16, "BADCOOKIE": 23}
_DNS_PORTS: Final = {"udp": 53, "tcp": 53, "mdns": 5353, "llmnr": 5355, "nbns": 137}
_NAME_AT: Final = {"NS": 0, "CNAME": 0, "PTR": 0, "DNAME": 0, "SOA": 0, "MX": 1, "SRV": 3}
"""Which word of the data Zeek logs of these types."""


def type_number(name: str | None, prefix: str = "TYPE") -> int | None:
    if name is None:
        return None
    if name.startswith(prefix) and name[len(prefix) :].isdigit():
        return int(name[len(prefix) :])
    return _TYPE_NUMBERS.get(name)


def _rcode_number(name: str | None) -> int | None:
    if name is None:
        return None
    if name.startswith("RCODE") and name[5:].isdigit():
        return int(name[5:])
    return _RCODES.get(name)


def _answer(record: dict[str, Any]) -> str:
    """As Zeek puts it: the name of a record that has one, TXT with its lengths."""
    kind, data = record["type"], record["data"]
    place = _NAME_AT.get(kind)
    if place is not None:
        words = data.split(" ")
        return str(words[place].lower() if place < len(words) else data)
    if kind in ("TXT", "SPF"):
        return " ".join(f"{kind} {len(part)} {part.decode(errors='replace')}" for part in unquote(data)) or data
    return str(data)


def _dns(recorded: Lookups, row: Row) -> Values:
    answers = [one for one in row["answers"] or () if isinstance(one, dict)]
    took_us = row["response_time_us"]
    query_type = "*" if row["query_type"] == "ANY" else row["query_type"]
    server_port = row.get("server_port") or _DNS_PORTS.get(row["transport"], 53)
    return (
        row["timestamp_ns"], recorded.uid(row["flow_id"]) or recorded.uid(0),
        row["client_ip"], row.get("client_port") or 0, row["server_ip"], server_port,
        "tcp" if row["transport"] == "tcp" else "udp", row["transaction_id"],
        took_us * 1000 if took_us else None, row["query_name"].lower(), None, None,
        type_number(row["query_type"]), query_type, _rcode_number(row["rcode"]), row["rcode"],
        None, None, None, None, None,
        [_answer(one) for one in answers] or None, [one["ttl"] * 1_000_000_000 for one in answers] or None,
        row["rcode"] == "REFUSED" and not answers,
    )  # fmt: skip


# -- ssl, http, x509, notice --


def _ends(recorded: Lookups, row: Row) -> tuple[Any, ...] | None:
    """ts to id.resp_p; None of a row whose flow is not there: Zeek's logs have no record without its connection."""
    if row["client_ip"] is None:
        return None
    return (
        row["timestamp_ns"], recorded.uid(row["flow_id"]),
        row["client_ip"], row["client_port"] or 0, row["server_ip"], row["server_port"] or 0,
    )  # fmt: skip


def _tls_version(row: Row) -> str | None:
    """TLSv1.2 is Zeek's TLSv12."""
    version: str | None = row["negotiated_version"]
    if version is None:
        return None
    return version.replace(".", "") if version.startswith(("TLSv", "DTLSv")) else version


def _ssl(recorded: Lookups, row: Row) -> Values | None:
    ends = _ends(recorded, row)
    if ends is None:
        return None
    alert, leaf = row["alert"], row["certificate_sha256"]
    return (
        *ends, _tls_version(row), row["cipher"], None, row["sni"], None,
        None if alert is None else alert.rpartition(" ")[2], row["chosen_alpn"], None, None,
        None if leaf is None else [leaf], None, None, row["ja3_hash"], row["ja3s_hash"], row["ja4"],
    )  # fmt: skip


class Requests:
    """Counts the requests of a flow. Bound: the last MAX_FLOWS flows; a longer silence begins at 1 again."""

    MAX_FLOWS: Final = 65_536

    def __init__(self, recorded: Lookups) -> None:
        self._recorded = recorded
        self._depths: OrderedDict[int, int] = OrderedDict()

    def make(self, row: Row) -> Values | None:
        ends = _ends(self._recorded, row)
        if ends is None:
            return None
        return (
            *ends, self._depth(row["flow_id"]), row["method"], row["host"], row["uri"], None, None,
            row["user_agent"], None, None, None, row["status"], None, None, None, (), None, None,
            None, None, None, None, None, None, None,
        )  # fmt: skip

    def _depth(self, flow_id: int) -> int:
        depth = self._depths.pop(flow_id, 0) + 1
        self._depths[flow_id] = depth
        if len(self._depths) > self.MAX_FLOWS:
            self._depths.popitem(last=False)
        return depth


_KEY_TYPES: Final = {
    "rsa": ("rsaEncryption", "rsa"),
    "ec": ("id-ecPublicKey", "ecdsa"),
    "dsa": ("dsaEncryption", "dsa"),
}


def _x509(row: Row) -> Values:
    names = alternative_names(row["sans"] or ())
    algorithm, key_type = _KEY_TYPES.get(row["key_type"], (row["key_type"], "unknown"))
    return (
        row["first_seen_ns"], row["sha256"], None, row["serial"].upper(),
        zeek_name(row["subject"]), zeek_name(row["issuer"]),
        row["not_before_ns"], row["not_after_ns"], algorithm, row["signature_algorithm"], key_type,
        row["key_bits"], None, None, *names, None, None, None, None,
    )  # fmt: skip


def alternative_names(names: Iterable[str]) -> list[list[str] | None]:
    """DNS names, URIs, mail addresses and IP addresses; None where there is none."""
    sorted_out: tuple[list[str], ...] = ([], [], [], [])
    for name in names:
        sorted_out[_kind_of_name(name)].append(name)
    return [found or None for found in sorted_out]


def _kind_of_name(name: str) -> int:
    if "://" in name:
        return 1
    if "@" in name:
        return 2
    return 3 if is_address(name) else 0


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _notice(recorded: Lookups, row: Row) -> Values:
    has_flow = row["client_ip"] is not None
    note = "NetScope::" + "_".join(part.capitalize() for part in row["detector"].split("_"))
    return (
        row["first_ns"], recorded.uid(row["flow_id"]) if has_flow else None,
        row["client_ip"], row["client_port"], row["server_ip"], row["server_port"], None, None, None,
        transport(row["protocol"]), note, row["title"], row["severity"],
        row["client_ip"] or recorded.device_address(row["device_id"]), row["server_ip"], row["server_port"],
        row["count"], "netscope", ("Notice::ACTION_LOG",), (), None, None, None, None, None, None,
    )  # fmt: skip


_LOGS: Final[dict[str, tuple[Log, Callable[[Lookups], Maker]]]] = {
    "flows": (CONN, Connections),
    "dns": (DNS, lambda recorded: EachRow(lambda row: _dns(recorded, row))),
    "tls": (SSL, lambda recorded: EachRow(lambda row: _ssl(recorded, row))),
    "http": (HTTP, lambda recorded: EachRow(Requests(recorded).make)),
    "dhcp": (DHCP, Leases),
    "certificates": (X509, lambda recorded: EachRow(_x509)),
    "alerts": (NOTICE, lambda recorded: EachRow(lambda row: _notice(recorded, row))),
}
ZEEK_KINDS: Final = tuple(_LOGS)
