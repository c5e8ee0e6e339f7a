"""SNMP versions and the community that is never kept."""

from __future__ import annotations

import pytest

from netscope.engine.parse.snmp import looks_like_snmp, read_snmp
from netscope.model.service import Plaintext
from tests.engine.parse import plaintext_samples as samples


@pytest.mark.parametrize(("number", "version"), [(0, "1"), (1, "2c")])
def test_snmp_community_is_a_fact_without_its_value(number: int, version: str) -> None:
    said = read_snmp(samples.snmp(number, b"hunter2"), False)
    assert said.facts == (("version", version), ("pdu", "get-request"))
    assert said.credential == "community"
    assert "hunter2" not in repr(said)


def test_snmp_without_community_and_version_3() -> None:
    assert read_snmp(samples.snmp(1, b""), False).credential is None
    assert read_snmp(samples.SNMP_3, False) == Plaintext((("version", "3"),))
    assert looks_like_snmp(samples.snmp())
    assert not looks_like_snmp(samples.snmp(2))
    assert not looks_like_snmp(samples.ldap_bind())
