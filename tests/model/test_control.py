from __future__ import annotations

from pathlib import Path

import pytest

from netscope.model.control import check_writable
from netscope.model.errors import NetScopeError


def test_a_file_beneath_one_of_the_folders_can_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    check_writable(Path("/anywhere/at/all"), ())
    check_writable(Path("/data/a/b.csv"), (Path("/home"), Path("/data")))
    check_writable(Path("here.csv"), (tmp_path,))


@pytest.mark.parametrize("path", ["/database/x.csv", "/", "/etc/passwd"])
def test_one_elsewhere_is_refused_with_the_folders(path: str) -> None:
    with pytest.raises(NetScopeError, match="writes only to /home, /data"):
        check_writable(Path(path), (Path("/home"), Path("/data")))
