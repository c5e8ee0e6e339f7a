"""How a message is sent to each kind of target: once, within a time limit. Retries are delivery.py's.

Imports nothing of the engine: this runs in a process of its own.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

Message = Mapping[str, Any]
Send = Callable[[Message], None]
"""Returns when the message was taken; raises SendFailed."""

TIMEOUT_S: Final = 10.0
SYSLOG_SCHEMES: Final = {"unix": 0, "udp": 514, "tcp": 601}
"""Scheme -> port where none is named (RFC 5426; 601 is syslog over TCP)."""
FACILITIES: Final = {"user": 1, "daemon": 3, "auth": 4, "syslog": 5, "authpriv": 10} | {
    f"local{number}": 16 + number for number in range(8)
}
"""RFC 5424, section 6.2.1."""
_SEVERITIES: Final = {"low": 5, "medium": 4, "high": 3, "critical": 2}
"""Notice, warning, error, critical."""
_MAX_UDP_BYTES: Final = 2_048
"""RFC 5424, section 6.1: what receivers should take."""


class SendFailed(Exception):
    """The target did not take the message; the text says why. ``lasting``: trying again will not help."""

    def __init__(self, text: str, *, lasting: bool = False) -> None:
        super().__init__(text)
        self.lasting = lasting


def target_of(kind: str, settings: Mapping[str, Any]) -> tuple[str, Send]:
    """What to call a target, without secrets, and how to send to it."""
    if kind == "webhook":
        return f"webhook {urlsplit(settings['url']).hostname}", lambda message: _post(settings, message)
    if kind == "command":
        return f"command {Path(settings['run'][0]).name}", lambda message: _run(settings, message)
    if kind == "syslog":
        return f"syslog {settings['to']}", lambda message: _log(settings, message)
    return f"mqtt {settings['host']}", lambda message: _publish(settings, message)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What was meant for one host is not handed to another."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _post(settings: Mapping[str, Any], message: Message) -> None:
    own = (line.partition(":") for line in settings.get("headers") or ())
    headers = {"Content-Type": "application/json", "User-Agent": "netscope"}
    headers |= {name: value.strip() for name, _, value in own}
    request = urllib.request.Request(settings["url"], json.dumps(message).encode(), headers)  # noqa: S310 - checked
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT_S) as answer:
            answer.read(1)
    except urllib.error.HTTPError as error:
        # RFC 9110: of the client's errors only these two are of the moment.
        lasting = error.code < 500 and error.code not in (408, 429)
        raise SendFailed(f"answered {error.code}", lasting=lasting) from None
    except (OSError, ValueError) as error:
        raise SendFailed(_reason(error)) from None


def _run(settings: Mapping[str, Any], message: Message) -> None:
    own = {f"NETSCOPE_{key.upper()}": str(message.get(key) or "") for key in ("event", "severity", "detector", "title")}
    try:
        done = subprocess.run(  # noqa: S603 - the user's own program, without a shell
            list(settings["run"]), input=json.dumps(message).encode(), stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, timeout=TIMEOUT_S, check=False, env={**os.environ, **own},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise SendFailed(f"not done after {TIMEOUT_S:.0f} s; it was ended") from None
    except OSError as error:
        raise SendFailed(error.strerror or str(error)) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0][:100]
        raise SendFailed(f"exit code {done.returncode}{': ' + said if said else ''}")


def syslog_line(message: Message, facility: str, host: str, process_id: int) -> bytes:
    """RFC 5424, section 6: header, the origin of section 7.2, and the text in UTF-8."""
    priority = FACILITIES[facility] * 8 + _SEVERITIES.get(str(message.get("severity")), 5)
    kind = "".join(c for c in str(message.get("detector") or "-") if "!" <= c <= "~")[:32] or "-"
    because = f"; {message['because']}" if message.get("because") else ""
    version = message.get("netscope", "")
    head = f"<{priority}>1 {message['last']} {host} netscope {process_id} {kind}"
    return f'{head} [origin software="netscope" swVersion="{version}"] \ufeff{message["text"]}{because}'.encode()


def _log(settings: Mapping[str, Any], message: Message) -> None:
    host = socket.gethostname()[:255] or "-"
    line = syslog_line(message, settings["facility"], host, os.getpid())
    parts = urlsplit(settings["to"])
    try:
        if parts.scheme == "unix":
            _log_locally(parts.path, line)
        elif parts.scheme == "udp":
            _log_by_datagram(parts.hostname or "", parts.port or SYSLOG_SCHEMES["udp"], line)
        else:
            address = (parts.hostname or "", parts.port or SYSLOG_SCHEMES["tcp"])
            with socket.create_connection(address, TIMEOUT_S) as connection:
                # RFC 6587, section 3.4.1: octet counting.
                connection.sendall(f"{len(line)} ".encode() + line)
    except OSError as error:
        raise SendFailed(_reason(error)) from None


def _log_locally(path: str, line: bytes) -> None:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_UNIX, kind) as local:
            local.settimeout(TIMEOUT_S)
            try:
                local.connect(path)
            except OSError as error:
                if isinstance(error, FileNotFoundError | PermissionError) or kind == socket.SOCK_STREAM:
                    raise
                continue
            local.sendall(line)
            return


def _log_by_datagram(host: str, port: int, line: bytes) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as sender:
        sender.sendto(line[:_MAX_UDP_BYTES], address)


def _publish(settings: Mapping[str, Any], message: Message) -> None:
    try:
        from paho.mqtt import client as mqtt  # noqa: PLC0415
        from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415
    except ImportError:
        raise SendFailed("needs paho-mqtt: pip install 'netscope[mqtt]'", lasting=True) from None
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
    client.connect_timeout = TIMEOUT_S
    if settings.get("username"):
        client.username_pw_set(settings["username"], settings.get("password"))
    if settings.get("tls"):
        client.tls_set_context(ssl.create_default_context())
    refused: list[str] = []
    client.on_connect = lambda _c, _u, _f, code, _p: refused.append(str(code)) if code.is_failure else None
    try:
        client.connect(settings["host"], settings["port"], keepalive=30)
        client.loop_start()
        sent = client.publish(settings["topic"], json.dumps(message), qos=1)
        sent.wait_for_publish(TIMEOUT_S)
    except (OSError, ValueError, RuntimeError) as error:
        raise SendFailed(_reason(error)) from None
    finally:
        client.disconnect()
        client.loop_stop()
    if not sent.is_published():
        raise SendFailed(f"the broker refused: {refused[0]}" if refused else "the broker did not confirm in time")


def _reason(error: Exception) -> str:
    inner = getattr(error, "reason", None)
    cause = inner if isinstance(inner, Exception) else error
    return (getattr(cause, "strerror", None) or str(cause) or type(cause).__name__)[:150]
