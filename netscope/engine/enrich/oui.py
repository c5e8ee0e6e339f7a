"""Vendor of a MAC address by the IEEE registries: 24-, 28- and 36-bit blocks, the longest prefix wins.

The packed table is data/oui.bin, made by tools/build_oui.py: the magic, then one zlib stream of seven sections, each
a 32-bit length and its bytes: the vendor names (UTF-8, one a line), then per block size the sorted prefixes as
differences (64-bit) and the vendor numbers (16-bit). All integers are little-endian.
"""

from __future__ import annotations

import re
import struct
import sys
import zlib
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final

from netscope.model.errors import NetScopeError

BLOCK_BITS: Final = (36, 28, 24)
"""MA-S, MA-M, MA-L: the order of look-up."""
MAGIC: Final = b"NSOUI1\n"
MAC_BITS: Final = 48
LOCAL_BIT: Final = 1 << 41
"""Second-lowest bit of the first octet: the address was not assigned by the IEEE (IEEE 802, section 8.4)."""
GROUP_BIT: Final = 1 << 40

VIRTUAL_PREFIXES: Final = {
    "02:42": "Docker",  # the first two octets of every container's address
    "52:54:00": "QEMU virtual NIC",  # libvirt and QEMU defaults
    "0a:00:27": "VirtualBox host adapter",
}
"""Locally administered prefixes that software assigns by rule: neither random nor in the registry."""

FILE_NAME: Final = "oui.bin"
_DEFAULT_PATH: Final = Path(__file__).parent / "data" / FILE_NAME


def mac_number(mac: str) -> int:
    """``aa:bb:cc:dd:ee:ff`` as an integer."""
    return int(mac.replace(":", ""), 16)


def is_randomized(mac: str) -> bool:
    """True for a locally administered unicast address that no known software assigns by rule.

    Phones and laptops use such addresses per network (IEEE 802.11aq); they say nothing about the vendor.
    """
    number = mac_number(mac)
    return bool(number & LOCAL_BIT) and not number & GROUP_BIT and _virtual_vendor(mac) is None


def _virtual_vendor(mac: str) -> str | None:
    for prefix, vendor in VIRTUAL_PREFIXES.items():
        if mac.startswith(prefix):
            return vendor
    return None


class VendorTable:
    """Sorted prefixes per block size beside vendor numbers; about 1.5 MB for the whole registry."""

    def __init__(self, blocks: Mapping[int, tuple[array[int], array[int]]], names: bytes) -> None:
        self._blocks = blocks
        self._names = names
        starts = array("I", (0,))
        starts.extend(accumulate(len(line) + 1 for line in names.split(b"\n")))
        self._name_starts = starts

    def __len__(self) -> int:
        return sum(len(prefixes) for prefixes, _ in self._blocks.values())

    @property
    def memory_bytes(self) -> int:
        tables = sum(sys.getsizeof(column) for block in self._blocks.values() for column in block)
        return tables + sys.getsizeof(self._names) + sys.getsizeof(self._name_starts)

    @classmethod
    def build(cls, blocks: Mapping[int, Sequence[tuple[int, str]]]) -> VendorTable:
        """From (prefix, vendor) pairs, sorted by prefix, per block size in bits."""
        counts = Counter(vendor for entries in blocks.values() for _, vendor in entries)
        if len(counts) > 0xFFFF:
            raise NetScopeError(f"{len(counts)} vendors are more than the 65535 this table can number")
        # Common vendors first: small numbers compress better.
        names = sorted(counts, key=lambda vendor: (-counts[vendor], vendor))
        number = {vendor: index for index, vendor in enumerate(names)}
        packed = {
            bits: (array("Q", (p for p, _ in entries)), array("H", (number[v] for _, v in entries)))
            for bits, entries in blocks.items()
        }
        return cls(packed, "\n".join(names).encode())

    def packed(self) -> bytes:
        sections = [self._names]
        for bits in BLOCK_BITS:
            prefixes, vendors = self._blocks[bits]
            steps = array("Q", prefixes[:1])
            steps.extend(later - earlier for earlier, later in pairwise(prefixes))
            sections += [_little_endian(steps), _little_endian(vendors)]
        stream = b"".join(struct.pack("<I", len(section)) + section for section in sections)
        return MAGIC + zlib.compress(stream, 9)

    @classmethod
    def unpack(cls, packed: bytes, origin: str) -> VendorTable:
        """``origin`` names the file in the error when it is not such a table."""
        try:
            if not packed.startswith(MAGIC):
                raise ValueError("no NetScope vendor table")
            sections = _sections(zlib.decompress(packed[len(MAGIC) :]))
            blocks = {}
            for bits, steps, vendors in zip(BLOCK_BITS, sections[1::2], sections[2::2], strict=True):
                prefixes = array("Q", accumulate(_from_little_endian("Q", steps)))
                blocks[bits] = (prefixes, _from_little_endian("H", vendors))
        except (ValueError, zlib.error, struct.error) as error:
            raise NetScopeError(f"{origin}: cannot read the MAC vendor table ({error})") from error
        return cls(blocks, sections[0])

    def blocks(self) -> dict[int, list[tuple[int, str]]]:
        """All entries as ``build`` takes them."""
        return {
            bits: [(prefix, self._name(number)) for prefix, number in zip(prefixes, vendors, strict=True)]
            for bits, (prefixes, vendors) in self._blocks.items()
        }

    def find(self, mac: int) -> str | None:
        """Vendor of a 48-bit address by the longest prefix that is listed."""
        for bits in BLOCK_BITS:
            prefix = mac >> (MAC_BITS - bits)
            prefixes, vendors = self._blocks[bits]
            at = bisect_left(prefixes, prefix)
            if at < len(prefixes) and prefixes[at] == prefix:
                return self._name(vendors[at])
        return None

    def _name(self, number: int) -> str:
        start, end = self._name_starts[number], self._name_starts[number + 1] - 1
        return str(self._names[start:end], "utf-8", "replace")


