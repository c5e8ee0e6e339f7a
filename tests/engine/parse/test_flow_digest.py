"""The compiled digest is SHA-1 and base64 as the standard library has them."""

from __future__ import annotations

import base64
import hashlib
import random

import pytest

from netscope.engine.parse.meter import flow_digest


@pytest.mark.parametrize("size", range(56))
def test_it_is_sha1_in_base64(size: int) -> None:
    data = random.Random(size).randbytes(size)
    assert flow_digest(data) == base64.b64encode(hashlib.sha1(data).digest()).decode()


def test_more_than_a_block_is_refused() -> None:
    with pytest.raises(ValueError, match="one block"):
        flow_digest(bytes(56))
