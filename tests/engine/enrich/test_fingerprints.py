"""Software by TLS fingerprint: the embedded tables and a user's own in any column order."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.engine.enrich.fingerprints import JA3, JA4, embedded, read_known_bad, read_table
from netscope.model.errors import NetScopeError

JA3_A = "fe048fe8faf797796e278f2b4f1e9c24"
JA4_A = "t13d1516h2_8daaf6152771_02713d6af862"


def test_embedded_tables_name_software() -> None:
    assert embedded().find(JA3_A) == "curl SNI"
    assert embedded().find(JA4_A) == "Chromium"
    assert embedded().find("0" * 32) is None


def test_no_embedded_fingerprint_of_an_operating_system_s_library_is_called_malware() -> None:
    # Windows' own TLS library: Cobalt Strike uses it, and so does everything else there.
    assert embedded().find("t12i190700_d83cc789557e_16bbda4055b2") is None
    assert embedded().find("t13d190900_9dc949149365_97f8aa674fd9") == "Go"


@pytest.mark.parametrize(
    "line",
    [
        f"{JA3_A},My program",
        f"{JA3_A},2018-08-30 14:58:01,2018-08-30 14:58:01,My program",  # SSLBL: hash, first seen, last seen, reason
        f"My program,{JA3_A.upper()}",
        f'{JA3_A},"My program"',
        f"{JA3_A}\tMy program",
    ],
)
def test_user_tables_may_have_their_columns_in_any_order(tmp_path: Path, line: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"# a comment\nja3_md5,Firstseen,Lastseen,Listingreason\n{line}\n")
    assert read_table(path) == {JA3_A: "My program"}


def test_the_published_tables_are_read(shared_dir: Path) -> None:
    names = read_table(shared_dir / "data" / "fingerprints" / "osx-nix-ja3.csv")
    assert names[JA3_A] == "curl SNI"
    assert all(JA3.fullmatch(fingerprint) for fingerprint in names)
    assert all(JA4.fullmatch(f) for f in read_table(shared_dir / "data" / "fingerprints" / "ja4-applications.tsv"))


def test_a_user_s_name_beats_the_embedded_one() -> None:
    assert embedded().extended({JA3_A: "mine"}).find(JA3_A) == "mine"
    assert embedded().find(JA3_A) == "curl SNI"


def test_a_file_without_fingerprints_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"\xff\xfe\x00 nothing here\n")
    with pytest.raises(NetScopeError, match="no JA3 or JA4"):
        read_table(path)
    with pytest.raises(NetScopeError, match="cannot read"):
        read_table(tmp_path / "none")


def test_lists_of_known_bad_as_they_are_published(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "# abuse.ch SSLBL\n# Listingdate,SHA1,Listingreason\n"
        f"2026-01-02 10:00:00,{'ab' * 20},Dridex C&C\n"
        f"{JA3_A.upper()},2026-01-02 10:00:00,2026-01-03 11:00:00,TrickBot\n"
        f'"{JA4_A}","Sliver"\n'
        f"{':'.join(['CD'] * 32)},own note\n{'ef' * 20}\nnothing,here\n"
    )
    assert read_known_bad(path) == {
        "ab" * 20: "Dridex C&C", JA3_A: "TrickBot", JA4_A: "Sliver", "cd" * 32: "own note", "ef" * 20: "",
    }  # fmt: skip


def test_a_list_that_names_nothing_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("# only words\nfoo,bar\n")
    with pytest.raises(NetScopeError, match="no JA3, JA4 or certificate digest"):
        read_known_bad(path)
