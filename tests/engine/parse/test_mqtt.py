"""The CONNECT packet of every MQTT version."""

from __future__ import annotations

import pytest

from netscope.engine.parse.mqtt import looks_like_mqtt, read_mqtt
from netscope.model.service import Plaintext
from tests.engine.parse import plaintext_samples as samples


@pytest.mark.parametrize(("level", "version"), [(3, "3.1"), (4, "3.1.1"), (5, "5.0")])
def test_mqtt(level: int, version: str) -> None:
    said = read_mqtt(samples.mqtt_connect(level=level), False)
    assert said.facts == (("version", version), ("client_id", "kitchen-lamp"))
    assert said.credential == "password"
    assert looks_like_mqtt(samples.mqtt_connect(level=level, tail=bytes(300)))


def test_mqtt_without_password_or_client_id() -> None:
    assert read_mqtt(samples.mqtt_connect(b"", flags=0x02), False) == Plaintext((("version", "3.1.1"),))
