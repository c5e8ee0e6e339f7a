"""Takes a user's files in: checks them, turns them into the form the stage reads, and replaces the old ones as a whole.

A file that fails its check leaves what was there before untouched.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
import re
import zlib
from pathlib import Path
from typing import Final, NamedTuple

from netscope.engine.enrich import fingerprints, folders, oui
from netscope.engine.enrich.list_formats import FORMATS, Tell
from netscope.engine.enrich.place import open_database
from netscope.engine.enrich.trackers import table_from_list
from netscope.model.errors import NetScopeError

KINDS: Final = ("trackers", "geoip", "oui", "fingerprints")
LIST_FOLDER: Final = "trackers"
GEOIP_FOLDER: Final = "geoip"
FINGERPRINT_FOLDER: Final = "fingerprints"
MAX_UNPACKED_BYTES: Final = 1 << 30
"""Of a gzip file: the largest GeoIP databases have 150 MB."""

HEAD_BYTES: Final = 65_536
MMDB_TAIL_BYTES: Final = 128 << 10
"""Within which the metadata of a database begins (MaxMind DB specification 2.0)."""
MMDB_MARK: Final = b"\xab\xcd\xefMaxMind.com"

_FINGERPRINT: Final = re.compile(rb"(?m)^\W*([0-9a-f]{32}|[tqd][0-9s]\w{8}_[0-9a-f]{12}_[0-9a-f]{12})\W*[,;\t]")
"""A line that begins with a JA3 or a JA4."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_REGISTRIES: Final = {"MA-L": 24, "MA-M": 28, "MA-S": 36}
_REGISTRY_PARENT: Final = "IEEE Registration Authority"


class Imported(NamedTuple):
    path: Path
    """Where the data now is."""
    entries: int
    sha256: str
    """Of the file as given."""
    warning: str | None
    """Malformed lines that were left out."""


def checked_name(name: str) -> str:
    """``name`` where it can be a file's; raises NetScopeError."""
    if _NAME.fullmatch(name) is None:
        raise NetScopeError(f"{name!r}: a name has letters, digits, dots and dashes only, at most 64")
    return name


