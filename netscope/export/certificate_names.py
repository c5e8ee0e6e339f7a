"""Subjects and issuers of certificates as Zeek and Suricata write them. A recording has them as RFC 4514 does."""

from __future__ import annotations

import re
from typing import Final

_ATTRIBUTES: Final = {
    "1.2.840.113549.1.9.1": "emailAddress",
    "1.2.840.113549.1.9.2": "unstructuredName",
    "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
    "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.12": "title",
    "2.5.4.13": "description",
    "2.5.4.15": "businessCategory",
    "2.5.4.17": "postalCode",
    "2.5.4.42": "GN",
    "2.5.4.46": "dnQualifier",
    "2.5.4.97": "organizationIdentifier",
}
"""What OpenSSL calls the attributes that RFC 4514, section 3, has no word for."""
_NUMBER: Final = re.compile(r"(?:^|(?<=[,+]))[0-9]+(?:\.[0-9]+)+(?==)")
_PART: Final = re.compile(r"(?:\\.|[^,\\])+")
_ESCAPED: Final = re.compile(r"\\(.)")


def zeek_name(name: str) -> str:
    """Attributes by their names: a number says nothing to a reader."""
    return _NUMBER.sub(lambda number: _ATTRIBUTES.get(number[0], number[0]), name)


def suricata_name(name: str) -> str:
    """In the certificate's order, which RFC 4514 turns round, and without escapes."""
    return ", ".join(_ESCAPED.sub(r"\1", part) for part in reversed(_PART.findall(zeek_name(name))))
