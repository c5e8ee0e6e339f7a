"""Names of TLS code points."""

from __future__ import annotations

import pytest

from netscope.engine.parse.tls_names import GREASE, alert_name, cipher_suite_name, version_label, version_name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0x1301, "TLS_AES_128_GCM_SHA256"),
        (0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        (0x00FF, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"),
        (0xCAFE, "0xcafe"),
    ],
)
def test_cipher_suites(code, name):
    assert cipher_suite_name(code) == name


@pytest.mark.parametrize(
    ("code", "name", "label"),
    [
        (0x0304, "TLSv1.3", "TLS1.3"),
        (0x0300, "SSLv3", "SSLv3"),
        (0xFEFD, "DTLSv1.2", "DTLS1.2"),
        (0x7F1C, "TLSv1.3-draft28", "TLS1.3"),
        (0x1234, "0x1234", "0x1234"),
    ],
)
def test_versions(code, name, label):
    assert (version_name(code), version_label(code)) == (name, label)


def test_alerts():
    assert alert_name(2, 40) == "fatal handshake_failure"
    assert alert_name(1, 112) == "warning unrecognized_name"
    assert alert_name(9, 250) == "9 250"


def test_grease_is_the_sixteen_values_of_rfc8701():
    assert sorted(GREASE)[:2] == [0x0A0A, 0x1A1A]
    assert max(GREASE) == 0xFAFA
    assert len(GREASE) == 16
