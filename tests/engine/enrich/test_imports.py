"""A user's files are checked, then replace the old ones as a whole, or change nothing."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from netscope.engine.enrich import oui
from netscope.engine.enrich.domain_table import DomainTable
from netscope.engine.enrich.imports import checked_name, import_file, kind_of
from netscope.engine.enrich.place import open_database
from netscope.model.errors import NetScopeError

IEEE = """\
Registry,Assignment,Organization Name,Organization Address
MA-L,00000C,Renamed Systems,Somewhere
MA-L,AABBCC,"New Vendor, Inc.",Somewhere
MA-L,0055DA,IEEE Registration Authority,Piscataway
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "netscope"


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_list_becomes_a_mapped_table_with_its_origin(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("a.example\nb.example\nnot a name\n")
    imported = import_file(path, "trackers", "mine", "domains")
    assert (imported.path, imported.entries) == (home / "trackers" / "mine.nslist", 2)
    assert imported.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert imported.warning == f"1 malformed line left out, the first {path}:3: 'not a name'"
    about = DomainTable.open(imported.path).about
    assert (about["name"], about["source"], about["format"]) == ("mine", str(path), "domains")


def test_a_second_import_of_one_name_replaces_the_first(tmp_path: Path, home: Path) -> None:
    for names in ("a.example\n", "a.example\nb.example\n"):
        (tmp_path / "list.txt").write_text(names)
        import_file(tmp_path / "list.txt", "trackers")
    assert list(everything_in(home)) == ["trackers/list.nslist"]
    assert len(DomainTable.open(home / "trackers" / "list.nslist")) == 2


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("trackers", b""),
        ("trackers", b"This is prose.\nNot a list at all.\nReally not.\nwell.example\n"),
        ("trackers", b"\x00\x01\x02" * 100),
        ("geoip", b"no database"),
        ("geoip", b"\x1f\x8b broken gzip"),
        ("oui", b"a,b\n1,2\n"),
        ("oui", b"Registry,Assignment,Organization Name\nMA-L,XYZ,Vendor\n"),
        ("fingerprints", b"nothing\n"),
    ],
)
def test_a_file_that_fails_its_check_changes_nothing(tmp_path: Path, home: Path, kind: str, content: bytes) -> None:
    good = tmp_path / "x.txt"
    good.write_text("a.example\n")
    import_file(good, "trackers", "x")
    before = everything_in(home)
    path = tmp_path / "bad"
    path.write_bytes(content)
    with pytest.raises(NetScopeError, match="bad"):
        import_file(path, kind, "x")
    assert everything_in(home) == before


@pytest.mark.parametrize("packed", [False, True])
def test_a_database_is_copied_and_unpacked(shared_dir: Path, tmp_path: Path, home: Path, packed: bool) -> None:
    content = (shared_dir / "data" / "geoip" / "GeoLite2-ASN-Test.mmdb").read_bytes()
    path = tmp_path / "asn.mmdb.gz"
    path.write_bytes(gzip.compress(content) if packed else content)
    imported = import_file(path, "geoip")
    assert imported.path == home / "geoip" / "asn.mmdb"
    assert imported.path.read_bytes() == content
    assert open_database(imported.path).kind == "asn"


def test_a_database_cut_in_half_is_refused_under_the_name_it_was_given(shared_dir: Path, tmp_path: Path) -> None:
    content = (shared_dir / "data" / "geoip" / "GeoLite2-ASN-Test.mmdb").read_bytes()
    path = tmp_path / "half.mmdb"
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(NetScopeError, match=f"^{path}: damaged GeoIP database"):
        import_file(path, "geoip")


def test_one_registry_of_the_ieee_leaves_the_others_as_they_were(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "oui.csv"
    path.write_text(IEEE)
    imported = import_file(path, "oui")
    assert (imported.path, imported.entries) == (home / "oui.bin", 2)
    table = oui.VendorTable.unpack(imported.path.read_bytes(), "test")
    found = [table.find(mac) for mac in (0x00000C010203, 0xAABBCC010203, 0x0055DA010203, 0xB827EB010203)]
    assert found == ["Renamed Systems", "New Vendor, Inc.", "Shinko Technos co.,ltd.", None]


def test_fingerprints_are_kept_as_a_table(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "ja3.csv"
    path.write_text("fe048fe8faf797796e278f2b4f1e9c24,My program\n")
    assert import_file(path, "fingerprints").path == home / "fingerprints" / "ja3.csv"


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a b", "x" * 65])
def test_a_name_cannot_lead_out_of_the_folder(name: str) -> None:
    with pytest.raises(NetScopeError, match="a name has letters"):
        checked_name(name)


def test_a_missing_file_and_an_unknown_kind(tmp_path: Path) -> None:
    with pytest.raises(NetScopeError, match="cannot read the file"):
        import_file(tmp_path / "none", "trackers")
    (tmp_path / "x").write_text("a.example\n")
    with pytest.raises(NetScopeError, match="no kind of data"):
        import_file(tmp_path / "x", "weather")
    with pytest.raises(NetScopeError, match="no list format"):
        import_file(tmp_path / "x", "trackers", form="xml")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"0.0.0.0 a.example\n", "trackers"),
        (b"||a.example^\n", "trackers"),
        (b"name,owner\na.example,Ad Inc\n", "trackers"),
        (b"", "trackers"),
        (b"\xff\x00\xfe" * 50, "trackers"),
        (b"\xef\xbb\xbfRegistry,Assignment,Organization Name,Organization Address\r\n", "oui"),
        (b"Registry,Assignment,Organization Name,Organization Address\n", "oui"),
        (b'# from a friend\n"0123456789abcdef0123456789abcdef","curl"\n', "fingerprints"),
        (b"ja4,application\nt13d1516h2_8daaf6152771_b186095e22b6,Chrome\n", "fingerprints"),
        (b"\x1f\x8b\x08\x00 packed", "geoip"),
        (b"x" * 500 + b"\xab\xcd\xefMaxMind.com\xe9", "geoip"),
    ],
    ids=["hosts", "adblock", "csv", "empty", "noise", "ieee with bom", "ieee", "ja3", "ja4", "gzip", "mmdb"],
)
def test_what_a_file_holds_is_told_by_its_content(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert kind_of(path) == kind


def test_a_database_is_taken_in_without_saying_that_it_is_one(home: Path, shared_dir: Path) -> None:
    imported = import_file(shared_dir / "data" / "geoip" / "GeoLite2-City-Test.mmdb")
    assert imported.path.parent.name == "geoip"


def test_how_far_a_list_is_is_told(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("".join(f"host{number}.example\n" for number in range(50_000)))
    told: list[tuple[float, int]] = []
    import_file(path, "trackers", tell=lambda done, lines: told.append((done, lines)))
    assert [lines for _, lines in told] == [10_000, 20_000, 30_000, 40_000, 50_000]
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == 1.0
