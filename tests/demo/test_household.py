"""What the exchanges share."""

from __future__ import annotations

import pytest

from netscope.demo.cast import DESKTOP, NAS, PRINTER, SERVERS
from netscope.demo.hello import CONTENT_APPLICATION
from netscope.demo.household import EPHEMERAL_PORTS, Household

START_NS = 1_767_290_400_000_000_000


@pytest.fixture
def home() -> Household:
    return Household(1, START_NS)


def test_ports_repeat_only_when_all_are_used(home: Household) -> None:
    ports = [home.port(DESKTOP) for _ in range(EPHEMERAL_PORTS)]
    assert len(set(ports)) == EPHEMERAL_PORTS
    assert min(ports) == 49152
    assert home.port(DESKTOP) == ports[0]


def test_each_evening_starts_with_other_ports(home: Household) -> None:
    assert home.port(DESKTOP) != Household(2, START_NS).port(DESKTOP)


@pytest.mark.parametrize("size_bytes", [0, 1, 16384, 16385, 300_000])
def test_records_carry_what_was_asked(home: Household, size_bytes: int) -> None:
    data, carried = home.records(size_bytes, home.rng("test")), 0
    while data:
        assert data[0] == CONTENT_APPLICATION
        length = int.from_bytes(data[3:5])
        carried += length - 17
        data = data[5 + length :]
    assert carried == size_bytes


def test_ipv6_is_used_where_both_ends_have_it(home: Household) -> None:
    both, neither = SERVERS["www.google.com"], SERVERS["logs.roku.com"]
    sizes = [
        [len(end.address) for end in home.ends(device, server, home.rng("test"))]
        for device, server in ((NAS, both), (NAS, neither), (PRINTER, both))
    ]
    assert sizes == [[16, 16], [4, 4], [4, 4]]


def test_noise_is_as_long_as_asked(home: Household) -> None:
    assert len(home.noise(1_000_000, home.rng("test"))) == 1_000_000