def kind_of(path: Path) -> str:
    """What a file holds, by its content. Raises NetScopeError."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            file.seek(max(0, path.stat().st_size - MMDB_TAIL_BYTES))
            tail = file.read()
    except OSError as error:
        raise NetScopeError(f"{path}: cannot read the file ({error.strerror})") from error
    if head.startswith(b"\x1f\x8b") or MMDB_MARK in tail or path.suffix == ".mmdb":
        return "geoip"
    first_line = head.lstrip(b"\xef\xbb\xbf").partition(b"\n")[0]
    if first_line.startswith(b"Registry,Assignment,"):
        return "oui"
    return "fingerprints" if _FINGERPRINT.search(head) else "trackers"


def import_file(
    path: Path,
    kind: str | None = None,
    name: str | None = None,
    form: str | None = None,
    origin: str | None = None,
    tell: Tell | None = None,
) -> Imported:
    """Check ``path`` and put it in the user's folder. Raises NetScopeError, then nothing has changed.

    ``kind`` None: by the file's content. ``origin`` is where the file came from, where that is not ``path``. ``tell``
    hears how far a list is.
    """
    kind = kind or kind_of(path)
    name = checked_name(name or path.name.partition(".")[0])
    if form is not None and form not in FORMATS:
        raise NetScopeError(f"{form}: no list format; choose one of {', '.join(FORMATS)}")
    digest = sha256_of(path)
    if kind == "trackers":
        return _import_list(path, name, form, digest, origin or str(path.absolute()), tell)
    if kind == "geoip":
        return _import_database(path, name, digest)
    if kind == "oui":
        return _import_registry(path, digest)
    if kind == "fingerprints":
        return _import_fingerprints(path, name, digest)
    raise NetScopeError(f"{kind}: no kind of data; choose one of {', '.join(KINDS)}")


def sha256_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise NetScopeError(f"{path}: cannot read the file ({error.strerror})") from error


def _folder(name: str) -> Path:
    return folders.make_folder(folders.data_folder() / name)


def _import_list(path: Path, name: str, form: str | None, digest: str, origin: str, tell: Tell | None) -> Imported:
    if not path.stat().st_size:
        raise NetScopeError(f"{path}: the file is empty")
    table, report = table_from_list(path, name, form, tell)
    if not len(table):
        raise NetScopeError(f"{path}: no domain name found, read as {report.form}; name its --format")
    if report.malformed > report.rules:
        raise NetScopeError(f"{path}: most lines are no {report.form} lines, the first {report.first_malformed}")
    table.about.update(source=origin, sha256=digest, dated_s=int(path.stat().st_mtime))
    target = _folder(LIST_FOLDER) / f"{name}.nslist"
    table.save(target)
    folders.give_to_user(target)
    return Imported(target, len(table), digest, report.warning)


def _import_database(path: Path, name: str, digest: str) -> Imported:
    target = _folder(GEOIP_FOLDER) / f"{name}.mmdb"
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        _unpack(path, temporary)
        database = open_database(temporary)
        entries = database.nodes
        database.reader.close()
        temporary.replace(target)
    except NetScopeError as error:
        raise NetScopeError(str(error).replace(str(temporary), str(path))) from error
    finally:
        temporary.unlink(missing_ok=True)
    folders.give_to_user(target)
    return Imported(target, entries, digest, None)


def _unpack(path: Path, target: Path) -> None:
    """A copy, unpacked where it is gzip (DB-IP publishes such)."""
    try:
        with path.open("rb") as source:
            packed = source.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as source, target.open("wb") as copy:
            while block := source.read(1 << 20):
                copy.write(block)
                if copy.tell() > MAX_UNPACKED_BYTES:
                    raise NetScopeError(f"{path}: more than {MAX_UNPACKED_BYTES >> 20} MB when unpacked")
    except (OSError, EOFError, zlib.error) as error:  # gzip.BadGzipFile is an OSError
        raise NetScopeError(f"{path}: cannot read the file ({error})") from error


def _import_registry(path: Path, digest: str) -> Imported:
    """A CSV of the IEEE (oui.csv, mam.csv or oui36.csv); registries it does not have stay as they are."""
    found: dict[int, dict[int, str]] = {}
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            for row in csv.DictReader(file):
                bits = _REGISTRIES.get((row.get("Registry") or "").strip())
                vendor = " ".join((row.get("Organization Name") or "").split())
                if bits is not None and vendor and vendor != _REGISTRY_PARENT:
                    found.setdefault(bits, {})[int(row["Assignment"], 16)] = vendor
    except OSError as error:
        raise NetScopeError(f"{path}: cannot read the registry ({error.strerror})") from error
    except (ValueError, KeyError, csv.Error) as error:
        raise NetScopeError(f"{path}: damaged registry ({error})") from error
    if not found:
        raise NetScopeError(f"{path}: no registry of the IEEE: no columns Registry, Assignment, Organization Name")
    folder = folders.make_folder(folders.data_folder())
    blocks = oui.load(oui.table_path(folder)).blocks()
    blocks.update({bits: sorted(entries.items()) for bits, entries in found.items()})
    table = oui.VendorTable.build(blocks)
    target = folder / oui.FILE_NAME
    _write(target, table.packed())
    return Imported(target, sum(map(len, found.values())), digest, None)


def _import_fingerprints(path: Path, name: str, digest: str) -> Imported:
    names = fingerprints.read_table(path)
    target = _folder(FINGERPRINT_FOLDER) / f"{name}.csv"
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(names.items())
    temporary.replace(target)
    folders.give_to_user(target)
    return Imported(target, len(names), digest, None)


def _write(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(target)
    folders.give_to_user(target)
