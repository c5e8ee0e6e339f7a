"""``[exclude]``: devices that are never recorded."""

from __future__ import annotations

from dataclasses import dataclass

from netscope.config.option import option
from netscope.engine.correlate.exclusion import is_device


def _device(text: str) -> None:
    if not is_device(text):
        raise ValueError(f"{text!r} is no MAC and no address, as aa:bb:cc:dd:ee:ff or 192.168.1.5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclude:
    """Devices of which nothing is recorded or shown."""

    devices: tuple[str, ...] = option(
        (),
        "MACs or addresses, at most 64 and 256. By its MAC a device is left out with all its addresses; by an address "
        "only what goes from and to that one.",
        check=_device,
        example='["aa:bb:cc:dd:ee:ff", "192.168.1.5"]',
    )
