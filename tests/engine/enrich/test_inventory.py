"""What is loaded, told truly."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.engine.enrich.imports import import_file
from netscope.engine.enrich.inventory import holdings, total_memory_bytes
from netscope.engine.enrich.stage import Enricher


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SUDO_USER", raising=False)
    for name in ("DATA", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


def test_embedded_tables_are_listed_with_entries_and_licence(home: Path) -> None:
    found = {holding.name: holding for holding in holdings(Enricher.open())}
    assert found["IEEE registries"].entries > 50_000
    assert found["IEEE registries"].licence == "BSD-2-Clause"
    assert found["third-party-web"].entries > 1500
    assert found["public suffix list"].date.startswith("20")
    assert {"oui", "trackers", "suffixes", "services", "fingerprints", "devices"} <= {h.kind for h in found.values()}


def test_all_embedded_data_stays_below_its_bound(home: Path) -> None:
    assert total_memory_bytes(list(holdings(Enricher.open()))) < 25_000_000


def test_a_user_s_list_and_databases_are_listed_with_their_source(home: Path, shared_dir: Path) -> None:
    path = home / "list.txt"
    path.write_text("a.example\n")
    import_file(path, "trackers", "mine")
    import_file(shared_dir / "data" / "geoip" / "GeoLite2-City-Test.mmdb", "geoip", "city")
    found = list(holdings(Enricher.open()))
    mine = next(holding for holding in found if holding.name == "mine")
    assert (mine.kind, mine.entries, mine.source, mine.memory_bytes) == ("trackers", 1, str(path), None)
    city = next(holding for holding in found if holding.kind == "city")
    assert (city.name, city.licence, city.entries) == ("GeoLite2-City", "GeoLite2 EULA", 1465)
    assert city.date == "2026-02-04"
