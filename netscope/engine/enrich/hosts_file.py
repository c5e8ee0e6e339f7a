"""The user's own names for addresses: hosts files, read at start."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Final

from netscope.engine.enrich import folders
from netscope.model.errors import NetScopeError

SYSTEM_FILE: Final = Path("/etc/hosts")
"""Of this machine: its names mean something for live traffic, nothing for a capture from elsewhere."""
FILE_NAME: Final = "hosts"
"""In the user's configuration folder."""
MAX_NAMES: Final = 10_000
"""A home names dozens. Of a blocking list in this form only addresses of hosts are taken, which are few."""
MAX_FILE_BYTES: Final = 16 << 20


def known_hosts(*, is_live: bool, warnings: list[str]) -> dict[str, str]:
    """Names by address of the user's file and, for live traffic, of this machine's; the user's beats it."""
    names: dict[str, str] = {}
    for path in (folders.config_folder() / FILE_NAME, *((SYSTEM_FILE,) if is_live else ())):
        if path.exists():
            try:
                names = {**read_hosts(path), **names}
            except NetScopeError as error:
                warnings.append(str(error))
    return names


def read_hosts(path: Path) -> dict[str, str]:
    """The first name of each address that can be another host's. Raises NetScopeError."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(MAX_FILE_BYTES)
    except OSError as error:
        raise NetScopeError(f"{path}: cannot read the names of hosts ({error.strerror})") from error
    names: dict[str, str] = {}
    for line in text.splitlines():
        address, *words = line.partition("#")[0].split() or ("",)
        if words and len(names) < MAX_NAMES and (host := _host_address(address)) is not None:
            names.setdefault(host, words[0].rstrip("."))
    return names


def _host_address(text: str) -> str | None:
    """In canonical form; None where it is no address, or never another host's."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if address.is_loopback or address.is_unspecified or address.is_multicast or text == "255.255.255.255":
        return None
    return str(address)
