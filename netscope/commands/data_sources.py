"""Fetches the lists a user has configured. The only part of NetScope that uses the network, and only when told to.

``netscope data update`` calls it, nothing else may; the engine knows nothing of it.
"""

from __future__ import annotations

import os
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from netscope.engine.enrich import folders, imports
from netscope.model.errors import NetScopeError

CONFIG_FILE: Final = "data.toml"
TIMEOUT_S: Final = 30.0
MAX_DOWNLOAD_BYTES: Final = 512 << 20
BLOCK_BYTES: Final = 1 << 16
EXAMPLE: Final = """\
[[source]]
name = "my-list"
kind = "trackers"        # trackers, geoip, oui or fingerprints
url = "https://example.org/list.txt"
format = "domains"       # optional, of trackers: hosts, domains, adblock or csv
sha256 = "…"             # optional: refuse anything else
"""


class Source(NamedTuple):
    name: str
    kind: str
    url: str
    form: str | None
    sha256: str | None


def config_path() -> Path:
    return folders.config_folder() / CONFIG_FILE


def configured(path: Path) -> list[Source]:
    """The sources in the user's file. Raises NetScopeError when there is none or it is wrong."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NetScopeError(
            f"nothing to update: no addresses are configured. Write them to {path}, for example:\n\n{EXAMPLE}"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NetScopeError(f"{path}: {error}") from error
    entries = document.get("source", [])
    if not isinstance(entries, list) or not entries:
        raise NetScopeError(f"{path}: no [[source]] in it")
    return [_source(entry, path) for entry in entries]


def _source(entry: Any, path: Path) -> Source:
    if not isinstance(entry, dict):
        raise NetScopeError(f"{path}: [[source]] wants name, kind and url")
    name, kind, url = entry.get("name"), entry.get("kind"), entry.get("url")
    if not (isinstance(name, str) and isinstance(kind, str) and isinstance(url, str)):
        raise NetScopeError(f"{path}: [[source]] wants name, kind and url")
    if kind not in imports.KINDS:
        raise NetScopeError(f"{path}: kind {kind!r} is none of {', '.join(imports.KINDS)}")
    if urlsplit(url).scheme not in ("http", "https"):
        raise NetScopeError(f"{path}: {url!r} is no http or https address")
    return Source(imports.checked_name(name), kind, url, entry.get("format"), entry.get("sha256"))


def update(source: Source, progress: Callable[[int], None] = lambda _: None) -> imports.Imported:
    """Fetch and import one source. Raises NetScopeError; then the old data is still in place."""
    folder = folders.make_folder(folders.data_folder() / "downloads")
    temporary = folder / f".{source.name}.{os.getpid()}"
    try:
        _fetch(source.url, temporary, progress)
        digest = imports.sha256_of(temporary)
        if source.sha256 and digest != source.sha256.lower():
            raise NetScopeError(f"{source.name}: SHA-256 is {digest}, {source.sha256.lower()} was wanted; not taken")
        return imports.import_file(temporary, source.kind, source.name, source.form, origin=source.url)
    except NetScopeError as error:
        raise NetScopeError(str(error).replace(str(temporary), source.url)) from error
    finally:
        temporary.unlink(missing_ok=True)


def _fetch(url: str, target: Path, progress: Callable[[int], None]) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "NetScope data update"})  # noqa: S310  (checked)
    received = 0
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer, target.open("wb") as file:  # noqa: S310
            while block := answer.read(BLOCK_BYTES):
                received += len(block)
                if received > MAX_DOWNLOAD_BYTES:
                    raise NetScopeError(f"{url}: more than {MAX_DOWNLOAD_BYTES >> 20} MB; not taken")
                file.write(block)
                progress(received)
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise NetScopeError(f"{url}: cannot fetch it ({reason})") from error
