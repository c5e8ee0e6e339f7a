"""The one table of the configuration: a section is a field here, its options are the fields of its class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netscope.config.allow import Allow, refuse_everything
from netscope.config.capture import Capture
from netscope.config.data import Data
from netscope.config.detectors import Detectors
from netscope.config.exclude import Exclude
from netscope.config.notify import Notify
from netscope.config.option import option, section
from netscope.config.record import Record
from netscope.config.retention import Retention
from netscope.config.rules import Rule, refuse_unfit
from netscope.config.tui import Tui, keys_option


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every section. A new one is a frozen dataclass of ``option`` fields, and one line here.

    Types an option may have: bool, int, float, str, Path; any of them or None; a tuple of them; another such
    dataclass, a tuple of which is an array of tables; a Mapping from str, for tables whose keys are free.
    """

    capture: Capture = section(Capture)
    record: Record = section(Record)
    retention: Retention = section(Retention)
    data: Data = section(Data)
    exclude: Exclude = section(Exclude)
    detectors: Detectors = section(Detectors)
    allow: tuple[Allow, ...] = option((), " ".join((Allow.__doc__ or "").split()), check=refuse_everything)
    notify: Notify = section(Notify)
    tui: Tui = section(Tui)
    keys: Mapping[str, str] = keys_option()
    rule: tuple[Rule, ...] = option((), " ".join((Rule.__doc__ or "").split()), check=refuse_unfit)
