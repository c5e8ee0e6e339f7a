"""Fetching configured lists, from a server of the test's own on the loopback."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from netscope.commands import data_sources
from netscope.commands.data_sources import update
from netscope.config.data import Source
from netscope.engine.enrich.domain_table import DomainTable
from netscope.model.errors import NetScopeError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "data" / "netscope"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the address under which its files are served."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def a_list(url: str, form: str | None = None, sha256: str | None = None) -> Source:
    return Source(name="mine", kind="trackers", url=url, format=form, sha256=sha256)


def test_a_list_is_fetched_checked_and_kept_with_its_address(served: tuple[Path, str], home: Path) -> None:
    folder, address = served
    (folder / "list.txt").write_text("a.example\nb.example\n")
    digest = hashlib.sha256(b"a.example\nb.example\n").hexdigest()
    imported = update(a_list(f"{address}/list.txt", "domains", digest))
    assert (imported.entries, imported.sha256) == (2, digest)
    assert DomainTable.open(home / "trackers" / "mine.nslist").about["source"] == f"{address}/list.txt"
    assert list((home / "downloads").iterdir()) == []


@pytest.mark.parametrize(
    ("path", "sha256", "reason"),
    [
        ("missing.txt", None, "cannot fetch"),
        ("empty.txt", None, "the file is empty"),
        ("list.txt", "0" * 64, "SHA-256 is"),
    ],
)
def test_what_fails_leaves_the_old_list(
    served: tuple[Path, str], home: Path, path: str, sha256: str | None, reason: str
) -> None:
    folder, address = served
    (folder / "list.txt").write_text("a.example\n")
    (folder / "empty.txt").write_text("")
    update(a_list(f"{address}/list.txt"))
    before = (home / "trackers" / "mine.nslist").read_bytes()
    with pytest.raises(NetScopeError, match=reason):
        update(a_list(f"{address}/{path}", None, sha256))
    assert (home / "trackers" / "mine.nslist").read_bytes() == before
    assert list((home / "downloads").iterdir()) == []


def test_a_file_without_end_is_given_up(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, address = served
    (folder / "list.txt").write_text("a.example\n" * 100_000)
    monkeypatch.setattr(data_sources, "MAX_DOWNLOAD_BYTES", 1 << 16)
    with pytest.raises(NetScopeError, match="not taken"):
        update(a_list(f"{address}/list.txt"))


class BreaksOff(BaseHTTPRequestHandler):
    """Announces more than it sends, by a length or in chunks."""

    def do_GET(self) -> None:
        if self.path == "/chunks.txt":
            self.protocol_version = "HTTP/1.1"
        self.send_response(200)
        if self.path == "/chunks.txt":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"14\r\na.example\nb.example\n\r\n14\r\nc.exa")
        else:
            self.send_header("Content-Length", "9000")
            self.end_headers()
            self.wfile.write(b"a.example\nb.example\n")
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Not on the terminal."""


@pytest.mark.parametrize("path", ["length.txt", "chunks.txt"])
def test_a_transfer_that_breaks_off_is_not_taken_for_the_list(served: tuple[Path, str], home: Path, path: str) -> None:
    folder, address = served
    (folder / "list.txt").write_text("a.example\nb.example\nc.example\n")
    update(a_list(f"{address}/list.txt"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), BreaksOff)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(NetScopeError, match=r"the transfer broke off after \d+ (of 9000 )?bytes"):
            update(a_list(f"http://127.0.0.1:{server.server_port}/{path}"))
    finally:
        server.shutdown()
        server.server_close()
    assert len(DomainTable.open(home / "trackers" / "mine.nslist")) == 3
    assert list((home / "downloads").iterdir()) == []


def test_a_refusal_is_told_with_its_number(served: tuple[Path, str]) -> None:
    with pytest.raises(NetScopeError, match=r"missing\.txt: cannot fetch it \(404 "):
        update(a_list(f"{served[1]}/missing.txt"))


def test_how_much_has_come_is_told_and_what_was_left_out_with_its_address(served: tuple[Path, str]) -> None:
    folder, address = served
    (folder / "list.txt").write_text("a.example\n" * 20_000 + "-- no name --\n")
    told: list[tuple[float, int]] = []
    imported = update(a_list(f"{address}/list.txt", "domains"), lambda done, kilobytes: told.append((done, kilobytes)))
    assert told[-1] == (1.0, 200)
    assert imported.warning is not None
    assert f"{address}/list.txt:20001" in imported.warning


def test_nothing_listens_there() -> None:
    with pytest.raises(NetScopeError, match="cannot fetch it"):
        update(a_list("http://127.0.0.1:9/list.txt"))
