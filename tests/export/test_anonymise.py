"""Nothing that tells who, where or with whom may be left: every original string is searched for."""

from __future__ import annotations

import json
import re
import sqlite3
from itertools import islice
from pathlib import Path

import pytest

from netscope.demo.synthesis import synthesise, write_pcap
from netscope.engine.enrich.community_id import community_id
from netscope.engine.store import schema
from netscope.export.anonymise import LEFT_OUT, RULES, Anonymiser, key_of
from netscope.export.job import Request, export
from netscope.export.kinds import KINDS
from netscope.export.masked_copy import masked_copy
from netscope.export.outputs import FORMATS
from netscope.export.rows import Recorded
from netscope.model.errors import NetScopeError
from netscope.record import run_file
from tests.engine.store.samples import query, write
from tests.export.samples import home

KEY = bytes(range(64))

# Of each table, the columns that may tell something; JSON of them in every part.
TELLING = {
    "sessions": "source filter",
    "devices": "mac name label model",
    "device_addresses": "address",
    "device_evidence": "value",
    "flows": "client_ip server_ip server_name city as_org",
    "dns_queries": "client_ip server_ip query_name answers",
    "tls_handshakes": "sni certificate_sha256",
    "certificates": "sha256 subject issuer sans serial",
    "http_requests": "host uri user_agent server",
    "dhcp_messages": "mac sender_mac requested_ip assigned_ip server_ip client_ip sender_ip hostname fqdn vendor_class"
    " domain",
    "tracker_hits": "name rule",
    "alerts": "title evidence key",
}
# Groups everybody has, words of protocols, and what evidence says of software alone.
HARMLESS = re.compile(
    r"0\.0\.0\.0|255\.255\.255\.255|ff0[25]::[0-9a-f:]{1,6}|224\.0\.0\.\d+|239\.255\.255\.250|[A-Z0-9]{1,6}"
    r"|(_[a-z0-9-]+\.)?_(tcp|udp)(\.local)?|_services\._dns-sd\._udp\.local"
)
OF_SOFTWARE = "(source IN ('tcp_syn', 'role', 'tls', 'smb') OR attribute IN ('parameter_list', 'service'))"


def words_of(value: object) -> set[str]:
    """Every string in a value, JSON or not."""
    if isinstance(value, str):
        try:
            inner = json.loads(value)
        except ValueError:
            return {value}
        return words_of(inner) if isinstance(inner, dict | list) else {value}
    if isinstance(value, dict):
        keys = {str(key) for key in value if not str(key).isidentifier()}
        return keys | {word for part in value.values() for word in words_of(part)}
    if isinstance(value, list):
        return {word for part in value for word in words_of(part)}
    return set()


def telling_words(path: Path) -> set[str]:
    found: set[str] = set()
    for table, columns in TELLING.items():
        but = f" AND NOT {OF_SOFTWARE}" if table == "device_evidence" else ""
        for column in columns.split():
            for (value,) in query(path, f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL{but}"):  # noqa: S608
                found |= words_of(value)
    said = {word.lower() for word in found if len(word) >= 3 and not HARMLESS.fullmatch(word)}
    return said - own_words(path)


def own_words(path: Path) -> set[str]:
    """What NetScope's own tables say, which stays."""
    sql = (
        "SELECT kind FROM devices UNION SELECT os FROM devices UNION SELECT application FROM flows"
        " UNION SELECT tracker FROM flows UNION SELECT owner FROM tracker_hits"
        " UNION SELECT json_extract(evidence, '$.owner') FROM alerts"
    )
    return {word.lower() for (word,) in query(path, sql) if word is not None}


def found_in(text: str, words: set[str]) -> set[str]:
    """Words that stand in ``text`` by themselves; three letters within a hash are chance."""
    near = {word for word in words if word in text}
    return {word for word in near if re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text)}


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evening")
    write_pcap(folder / "evening.pcap", islice(synthesise(1), 12_000))
    run_file(str(folder / "evening.pcap"), folder / "home.db")
    return folder / "home.db"


def everything_written(path: Path, form: str, folder: Path) -> str:
    export(Request(path, ("all",), form, folder, mask=Anonymiser(KEY)))
    if folder.is_file():
        return folder.read_text("utf-8")
    return "".join(file.read_text("utf-8") for file in sorted(folder.iterdir()))


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "parquet"])
@pytest.mark.parametrize("which", ["sample", "evening"])
def test_no_original_string_is_left_in_an_export(form: str, which: str, tmp_path: Path, evening: Path) -> None:
    path = home(tmp_path) if which == "sample" else evening
    told = telling_words(path)
    assert len(told) > 20
    assert found_in(everything_written(path, form, tmp_path / "out").lower(), told) == set()


@pytest.mark.parametrize("which", ["sample", "evening"])
def test_no_original_string_is_left_in_a_copy(which: str, tmp_path: Path, evening: Path) -> None:
    path = home(tmp_path) if which == "sample" else evening
    masked_copy(path, tmp_path / "out.db", Anonymiser(KEY))
    raw = (tmp_path / "out.db").read_bytes().decode("utf-8", "replace").lower()
    assert found_in(raw, telling_words(path)) == set()


def test_a_copy_is_a_recording_with_as_many_rows(tmp_path: Path, evening: Path) -> None:
    masked_copy(evening, tmp_path / "out.db", Anonymiser(KEY))
    assert query(tmp_path / "out.db", "PRAGMA integrity_check") == [("ok",)]
    for kind in KINDS:
        count = f"SELECT count(*) FROM {kind.table}"  # noqa: S608
        assert query(tmp_path / "out.db", count) == query(evening, count)
    numbers = "SELECT id, first_seen_ns, bytes_up, bytes_down, client_port, tcp_history, ja4 FROM flows ORDER BY id"
    assert query(tmp_path / "out.db", numbers) == query(evening, numbers)
    assert not list(tmp_path.glob("out.db?*"))


