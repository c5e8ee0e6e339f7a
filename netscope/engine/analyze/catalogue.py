"""Every detector there is, in the order they are shown."""

from __future__ import annotations

from collections.abc import Iterable

from netscope.engine.analyze import new_device
from netscope.engine.analyze.address_conflict import AddressConflict
from netscope.engine.analyze.gateway_spoof import GatewaySpoof
from netscope.engine.analyze.host_sweep import HostSweep
from netscope.engine.analyze.judge import Panel
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.new_device import NewDevice
from netscope.engine.analyze.port_scan import PortScan
from netscope.model.records import Device


def all_detectors(learning_s: int | None, known: Iterable[Device]) -> Panel:
    """``learning_s`` None: each detector's own; ``known``: the devices already on record."""
    known = tuple(known)
    neighbours = Neighbours(known)
    learning = new_device.Limits() if learning_s is None else new_device.Limits(learning_s)
    return Panel(
        (
            NewDevice(learning, known=bool(known)),
            GatewaySpoof(neighbours),
            AddressConflict(neighbours),
            PortScan(neighbours),
            HostSweep(neighbours),
        ),
        neighbours,
    )