def _little_endian(column: array[int]) -> bytes:
    if sys.byteorder == "big":
        column = array(column.typecode, column)
        column.byteswap()
    return column.tobytes()


def _from_little_endian(typecode: str, packed: bytes) -> array[int]:
    column = array(typecode)
    column.frombytes(packed)
    if sys.byteorder == "big":
        column.byteswap()
    return column


def _sections(stream: bytes) -> list[bytes]:
    sections, at = [], 0
    while at < len(stream):
        (size,) = struct.unpack_from("<I", stream, at)
        sections.append(stream[at + 4 : at + 4 + size])
        at += 4 + size
    return sections


def table_path(user_folder: Path | None) -> Path:
    """The user's imported registry where there is one, else the embedded table."""
    if user_folder is not None:
        own = user_folder / FILE_NAME
        if own.is_file():
            return own
    return _DEFAULT_PATH


@cache
def load(path: Path = _DEFAULT_PATH) -> VendorTable:
    """The table, read once; about 15 ms."""
    try:
        return VendorTable.unpack(path.read_bytes(), str(path))
    except OSError as error:
        raise NetScopeError(f"{path}: cannot read the MAC vendor table ({error.strerror})") from error


def vendor(mac: str, table: VendorTable | None = None) -> str | None:
    """Registered vendor of ``mac``; None for an unlisted or a locally administered address."""
    number = mac_number(mac)
    if number & LOCAL_BIT:
        return _virtual_vendor(mac)
    return (load() if table is None else table).find(number)


_SHORT_NAMES: Final = {
    "hon hai precision": "foxconn",
    "hewlett packard enterprise": "hpe",
    "hewlett packard": "hp",
    "texas instruments": "ti",
    "guangdong oppo": "oppo",
    "new h3c": "h3c",
    "aruba, a hewlett": "aruba",
    "liteon technology": "liteon",
    "lite-on": "liteon",
    "azurewave": "azurewave",
    "murata": "murata",
    "lg electronics": "lg",
    "lg innotek": "lg",
    "tp-link": "tp-link",
    "pcs systemtechnik": "virtualbox",
    "routerboard": "mikrotik",
    "icp electronics": "qnap",
    "cisco-linksys": "linksys",
    "super micro": "supermicro",
    "palo alto": "paloalto",
    "check point": "checkpoint",
    "hmd global": "nokia",
    "freebox": "freebox",
    "bang & olufsen": "bang-olufsen",
    "cisco meraki": "meraki",
    "vantiva": "technicolor",
    "asiarock": "asrock",
    "d-link": "d-link",
    "nest labs": "nest",
    "raspberry pi": "raspberrypi",
    "signify": "hue",
    "philips lighting": "hue",
    "avm audiovisuelles": "avm",
    "ubiquiti": "ubiquiti",
    "silicon laboratories": "silabs",
    "micro-star": "msi",
    "giga-byte": "gigabyte",
    "western digital": "wd",
    "universal global scientific": "usi",
    "universal scientific": "usi",
    "seiko epson": "epson",
    "samsung electro": "samsung",
    "bsh hausger": "bsh",
    "the boeing": "boeing",
    "qemu": "qemu",
}
"""Start of a registered name (lower case) to the name people use."""

_PLACES: Final = frozenset({
    "beijing", "chengdu", "china", "chongqing", "city", "dongguan", "fujian", "fuzhou", "guangdong", "guangzhou",
    "hangzhou", "hefei", "hong", "hui", "huizhou", "hunan", "jiangsu", "kong", "nanjing", "ningbo", "qingdao",
    "shandong", "shanghai", "shen", "shenzhen", "sichuan", "suzhou", "taicang", "the", "tianjin", "wuhan", "wuxi",
    "xiamen", "zhejiang", "zhen", "zhou", "zhuhai",
})  # fmt: skip
"""Chinese vendors register with their city first; it names nobody."""

_WORD: Final = re.compile(r"[a-z0-9][a-z0-9&+-]*")


def short_vendor(name: str) -> str:
    """One lower-case word for a column or a default device name: ``Espressif Inc.`` gives ``espressif``."""
    lower = name.lower()
    for start, short in _SHORT_NAMES.items():
        if lower.startswith(start):
            return short
    words: list[str] = _WORD.findall(lower)
    for word in words:
        if word not in _PLACES and len(word) > 1:
            return word
    return words[0] if words else lower.strip()