def test_the_same_becomes_the_same_everywhere(tmp_path: Path) -> None:
    masked_copy(home(tmp_path), tmp_path / "out.db", Anonymiser(KEY))
    ((client, community, first, second),) = query(
        tmp_path / "out.db", "SELECT client_ip, community_id, client_port, server_port FROM flows WHERE id = 1"
    )
    assert (client,) in query(tmp_path / "out.db", "SELECT address FROM device_addresses")
    ((server,),) = query(tmp_path / "out.db", "SELECT server_ip FROM flows WHERE id = 1")
    assert community == community_id(client, first, server, second, "tcp")
    ((sni,),) = query(tmp_path / "out.db", "SELECT sni FROM tls_handshakes")
    assert query(tmp_path / "out.db", "SELECT server_name FROM flows WHERE id = 1") == [(sni,)]
    ((leaf,),) = query(tmp_path / "out.db", "SELECT certificate_sha256 FROM tls_handshakes")
    assert query(tmp_path / "out.db", "SELECT sha256 FROM certificates") == [(leaf,)]
    answers = json.loads(query(tmp_path / "out.db", "SELECT answers FROM dns_queries WHERE id = 1")[0][0])
    assert answers[1]["data"] == server
    assert answers[0]["data"].split(".")[1] == answers[3]["data"].split(".")[1].removeprefix("10 ")


def test_one_key_makes_two_exports_comparable(tmp_path: Path) -> None:
    path = home(tmp_path)
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    export(Request(path, ("flows",), "jsonl", first, mask=Anonymiser(KEY)))
    export(Request(path, ("flows",), "jsonl", second, mask=Anonymiser(KEY)))
    assert first.read_text() == second.read_text()
    other = tmp_path / "other.jsonl"
    export(Request(path, ("flows",), "jsonl", other, mask=Anonymiser(key_of(None))))
    assert other.read_text() != first.read_text()


def test_the_makers_of_cards_may_stay(tmp_path: Path) -> None:
    path = home(tmp_path)
    masked_copy(path, tmp_path / "out.db", Anonymiser(KEY, keep_oui=True))
    ((mac, vendor),) = query(tmp_path / "out.db", "SELECT mac, vendor FROM devices")
    assert (mac[:8], vendor) == ("02:00:00", "Acme")


def test_every_column_has_a_rule(tmp_path: Path) -> None:
    """A new column goes by itself; say in export/anonymise.py what becomes of it, so that it is no oversight."""
    write(tmp_path / "new.db")
    tables = [name for (name,) in query(tmp_path / "new.db", "SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert set(tables) == set(RULES) | LEFT_OUT
    without = [
        f"{table}.{column[1]}"
        for table in sorted(set(tables) - LEFT_OUT)
        for column in query(tmp_path / "new.db", f"PRAGMA table_info({table})")
        if column[1] not in RULES[table]
    ]
    assert without == []
    assert set(schema.CONTRACT) <= set(RULES)


def test_a_column_without_a_rule_goes(tmp_path: Path) -> None:
    path = home(tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE flows ADD COLUMN diary TEXT DEFAULT 'met Anna'")
    connection.close()
    out = tmp_path / "flows.jsonl"
    export(Request(path, ("flows",), "jsonl", out, mask=Anonymiser(KEY)))
    assert json.loads(out.read_text().splitlines()[0])["diary"] is None
    masked_copy(path, tmp_path / "out.db", Anonymiser(KEY))
    assert b"met Anna" not in (tmp_path / "out.db").read_bytes()


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    made = key_of(tmp_path / "key")
    assert key_of(tmp_path / "key") == made
    assert len(made) == 64
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "zz", "00" * 63, "00" * 65, "\u00e9" * 128])
def test_what_is_no_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "key").write_text(content, "utf-8")
    with pytest.raises(NetScopeError, match="128 hexadecimal digits"):
        key_of(tmp_path / "key")


def test_two_macs_never_become_one(tmp_path: Path) -> None:
    masks = Anonymiser(KEY, keep_oui=True)
    macs = [f"3c:28:6d:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}" for number in range(20_000)]
    assert len({masks.mac(mac) for mac in macs}) == 20_000
    assert masks.mac(macs[7]) == masks.mac(macs[7])


def test_a_copy_never_overwrites_and_leaves_no_half_file(tmp_path: Path) -> None:
    path = home(tmp_path)
    with pytest.raises(NetScopeError, match="already there"):
        masked_copy(path, path, Anonymiser(KEY))
    (tmp_path / "broken.db").write_bytes(path.read_bytes()[:4096] + b"\xff" * 8192)
    with pytest.raises(NetScopeError):
        masked_copy(tmp_path / "broken.db", tmp_path / "out.db", Anonymiser(KEY))
    assert not list(tmp_path.glob("out.db*"))


def test_lookups_are_masked(tmp_path: Path) -> None:
    masks = Anonymiser(KEY)
    with Recorded(home(tmp_path)) as recorded:
        lookups = masks.lookups(recorded)
        assert lookups.uid(1) == recorded.uid(1)
        assert lookups.device_address(1) == masks.addresses.text("192.168.1.10")
        assert lookups.device_addresses() == [masks.addresses.text("192.168.1.10")]
        certificate = lookups.certificate(masks.names.hexadecimal("ab" * 32, 64))
        assert certificate is not None
        assert certificate["subject"].startswith("CN=")
        assert "example" not in str(certificate)
        assert lookups.certificate("00" * 32) is None
