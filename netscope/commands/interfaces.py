"""``netscope interfaces``: what can be captured on, and which would be chosen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from netscope.engine.capture.interfaces import Interface, choose_interface, list_interfaces
from netscope.model.errors import NetScopeError
from netscope.model.text import neutralise

_MAX_CELL_CHARS = 40


@click.command("interfaces")
@click.option("--json", "as_json", is_flag=True, help="One JSON document for programs.")
def interfaces(as_json: bool) -> None:
    """List the network interfaces of this machine.

    A star marks the one NetScope listens on when none is named: the interface of the default route, else the
    first that is up, connected and has an address. Needs no right.
    """
    found = list_interfaces()
    try:
        chosen, reason = choose_interface(found)
    except NetScopeError as error:
        chosen, reason = None, str(error)
    if as_json:
        click.echo(json.dumps(_document(found, chosen, reason), indent=2))
        return
    for line in _table(found, chosen):
        click.echo(line)
    click.echo(f"\n* {chosen.name}: {reason}" if chosen else f"\n{reason}")


def _document(found: Sequence[Interface], chosen: Interface | None, reason: str) -> dict[str, Any]:
    return {
        "chosen": chosen.name if chosen else None,
        "reason": reason,
        "interfaces": [
            {
                "name": interface.name,
                "description": interface.description,
                "kind": interface.kind,
                "driver": interface.driver,
                "up": interface.is_up,
                "carrier": interface.has_carrier,
                "mac": interface.mac,
                "link_type": interface.link_type,
                "addresses": list(interface.addresses),
                "gateway": interface.gateway,
                "default_route": interface.default_route is not None,
            }
            for interface in found
        ],
    }


def _table(found: Sequence[Interface], chosen: Interface | None) -> list[str]:
    """Aligned columns; further addresses of an interface on lines of their own."""
    rows = [("", "NAME", "STATE", "KIND", "LINK", "MAC", "ADDRESSES")]
    for interface in found:
        first, *others = interface.addresses or ("-",)
        mark = "*" if interface is chosen else ""
        kind = neutralise(interface.description, _MAX_CELL_CHARS)
        name = neutralise(interface.name, _MAX_CELL_CHARS)
        rows.append((mark, name, _state(interface), kind, interface.link_type, interface.mac or "-", first))
        rows += [("", "", "", "", "", "", other) for other in others]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _state(interface: Interface) -> str:
    if not interface.is_up:
        return "down"
    return "up" if interface.has_carrier else "no link"
