"""Places from MaxMind's test databases, Debian's ranges, and damaged files."""

from __future__ import annotations

import shutil
from pathlib import Path

import maxminddb
import pytest

from netscope.engine.enrich.place import NOWHERE, Place, PlaceLookup, database_paths, open_database
from netscope.model.errors import NetScopeError


@pytest.fixture(scope="session")
def geoip_dir(shared_dir: Path) -> Path:
    return shared_dir / "data" / "geoip"


def only(*paths: Path, ranges: dict[int, Path] | None = None) -> PlaceLookup:
    return PlaceLookup.find(paths, system_folders=(), range_files=ranges or {})


# From MaxMind's source data of the test databases (MaxMind-DB, source-data/GeoLite2-*-Test.json).
@pytest.mark.parametrize(
    ("ip", "country", "city"),
    [
        ("81.2.69.142", "GB", "London"),
        ("81.2.69.160", "GB", "London"),
        ("89.160.20.112", "SE", "Linköping"),
        ("2.125.160.216", "GB", "Boxford"),
        ("216.160.83.56", "US", "Milton"),
        ("67.43.156.1", "BT", None),
        ("2001:218::1", "JP", None),
        ("::ffff:81.2.69.142", "GB", "London"),
        ("8.8.8.8", None, None),
    ],
)
def test_documented_networks_have_their_country_and_city(
    geoip_dir: Path, ip: str, country: str | None, city: str | None
) -> None:
    place = only(geoip_dir / "GeoLite2-City-Test.mmdb").lookup(ip)
    assert (place.country, place.city, place.special) == (country, city, None)


@pytest.mark.parametrize(
    ("ip", "asn", "as_org"),
    [
        ("1.128.0.1", 1221, "Telstra Pty Ltd"),
        ("12.81.92.1", 7018, "AT&T Services"),
        ("89.160.20.112", 29518, "Bredband2 AB"),
        ("2600:7000::1", 6939, "Hurricane Electric, Inc."),
        ("9.9.9.9", None, None),
    ],
)
def test_documented_networks_have_their_as(geoip_dir: Path, ip: str, asn: int | None, as_org: str | None) -> None:
    place = only(geoip_dir / "GeoLite2-ASN-Test.mmdb").lookup(ip)
    assert (place.asn, place.as_org) == (asn, as_org)


def test_country_city_and_as_come_together_from_a_folder(geoip_dir: Path) -> None:
    places = only(geoip_dir)
    assert {database.kind for database in places.databases} == {"city", "country", "asn"}
    assert places.lookup("89.160.20.112") == Place("SE", "Linköping", 29518, "Bredband2 AB")


METADATA_MARK = b"\xab\xcd\xefMaxMind.com"


def encoded(value: object) -> bytes:
    """In the MaxMind DB format: maps, arrays, text of up to 284 bytes, numbers of the sizes its metadata has."""
    if isinstance(value, str):
        raw = value.encode()
        return (bytes([0x40 | len(raw)]) if len(raw) < 29 else bytes([0x40 | 29, len(raw) - 29])) + raw
    if isinstance(value, int):
        size = 2 if value < 64 else 4 if value < 1 << 24 else 8
        return {2: b"\xa2", 4: b"\xc4", 8: b"\x08\x02"}[size] + value.to_bytes(size)
    if isinstance(value, dict):
        return bytes([0xE0 | len(value)]) + b"".join(encoded(k) + encoded(v) for k, v in value.items())
    assert isinstance(value, list)
    return bytes([len(value), 11 - 7]) + b"".join(map(encoded, value))


def renamed(database: Path, name: str, path: Path) -> Path:
    """The database under another type name, as its metadata says."""
    with maxminddb.open_database(database) as reader:
        own = reader.metadata()
    metadata = {key: getattr(own, key) for key in dir(own) if not key.startswith("_")} | {"database_type": name}
    content, mark, _ = database.read_bytes().rpartition(METADATA_MARK)
    path.write_bytes(content + mark + encoded(metadata))
    return path


@pytest.mark.parametrize(
    ("database", "name", "place"),
    [
        ("City", "GeoIP2-City", Place("SE", "Linköping")),
        ("City", "GeoIP2-City-Europe", Place("SE", "Linköping")),
        ("City", "GeoIP2-Enterprise", Place("SE", "Linköping")),
        ("City", "DBIP-City-Lite", Place("SE", "Linköping")),
        ("City", "DBIP-Location (compat=City)", Place("SE", "Linköping")),
        ("City", "DBIP-Location-ISP (compat=Enterprise)", Place("SE", "Linköping")),
        ("Country", "GeoIP2-Country", Place("SE")),
        ("Country", "DBIP-Country-Lite", Place("SE")),
        ("ASN", "DBIP-ASN-Lite (compat=GeoLite2-ASN)", Place(asn=29518, as_org="Bredband2 AB")),
        ("ASN", "GeoIP2-ISP", Place(asn=29518, as_org="Bredband2 AB")),
    ],
)
def test_paid_editions_and_db_ip_answer_too(
    geoip_dir: Path, tmp_path: Path, database: str, name: str, place: Place
) -> None:
    path = renamed(geoip_dir / f"GeoLite2-{database}-Test.mmdb", name, tmp_path / "other.mmdb")
    places = only(path)
    assert places.warnings == []
    assert [found.type for found in places.databases] == [name]
    assert places.lookup("89.160.20.112") == place


