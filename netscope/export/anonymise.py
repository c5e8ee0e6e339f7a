"""What becomes of each column when a recording is made fit for sharing. A column without a rule here goes.

Kept are times, sizes, ports, protocols, states and fingerprints of software, what NetScope's own tables call a
service, a tracker's owner or a kind of device, and a server's country. Everything else that could tell who or where
somebody is, whom they talk to or what they do there is replaced, the same by the same, or taken away.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from netscope.engine.enrich.community_id import community_id
from netscope.engine.store.faults import from_os
from netscope.export.address_masks import KEY_BYTES, AddressMask
from netscope.export.name_masks import NameMask
from netscope.export.rows import Lookups, Row
from netscope.model.errors import NetScopeError

Rule = Callable[["Anonymiser", Any], Any]


def _keep(masks: Anonymiser, value: Any) -> Any:
    return value


def _drop(masks: Anonymiser, value: Any) -> None:
    return None


def _reasons(masks: Anonymiser, value: Any) -> str:
    """They quote names."""
    return "[]"


def _address(masks: Anonymiser, value: Any) -> Any:
    return masks.addresses.text(value) or masks.names.token(value)


def _name(masks: Anonymiser, value: Any) -> Any:
    return masks.names.name(value)


def _names(masks: Anonymiser, values: Any) -> Any:
    return [masks.names.name(str(value)) for value in values] if isinstance(values, list) else None


def _token(masks: Anonymiser, value: Any) -> Any:
    return masks.names.token(str(value))


def _mac(masks: Anonymiser, value: Any) -> Any:
    return masks.mac(value)


def _distinguished_name(masks: Anonymiser, value: Any) -> Any:
    return f"CN={masks.names.label(value)}"


def _hexadecimal(masks: Anonymiser, value: Any) -> Any:
    return masks.names.hexadecimal(value, 64)


def _serial(masks: Anonymiser, value: Any) -> Any:
    return masks.names.hexadecimal(value, 16)


def _vendor(masks: Anonymiser, value: Any) -> Any:
    return value if masks.keep_oui else None


def _uri(masks: Anonymiser, value: Any) -> Any:
    return f"/{masks.names.label(value)}"


_METHODS: Final = frozenset(
    ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "M-SEARCH", "NOTIFY")
)
_MEDIA_TYPE: Final = re.compile(r"(?:text|image|audio|video|font|application|multipart|message)/[a-z0-9.+-]{1,40}")
_ALPN: Final = re.compile(r"[a-z0-9./-]{1,16}")
_SLUG: Final = re.compile(r"[a-z0-9_]{1,64}")


def _method(masks: Anonymiser, value: Any) -> Any:
    return value if value in _METHODS else masks.names.token(value)


def _media_type(masks: Anonymiser, value: Any) -> Any:
    found = _MEDIA_TYPE.match(value.lower())
    return found[0] if found else masks.names.token(value)


def _protocols(masks: Anonymiser, values: Any) -> Any:
    if not isinstance(values, list):
        return None
    return [_protocol(masks, str(value)) for value in values]


def _protocol(masks: Anonymiser, value: Any) -> Any:
    return value if _ALPN.fullmatch(value) else masks.names.token(value)


def _slug(masks: Anonymiser, value: Any) -> Any:
    return value if _SLUG.fullmatch(value) else masks.names.token(value)


_NAMED: Final = frozenset(("CNAME", "NS", "PTR", "DNAME"))
_NAME_LAST: Final = frozenset(("MX", "SRV", "KX", "AFSDB"))


def _answers(masks: Anonymiser, values: Any) -> Any:
    if not isinstance(values, list):
        return None
    return [
        {
            "name": masks.names.name(str(one["name"])),
            "type": one["type"],
            "ttl": one["ttl"],
            "data": _rdata(masks, one["type"], str(one["data"])),
        }
        for one in values
        if isinstance(one, dict)
    ]


def _rdata(masks: Anonymiser, kind: str, data: str) -> str:
    if kind in ("A", "AAAA"):
        return masks.addresses.text(data) or masks.names.token(data)
    if kind in _NAMED:
        return masks.names.name(data)
    words = data.split(" ")
    if kind in _NAME_LAST and all(word.isdigit() for word in words[:-1]):
        return " ".join((*words[:-1], masks.names.name(words[-1])))
    if kind == "SOA" and all(word.isdigit() for word in words[2:]):
        return " ".join((*map(masks.names.name, words[:2]), *words[2:]))
    return masks.names.token(data)


_PORT: Final = re.compile(r"(?:tcp|udp)/\d+")
_PREFIX: Final = re.compile(r"([0-9a-fA-F:.]+)/(\d+)")
_SPOKEN: Final = frozenset(
    ("version", "cipher", "protocol", "offered", "method", "message", "segments", "kinds", "fields", "field",
     "heard_by", "asked_by", "owner")
)  # fmt: skip
"""Evidence whose words are a protocol's or NetScope's own."""
_WORDS: Final = re.compile(r"[A-Za-z0-9_ .,+/-]{1,80}")


def _evidence(masks: Anonymiser, value: Any) -> Any:
    if not isinstance(value, dict):
        return {}
    return {key: _observed(masks, key, found) for key, found in value.items() if key != "because"}


def _observed(masks: Anonymiser, key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {_observed_key(masks, inner): _observed(masks, inner, found) for inner, found in value.items()}
    if isinstance(value, list):
        return [_observed(masks, key, found) for found in value]
    return _observed_text(masks, key, value) if isinstance(value, str) else value


def _observed_key(masks: Anonymiser, key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_]{1,32}", key) else masks.names.value(key)


def _observed_text(masks: Anonymiser, key: str, value: str) -> str:
    if key == "vendor":
        return value if masks.keep_oui else masks.names.token(value)
    if _PORT.fullmatch(value):
        return value
    prefix = _PREFIX.fullmatch(value)
    if prefix is not None:
        masked = masks.addresses.text(prefix[1])
        return masks.names.token(value) if masked is None else f"{masked}/{prefix[2]}"
    masked_value = masks.value(value)
    is_plain = masked_value.startswith("x-") and key in _SPOKEN and _WORDS.fullmatch(value) is not None
    return value if is_plain else masked_value


_OPEN_EVIDENCE: Final = frozenset(
    (("tcp_syn", "signature"), ("tcp_syn", "forwarded"), ("dhcp", "parameter_list"), ("dhcpv6", "parameter_list"),
     ("smb", "dialect"),
     ("smb", "version"), ("tls", "client"), ("role", "router"), ("nbns", "service"))
)  # fmt: skip
"""(source, attribute) whose values are of software or NetScope's own words."""


