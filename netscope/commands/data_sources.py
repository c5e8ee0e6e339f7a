"""Fetches the lists a user has configured. Beside netscope/notify the only part that uses the network, when told to.

``netscope data update`` calls it, nothing else may; the engine knows nothing of it.
"""

from __future__ import annotations

import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

from netscope.config.data import Source
from netscope.engine.enrich import folders, imports
from netscope.model.errors import NetScopeError

TIMEOUT_S: Final = 30.0
MAX_DOWNLOAD_BYTES: Final = 512 << 20
BLOCK_BYTES: Final = 1 << 16


def update(source: Source, tell: Callable[[float, int], None] = lambda done, kilobytes: None) -> imports.Imported:
    """Fetch and import one source. Raises NetScopeError; then the old data is still in place.

    ``tell`` hears how much has come: its share, 0 where the server does not say how much it is, and kilobytes.
    """
    folder = folders.make_folder(folders.data_folder() / "downloads")
    temporary = folder / f".{source.name}.{os.getpid()}"
    try:
        _fetch(source.url, temporary, tell)
        digest = imports.sha256_of(temporary)
        if source.sha256 and digest != source.sha256.lower():
            raise NetScopeError(f"{source.name}: SHA-256 is {digest}, {source.sha256.lower()} was wanted; not taken")
        imported = imports.import_file(temporary, source.kind, source.name, source.format, origin=source.url)
        warning = imported.warning and imported.warning.replace(str(temporary), source.url)
        return imported._replace(warning=warning)
    except NetScopeError as error:
        raise NetScopeError(str(error).replace(str(temporary), source.url)) from error
    finally:
        temporary.unlink(missing_ok=True)


def _fetch(url: str, target: Path, tell: Callable[[float, int], None]) -> None:
    """Raises NetScopeError, also where less came than the server had announced."""
    request = urllib.request.Request(url, headers={"User-Agent": "NetScope data update"})  # noqa: S310  (checked)
    received = 0
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer, target.open("wb") as file:  # noqa: S310
            announced = int(answer.headers.get("Content-Length") or 0)
            while block := answer.read(BLOCK_BYTES):
                received += len(block)
                if received > MAX_DOWNLOAD_BYTES:
                    raise NetScopeError(f"{url}: more than {MAX_DOWNLOAD_BYTES >> 20} MB; not taken")
                file.write(block)
                tell(received / announced if announced else 0.0, received // 1000)
    except urllib.error.HTTPError as error:
        raise NetScopeError(f"{url}: cannot fetch it ({error.code} {error.reason})") from error
    except http.client.IncompleteRead as error:
        raise NetScopeError(f"{url}: the transfer broke off after {received} bytes; not taken") from error
    except (http.client.HTTPException, OSError, ValueError) as error:  # URLError is an OSError
        reason = getattr(error, "reason", None) or error
        raise NetScopeError(f"{url}: cannot fetch it ({reason})") from error
    if received < announced:
        raise NetScopeError(f"{url}: the transfer broke off after {received} of {announced} bytes; not taken")