def test_a_database_that_tells_nothing_of_places_is_refused(geoip_dir: Path, tmp_path: Path) -> None:
    path = renamed(geoip_dir / "GeoLite2-ASN-Test.mmdb", "GeoIP2-Anonymous-IP", tmp_path / "other.mmdb")
    assert only(path).warnings == [f"{path}: a GeoIP2-Anonymous-IP database says nothing of country, city or AS"]


@pytest.mark.parametrize(
    ("ip", "special"),
    [("192.168.1.1", "private"), ("100.64.0.1", "cgnat"), ("ff02::fb", "multicast"), ("192.0.2.7", "documentation")],
)
def test_special_ranges_are_named_and_nowhere(geoip_dir: Path, ip: str, special: str) -> None:
    assert only(geoip_dir).lookup(ip) == Place(special=special)


@pytest.mark.parametrize("text", ["", "no address", "300.1.1.1", "fe80::1%eth0x:"])
def test_what_is_no_address_is_nowhere(text: str) -> None:
    assert only().lookup(text) in (NOWHERE, Place(special="link_local"))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_database_cut_off_is_reported_once_and_the_rest_is_used(
    geoip_dir: Path, tmp_path: Path, share: float
) -> None:
    whole = (geoip_dir / "GeoLite2-City-Test.mmdb").read_bytes()
    cut = tmp_path / "cut.mmdb"
    cut.write_bytes(whole[: int(len(whole) * share)])
    places = only(cut, geoip_dir / "GeoLite2-Country-Test.mmdb")
    assert places.lookup("81.2.69.142").country == "GB"
    assert places.lookup("81.2.69.160").country == "GB"
    assert len(places.warnings) == 1
    assert places.warnings[0].startswith(f"{cut}: damaged GeoIP database")


def test_a_database_damaged_inside_is_given_up_at_its_first_error(geoip_dir: Path, tmp_path: Path) -> None:
    content = bytearray((geoip_dir / "GeoLite2-City-Test.mmdb").read_bytes())
    content[9000:20000] = b"\xff" * 11000  # the data section; tree and metadata stay
    damaged = tmp_path / "damaged.mmdb"
    damaged.write_bytes(content)
    places = only(damaged, geoip_dir / "GeoLite2-Country-Test.mmdb")
    found = [places.lookup(f"81.2.69.{last}").country for last in range(142, 190)]
    assert set(found) == {"GB"}
    assert len(places.warnings) == 1
    assert "no longer used" in places.warnings[0]


def test_named_files_come_before_those_of_folders(geoip_dir: Path, tmp_path: Path) -> None:
    shutil.copy(geoip_dir / "GeoLite2-ASN-Test.mmdb", tmp_path / "b.mmdb")
    shutil.copy(geoip_dir / "GeoLite2-ASN-Test.mmdb", tmp_path / "a.mmdb")
    named = tmp_path / "b.mmdb"
    assert database_paths([named], [tmp_path]) == [named, tmp_path / "a.mmdb"]


def test_a_missing_named_file_is_a_warning_with_its_path(tmp_path: Path) -> None:
    places = only(tmp_path / "none.mmdb")
    assert places.warnings == [f"{tmp_path / 'none.mmdb'}: cannot read this GeoIP database (No such file or directory)"]


def test_a_text_file_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "x.mmdb"
    path.write_text("hello")
    with pytest.raises(NetScopeError, match="damaged GeoIP database"):
        open_database(path)


def test_country_ranges_answer_where_no_database_does(geoip_dir: Path, tmp_path: Path) -> None:
    ranges = tmp_path / "geoip"
    ranges.write_text("134744064,134744319,US\n")  # 8.8.8.0/24
    places = only(geoip_dir / "GeoLite2-City-Test.mmdb", ranges={4: ranges, 6: tmp_path / "none"})
    assert places.lookup("8.8.8.8") == Place("US")
    assert places.lookup("81.2.69.142").city == "London"
    assert places.lookup("2600::1") == NOWHERE


def test_damaged_country_ranges_are_reported_once(tmp_path: Path) -> None:
    ranges = tmp_path / "geoip"
    ranges.write_text("no ranges at all\n")
    places = only(ranges={4: ranges})
    assert [places.lookup(ip) for ip in ("8.8.8.8", "9.9.9.9")] == [NOWHERE, NOWHERE]
    assert len(places.warnings) == 1


def test_debian_s_ranges_know_well_known_addresses() -> None:
    debian = Path("/usr/share/tor/geoip")
    if not debian.is_file():
        pytest.skip("tor-geoipdb is not installed")
    places = only(ranges={4: debian})
    assert [places.lookup(ip).country for ip in ("130.89.148.77", "193.99.144.80")] == ["NL", "DE"]