def _evidence_row(masks: Anonymiser, row: Row) -> None:
    """A device's evidence, whose value is what its source and attribute say."""
    key = (row["source"], row["attribute"])
    if key == ("oui", "vendor"):
        row["value"] = row["value"] if masks.keep_oui else ""
    elif row["attribute"] == "service":
        row["value"] = masks.names.name(row["value"])
    elif key not in _OPEN_EVIDENCE:
        row["value"] = masks.value(row["value"])


def _alert_row(masks: Anonymiser, row: Row) -> None:
    row["title"] = row["detector"].replace("_", " ")


def _flow_row(masks: Anonymiser, row: Row) -> None:
    """The Community ID of the masked ends: the true one could be guessed by trying addresses."""
    row["community_id"] = None
    if all(row.get(name) is not None for name in ("client_ip", "server_ip", "protocol")):
        is_icmp = row["protocol"] in ("icmp", "icmpv6")
        names = ("icmp_type", "icmp_code") if is_icmp else ("client_port", "server_port")
        first, second = (row.get(name) or 0 for name in names)
        try:
            row["community_id"] = community_id(row["client_ip"], first, row["server_ip"], second, row["protocol"])
        except (OSError, ValueError):
            # A row whose ends were no addresses.
            return


def _rules(text: str, **others: Rule) -> dict[str, Rule]:
    """``text``: the columns that stay."""
    return {**dict.fromkeys(text.split(), _keep), **others}


