"""The compiled digest is SHA-1 and base64 as the standard library has them, over both ends in their order."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import random

import pytest

from netscope.engine.parse.meter import flow_digest


def by_the_library(ends: tuple[tuple[bytes, int], tuple[bytes, int]], protocol: int, ports: bool, seed: int) -> str:
    (source, source_port), (destination, destination_port) = ends
    data = seed.to_bytes(2, "big") + source + destination + bytes((protocol, 0))
    if ports:
        data += source_port.to_bytes(2, "big") + destination_port.to_bytes(2, "big")
    return base64.b64encode(hashlib.sha1(data).digest()).decode()


@pytest.mark.parametrize("number", range(60))
def test_it_is_sha1_in_base64(number: int) -> None:
    chance = random.Random(number)
    size = 4 if number % 2 else 16
    ends = [(chance.randbytes(size), chance.randrange(65536)) for _ in range(2)]
    if number % 5 == 0:
        ends[1] = (ends[0][0], ends[1][1])
    protocol, seed, ports, ordered = chance.randrange(256), chance.randrange(65536), number % 3 > 0, number % 7 == 0
    (source, source_port), (destination, destination_port) = ends
    texts = [str(ipaddress.ip_address(address)) for address in (source, destination)]
    expected = by_the_library(tuple(ends if ordered else sorted(ends)), protocol, ports, seed)
    got = flow_digest(texts[0], source_port, texts[1], destination_port, protocol, ports, ordered, seed)
    assert got == expected


@pytest.mark.parametrize(("source", "destination"), [("192.0.2.1", "::1"), ("", "192.0.2.1"), ("a.example", "::1")])
def test_what_are_no_two_ends_is_refused(source: str, destination: str) -> None:
    with pytest.raises(ValueError, match="address"):
        flow_digest(source, 1, destination, 2, 6, True, False, 0)
