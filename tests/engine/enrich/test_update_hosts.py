from __future__ import annotations

from netscope.engine.enrich.update_hosts import is_update_host


def test_update_hosts_match_on_label_boundaries() -> None:
    assert is_update_host("au.download.WindowsUpdate.com.")
    assert not is_update_host("notwindowsupdate.com")
