from __future__ import annotations

from pathlib import Path

import pytest

from netscope.config.exclude import Exclude
from netscope.config.reading import ConfigInvalid, read_config

HERE = Path("/etc/netscope/netscope.toml")


def test_macs_and_addresses_are_taken() -> None:
    config, _ = read_config('[exclude]\ndevices = ["AA-BB-CC-DD-EE-FF", "192.168.1.5", "fd00::1"]\n', HERE)
    assert config.exclude == Exclude(devices=("AA-BB-CC-DD-EE-FF", "192.168.1.5", "fd00::1"))


@pytest.mark.parametrize("entry", ["tv", "192.168.1.0/24", "aa:bb:cc"])
def test_anything_else_is_refused_by_its_place_in_the_list(entry: str) -> None:
    with pytest.raises(ConfigInvalid, match=r"netscope.toml:2: exclude.devices\[2\]: '.+' is no MAC and no address"):
        read_config(f'[exclude]\ndevices = ["10.0.0.1", "{entry}"]\n', HERE)
