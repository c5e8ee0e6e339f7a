"""Names, MACs and other text made unrecognisable: the same becomes the same, and nothing tells which it was."""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv6Address
from typing import Final

from publicsuffixlist import PublicSuffixList

from netscope.export.address_masks import AddressMask

LABEL_CHARS: Final = 10
"""Of 32 letters: 50 bits, so that two names of a network meet once in a hundred million networks."""
CACHED: Final = 65_536

KEPT_SUFFIXES: Final = frozenset(
    ("local", "localhost", "localdomain", "lan", "home", "internal", "home.arpa", "in-addr.arpa", "ip6.arpa", "arpa")
)
"""Beside the public ones; any other last label may be the name of somebody's network."""
_PUBLIC: Final = PublicSuffixList(accept_unknown=False, only_icann=True)

_TRANSPORTS: Final = frozenset(("_tcp", "_udp"))
_SERVICE: Final = re.compile(r"_[a-z][a-z0-9-]{0,14}")
"""A service type as registered (RFC 6335, section 5.1)."""
_MAC: Final = re.compile(r"[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}", re.IGNORECASE)


class NameMask:
    """One key's mapping of text."""

    def __init__(self, key: bytes, addresses: AddressMask, *, keep_oui: bool) -> None:
        self._key = key
        self._addresses = addresses
        self._keep_oui = keep_oui
        self.label = lru_cache(maxsize=CACHED)(self._label)
        self.name = lru_cache(maxsize=CACHED)(self._name)

    def _digest(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{purpose}\0{text}".encode("utf-8", "surrogatepass"), sha256)

    def _label(self, text: str) -> str:
        return b32encode(self._digest("label", text.lower())).decode()[:LABEL_CHARS].lower()

    def token(self, text: str) -> str:
        """Of text that is no name; an empty one stays."""
        return f"x-{self.label(text)}" if text else ""

    def _name(self, text: str) -> str:
        """A host name by its labels, but for the public suffix and service types; an address as an address."""
        if not text or text == ".":
            return text
        address = self._addresses.text(text.strip("[]"))
        if address is not None:
            return address
        labels = text.rstrip(".").split(".")
        reverse = self._reverse(labels)
        if reverse is not None:
            return reverse
        kept = _suffix_labels(labels)
        head = labels[: len(labels) - kept]
        return ".".join([*self._labels(head, labels), *(label.lower() for label in labels[len(labels) - kept :])])

    def _labels(self, head: list[str], labels: list[str]) -> list[str]:
        out = []
        for place, label in enumerate(head):
            following = labels[place + 1].lower() if place + 1 < len(labels) else ""
            out.append(label.lower() if _is_kept(label.lower(), following) else self.label(label))
        return out

    def _reverse(self, labels: list[str]) -> str | None:
        """A name that spells an address backwards (RFC 1035, section 3.5; RFC 3596, section 2.5)."""
        lowered = [label.lower() for label in labels]
        if lowered[-2:] == ["in-addr", "arpa"] and len(labels) == 6:
            masked = self._addresses.text(".".join(reversed(labels[:4])))
            return None if masked is None else ".".join((*reversed(masked.split(".")), "in-addr", "arpa"))
        if lowered[-2:] == ["ip6", "arpa"] and len(labels) == 34:
            digits = "".join(reversed(labels[:32]))
            masked = self._addresses.text(":".join(digits[at : at + 4] for at in range(0, 32, 4)))
            return None if masked is None else _ip6_arpa(masked)
        return None

    def is_mac(self, text: str) -> bool:
        return _MAC.fullmatch(text) is not None

    def hexadecimal(self, text: str, digits: int) -> str:
        return self._digest("hexadecimal", text.lower()).hex()[:digits]

    def mac(self, text: str, salt: str = "") -> str:
        """Another MAC of the same kind (group or single, its maker's or its own); with ``keep_oui`` of the same maker.

        ``salt`` gives another one yet.
        """
        octets = text.lower().replace("-", ":").split(":")
        if text.lower() in ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"):
            return text
        digest = self._digest("mac", ":".join(octets) + salt)
        kept = 3 if self._keep_oui else 0
        masked = [int(octet, 16) for octet in octets[:kept]] + list(digest[kept:6])
        if not kept:
            masked[0] = masked[0] & 0xFC | int(octets[0], 16) & 0x03
        return ":".join(f"{octet:02x}" for octet in masked)

    def value(self, text: str) -> str:
        """Text of any kind but a MAC: addresses and host names as such, everything else a token."""
        address = self._addresses.text(text)
        if address is not None:
            return address
        if "." in text and re.fullmatch(r"[A-Za-z0-9_.*-]+", text):
            return self.name(text)
        return self.token(text)


def _is_kept(label: str, following: str) -> bool:
    if label in _TRANSPORTS or label in ("*", "_services", "_dns-sd", "_sub"):
        return True
    return following in _TRANSPORTS and _SERVICE.fullmatch(label) is not None


def _suffix_labels(labels: list[str]) -> int:
    """How many of the last labels are a public suffix or one that says nothing."""
    lowered = [label.lower() for label in labels]
    for count in (2, 1):
        if ".".join(lowered[-count:]) in KEPT_SUFFIXES and len(labels) > count:
            return count
    try:
        suffix = _PUBLIC.publicsuffix(".".join(lowered))
    except (ValueError, UnicodeError):
        return 0
    # A name that is a suffix itself is looked up now and then; it names nobody.
    return 0 if suffix is None else suffix.count(".") + 1


def _ip6_arpa(address: str) -> str:
    return ".".join((*reversed(IPv6Address(address).exploded.replace(":", "")), "ip6", "arpa"))