_WHOLE: Final = "id session_id flow_id device_id timestamp_ns first_seen_ns last_seen_ns"

RULES: Final[dict[str, dict[str, Rule]]] = {
    "sessions": _rules(
        "id kind link_type started_ns ended_ns packets bytes dropped truncated malformed version",
        source=_token, filter=_drop,
    ),
    "devices": _rules(
        f"{_WHOLE} name_source kind os randomized_mac is_gateway bytes_sent bytes_received",
        mac=_mac, name=_token, label=_token, vendor=_vendor, model=_drop, note=_drop,
    ),
    "device_addresses": _rules(_WHOLE, address=_address),
    "device_evidence": _rules(f"{_WHOLE} source attribute value count"),
    "same_devices": _rules("device_id other_device_id confidence gap_ns created_ns updated_ns", evidence=_reasons),
    "flows": _rules(
        f"{_WHOLE} client_port server_port protocol vlan app_protocol app_protocol_source name_source"
        " name_missing_reason application activity country tracker bytes_up bytes_down packets_up packets_down"
        " tcp_state tcp_history rtt_us retransmissions tls_version ja3 ja4 end_reason server_device_id merged_flows"
        " payload_bytes_up payload_bytes_down icmp_type icmp_code community_id shape",
        client_ip=_address, server_ip=_address, server_name=_name, city=_drop, asn=_drop, as_org=_drop,
    ),
    "dns_queries": _rules(
        f"{_WHOLE} transport transaction_id query_type rcode response_time_us",
        client_ip=_address, server_ip=_address, query_name=_name, answers=_answers,
    ),
    "tls_handshakes": _rules(
        f"{_WHOLE} transport ech version negotiated_version cipher ja3 ja3_hash ja3s_hash ja4 alert",
        sni=_name, alpn=_protocols, chosen_alpn=_protocol, certificate_sha256=_hexadecimal,
    ),
    "certificates": _rules(
        "not_before_ns not_after_ns key_type key_bits signature_algorithm self_signed first_seen_ns last_seen_ns",
        sha256=_hexadecimal, subject=_distinguished_name, issuer=_distinguished_name, sans=_names, serial=_serial,
    ),
    "http_requests": _rules(
        f"{_WHOLE} status request_bytes response_bytes authorization_scheme",
        method=_method, host=_name, uri=_uri, user_agent=_token, server=_token, content_type=_media_type,
    ),
    "dhcp_messages": _rules(
        f"{_WHOLE} message_type parameter_request_list from_client transaction_id lease_s",
        mac=_mac, sender_mac=_mac, requested_ip=_address, assigned_ip=_address, server_ip=_address, client_ip=_address,
        sender_ip=_address, hostname=_token, fqdn=_name, vendor_class=_token, domain=_name,
    ),
    "tracker_hits": _rules(f"{_WHOLE} owner category", name=_name, rule=_name, list=_token),
    "alerts": _rules(
        f"{_WHOLE} detector severity first_ns last_ns count state title", evidence=_evidence, key=_token
    ),
    "traffic": _rules("bucket_ns bucket_seconds device_id bytes_up bytes_down packets_up packets_down flows"),
    "counters": _rules("session_id value", name=_slug),
    "upkeep": _rules("name value"),
}  # fmt: skip
"""By table and column."""

LEFT_OUT: Final = frozenset(("baselines", "allow_rules"))
"""Tables that are NetScope's memory or the user's own words."""

_WHOLE_ROWS: Final[dict[str, Callable[[Anonymiser, Row], None]]] = {
    "device_evidence": _evidence_row,
    "alerts": _alert_row,
}


