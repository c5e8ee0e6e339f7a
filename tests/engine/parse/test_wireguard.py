"""WireGuard's four messages."""

from __future__ import annotations

import pytest

from netscope.engine.parse.wireguard import looks_like_wireguard
from tests.engine.parse import plaintext_samples as samples


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_wireguard(kind: int) -> None:
    message = samples.wireguard(kind)
    assert looks_like_wireguard(message)
    assert not looks_like_wireguard(message + b"\0")
    assert not looks_like_wireguard(message[:1] + b"\1" + message[2:])
