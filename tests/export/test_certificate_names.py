"""Names as Zeek and Suricata write them."""

from __future__ import annotations

import pytest

from netscope.export.certificate_names import suricata_name, zeek_name


@pytest.mark.parametrize(
    ("name", "zeek", "suricata"),
    [
        (
            "CN=*.example.org,O=Example\\, Inc.,C=US",
            "CN=*.example.org,O=Example\\, Inc.,C=US",
            "C=US, O=Example, Inc., CN=*.example.org",
        ),
        (
            "1.2.840.113549.1.9.1=a@example.org,CN=b+2.5.4.5=7,1.3.6.1.4.1.311.60.2.1.3=DE",
            "emailAddress=a@example.org,CN=b+serialNumber=7,jurisdictionC=DE",
            "jurisdictionC=DE, CN=b+serialNumber=7, emailAddress=a@example.org",
        ),
        ("CN=2.5.4.5=x,1.2.3=y", "CN=2.5.4.5=x,1.2.3=y", "1.2.3=y, CN=2.5.4.5=x"),
        ("CN=a\\\\,O=b", "CN=a\\\\,O=b", "O=b, CN=a\\"),
        ("", "", ""),
        ("subject-0a1b2c", "subject-0a1b2c", "subject-0a1b2c"),
    ],
)
def test_names(name: str, zeek: str, suricata: str) -> None:
    assert (zeek_name(name), suricata_name(name)) == (zeek, suricata)