class Anonymiser:
    """One key's masks. The same key makes the same of the same, in every export."""

    def __init__(self, key: bytes, *, keep_oui: bool = False) -> None:
        """``key`` has 2 * KEY_BYTES."""
        self.keep_oui = keep_oui
        self.addresses = AddressMask(key[:KEY_BYTES])
        self.names = NameMask(key[KEY_BYTES:], self.addresses, keep_oui=keep_oui)
        self._macs: dict[str, str] = {}
        """Masked MAC -> the MAC it is of. As many as the recording has."""

    def mac(self, text: str) -> str:
        """No two become the same: a recording has each MAC once."""
        text = text.lower()
        masked, salt = self.names.mac(text), 0
        while self._macs.setdefault(masked, text) != text:
            salt += 1
            masked = self.names.mac(text, str(salt))
        return masked

    def value(self, text: str) -> str:
        """Text of any kind."""
        return self.mac(text) if self.names.is_mac(text) else self.names.value(text)

    def rows(self, table: str, rows: Sequence[Row]) -> list[Row]:
        """Masked copies; what the row has of its flow goes by the flow's rules."""
        if not rows:
            return []
        rules = [(column, self._rule(table, column)) for column in rows[0]]
        return [self._row(table, row, rules) for row in rows]

    def _rule(self, table: str, column: str) -> Rule:
        if column == "device_name":
            return _device_name
        if column == "rowid":
            return _keep
        return RULES[table].get(column) or RULES["flows"].get(column) or _drop

    def _row(self, table: str, row: Row, rules: Sequence[tuple[str, Rule]]) -> Row:
        masked = {column: None if row[column] is None else rule(self, row[column]) for column, rule in rules}
        whole = _WHOLE_ROWS.get(table)
        if whole is not None:
            whole(self, masked)
        if "community_id" in masked:
            _flow_row(self, masked)
        return masked

    def lookups(self, of: Lookups) -> Lookups:
        return MaskedLookups(of, self)


def _device_name(masks: Anonymiser, value: Any) -> Any:
    """A device without a name is called by its MAC."""
    return masks.mac(value) if masks.names.is_mac(value) else masks.names.token(value)


class MaskedLookups:
    """What an export's records may look up, masked."""

    def __init__(self, of: Lookups, masks: Anonymiser) -> None:
        self._of = of
        self._masks = masks
        self._certificates: dict[str, str] = {}

    def uid(self, flow_id: int | None) -> str | None:
        return self._of.uid(flow_id)

    def alerted_flows(self) -> frozenset[int]:
        return self._of.alerted_flows()

    def device_addresses(self) -> list[str]:
        return [str(_address(self._masks, address)) for address in self._of.device_addresses()]

    def device_address(self, device_id: int | None) -> str | None:
        address = self._of.device_address(device_id)
        return None if address is None else str(_address(self._masks, address))

    def certificate(self, sha256: str) -> Row | None:
        """``sha256`` is the masked one; which it is of is found among those of the recording."""
        if len(self._of.certificate_digests()) != len(self._certificates):
            self._certificates = {self._masks.names.hexadecimal(one, 64): one for one in self._of.certificate_digests()}
        true = self._certificates.get(sha256)
        found = None if true is None else self._of.certificate(true)
        return None if found is None else self._masks.rows("certificates", [found])[0]

    def certificate_digests(self) -> list[str]:
        return list(self._certificates)


def key_of(path: Path | None) -> bytes:
    """The key in a file, made there if it is not; without one a random key that is forgotten. Raises NetScopeError."""
    if path is None:
        return secrets.token_bytes(2 * KEY_BYTES)
    try:
        return _read_key(path) if path.exists() else _make_key(path)
    except OSError as error:
        raise from_os(error, path) from error


def _read_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except ValueError:
        key = b""
    if len(key) != 2 * KEY_BYTES:
        raise NetScopeError(f"{path}: not a key of netscope anonymise, which has {4 * KEY_BYTES} hexadecimal digits")
    return key


def _make_key(path: Path) -> bytes:
    key = secrets.token_bytes(2 * KEY_BYTES)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
    return key
