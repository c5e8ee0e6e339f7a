"""``[notify]``: where alerts are sent. Off as long as no target is named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from netscope.config.option import option
from netscope.engine.analyze.detector import RANK
from netscope.notify.targets import FACILITIES, SYSLOG_SCHEMES

MAX_PORT: Final = 65_535


def _web_address(text: str) -> None:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{text!r} is no http or https address")


def _header(text: str) -> None:
    name, colon, value = text.partition(":")
    if not colon or not name or not value.strip() or not text.isprintable() or not text.isascii() or " " in name:
        raise ValueError(f"{text!r} is no header, as Name: value")


def _syslog_address(text: str) -> None:
    parts = urlsplit(text)
    if parts.scheme not in SYSLOG_SCHEMES or not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise ValueError(f"{text!r} is none of unix:/dev/log, udp://host:514, tcp://host:601")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(f"{text!r}: the port is no number up to {MAX_PORT}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Alerts as JSON by HTTP POST."""

    url: str = option(help="Where they are posted.", check=_web_address, example='"https://chat.example.org/hooks/abc"')
    headers: tuple[str, ...] = option(
        (), "Sent along, as a token.", check=_header, example='["Authorization: Bearer abc"]'
    )
    severity: str | None = option(None, "Of this target alone.", choices=lambda: tuple(RANK), example='"high"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program that is run for each alert, with its JSON on standard input; no shell."""

    run: tuple[str, ...] = option(help="The program and its arguments.", example='["/usr/local/bin/tell-me"]')
    severity: str | None = option(None, "Of this target alone.", choices=lambda: tuple(RANK), example='"high"')


def _refuse_nothing(entry: Command) -> None:
    if not entry.run or not entry.run[0]:
        raise ValueError("run: names no program")


@dataclass(frozen=True, slots=True, kw_only=True)
class Syslog:
    """Alerts as syslog messages (RFC 5424)."""

    to: str = option(
        "unix:/dev/log",
        "The local socket, or a host by UDP (RFC 5426) or TCP (RFC 6587).",
        check=_syslog_address,
        example='"udp://192.168.1.5:514"',
    )
    facility: str = option("daemon", "Of the messages.", choices=lambda: tuple(FACILITIES))
    severity: str | None = option(None, "Of this target alone.", choices=lambda: tuple(RANK), example='"low"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Mqtt:
    """Alerts published as JSON by MQTT 3.1.1; needs: pip install 'netscope[mqtt]'."""

    host: str = option(help="The broker.", example='"192.168.1.5"')
    port: int = option(1883, "Of the broker; 8883 is usual with TLS.", at_least=1, at_most=MAX_PORT)
    topic: str = option("netscope/alerts", "What they are published under.")
    username: str | None = option(None, "For the broker.", example='"netscope"')
    password_file: Path | None = option(
        None, "Its first line is the password: it is not in this file.", example='"mqtt-password"'
    )
    tls: bool = option(False, "Whether the connection is encrypted and the broker's certificate checked.")
    severity: str | None = option(None, "Of this target alone.", choices=lambda: tuple(RANK), example='"high"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Where alerts of a live run are sent. Off as long as no target is named; with one, NetScope uses the network."""

    severity: str = option("medium", "The least that is sent.", choices=lambda: tuple(RANK))
    per_hour: int = option(
        30,
        "Messages to one target; what is over is counted and told in one message later.",
        unit="messages",
        reason="one every two minutes is all a person reads",
        at_least=1,
        at_most=3_600,
    )
    webhook: tuple[Webhook, ...] = option((), "Alerts as JSON by HTTP POST.")
    command: tuple[Command, ...] = option(
        (), "A program that is run for each alert, with its JSON on standard input.", check=_refuse_nothing
    )
    syslog: tuple[Syslog, ...] = option((), "Alerts as syslog messages (RFC 5424).")
    mqtt: tuple[Mqtt, ...] = option((), "Alerts published as JSON by MQTT 3.1.1; needs: pip install 'netscope[mqtt]'.")
