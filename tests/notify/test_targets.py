"""Each kind of target takes a message, or says in words why not."""

from __future__ import annotations

import http.server
import json
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from netscope.notify.message import plain_message
from netscope.notify.targets import SendFailed, syslog_line, target_of

CONNECT, PUBLISH = 1, 3
"""MQTT 3.1.1, section 2.2.1."""
MESSAGE = {
    **plain_message("new", "high", "Port scan of nas \u2013 20 ports", 0),
    "detector": "port_scan",
    "because": "inside",
}


class Hook(http.server.BaseHTTPRequestHandler):
    status = 204
    taken: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(type(self).status)
        if type(self).status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def hook() -> Iterator[tuple[str, type[Hook]]]:
    kind = type("OwnHook", (Hook,), {"taken": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", kind
        server.shutdown()


def test_a_webhook_gets_json_with_the_users_headers(hook: tuple[str, type[Hook]]) -> None:
    url, kind = hook
    name, send = target_of("webhook", {"url": url, "headers": ["Authorization: Bearer x"]})
    send(MESSAGE)
    ((headers, body),) = kind.taken
    assert json.loads(body) == MESSAGE
    assert (headers["authorization"], headers["content-type"]) == ("Bearer x", "application/json")
    assert name == "webhook 127.0.0.1"


@pytest.mark.parametrize(("status", "lasting"), [(500, False), (429, False), (404, True), (401, True), (302, True)])
def test_a_webhook_that_refuses(hook: tuple[str, type[Hook]], status: int, lasting: bool) -> None:
    url, kind = hook
    kind.status = status
    with pytest.raises(SendFailed, match=f"answered {status}") as failed:
        target_of("webhook", {"url": url, "headers": []})[1](MESSAGE)
    assert failed.value.lasting is lasting
    assert len(kind.taken) == 1


def test_a_webhook_that_is_not_there() -> None:
    with pytest.raises(SendFailed, match="Connection refused"):
        target_of("webhook", {"url": f"http://127.0.0.1:{free_port()}/", "headers": []})[1](MESSAGE)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_command_gets_json_and_what_it_is_about(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = "import os, sys; open(sys.argv[1], 'w').write(sys.stdin.read() + os.environ['NETSCOPE_SEVERITY'])"
    name, send = target_of("command", {"run": [sys.executable, "-c", code, str(out)]})
    send(MESSAGE)
    assert out.read_text() == json.dumps(MESSAGE) + "high"
    assert name == f"command {Path(sys.executable).name}"


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ([sys.executable, "-c", "import sys; sys.exit('no paper')"], "exit code 1: no paper"),
        (["/no/such/program"], "No such file"),
    ],
)
def test_a_command_that_fails(run: list[str], words: str) -> None:
    with pytest.raises(SendFailed, match=words):
        target_of("command", {"run": run})[1](MESSAGE)


def test_a_syslog_line_is_rfc_5424() -> None:
    line = syslog_line(MESSAGE, "daemon", "router", 42).decode()
    head, _, text = line.partition("] ")
    assert head.startswith("<27>1 1970-01-01T00:00:00.000Z router netscope 42 port_scan [origin software=")
    assert text == "\ufeffhigh: Port scan of nas \u2013 20 ports; inside"
    assert syslog_line({**MESSAGE, "severity": "critical", "detector": "rule:\u4e2d x"}, "local7", "h", 1).startswith(
        b"<186>1 "
    )
    assert b" rule:x [" in syslog_line({**MESSAGE, "detector": "rule:\u4e2d x"}, "local7", "h", 1)


def test_syslog_by_udp_tcp_and_the_local_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as by_udp, socket.create_server(("127.0.0.1", 0)) as by_tcp:
        by_udp.bind(("127.0.0.1", 0))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as locally:
            locally.bind(str(tmp_path / "log"))
            for to in (f"udp://127.0.0.1:{by_udp.getsockname()[1]}", f"tcp://127.0.0.1:{by_tcp.getsockname()[1]}",
                       f"unix:{tmp_path}/log"):  # fmt: skip
                target_of("syslog", {"to": to, "facility": "local0"})[1](MESSAGE)
            datagram, local = by_udp.recv(4096), locally.recv(4096)
        connection, _ = by_tcp.accept()
        with connection:
            framed = b"".join(iter(lambda: connection.recv(4096), b""))
    assert datagram.startswith(b"<131>1 ")
    assert local == datagram
    size, _, line = framed.partition(b" ")
    assert int(size) == len(line) == len(datagram)


def test_syslog_over_a_local_stream(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as locally:
        locally.bind(str(tmp_path / "log"))
        locally.listen()
        target_of("syslog", {"to": f"unix:{tmp_path}/log", "facility": "daemon"})[1](MESSAGE)
        connection, _ = locally.accept()
        with connection:
            assert connection.recv(4096).startswith(b"<27>1 ")


def test_syslog_that_is_not_there(tmp_path: Path) -> None:
    for to in (f"unix:{tmp_path}/none", f"tcp://127.0.0.1:{free_port()}"):
        with pytest.raises(SendFailed):
            target_of("syslog", {"to": to, "facility": "daemon"})[1](MESSAGE)


def mqtt_packets(connection: socket.socket) -> Iterator[tuple[int, bytes]]:
    """(type, what follows the fixed header) of each packet: one read may hold several (MQTT 3.1.1, section 2.2)."""
    with connection.makefile("rb") as stream:
        while first := stream.read(1):
            size, shift = 0, 0
            while (digit := stream.read(1)[0]) & 0x80:
                size, shift = size | (digit & 0x7F) << shift, shift + 7
            yield first[0] >> 4, stream.read(size | digit << shift)


def broker(answer: bytes, taken: list[bytes]) -> int:
    """Answers a CONNECT with ``answer`` and confirms each PUBLISH after it (MQTT 3.1.1, sections 3.2 to 3.4)."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection, server:
            for kind, body in mqtt_packets(connection):
                if kind == CONNECT:
                    connection.sendall(b"\x20\x02\x00" + answer)
                elif kind == PUBLISH:
                    after = 2 + struct.unpack_from("!H", body)[0]
                    taken.append(body[after + 2 :])
                    connection.sendall(b"\x40\x02" + body[after : after + 2])

    threading.Thread(target=serve, daemon=True).start()
    return int(server.getsockname()[1])


def mqtt(port: int, **more: Any) -> Callable[[dict[str, Any]], None]:
    settings = {"host": "127.0.0.1", "port": port, "topic": "netscope/alerts", "username": None, "tls": False, **more}
    return target_of("mqtt", settings)[1]


def test_mqtt_publishes_and_waits_for_the_broker() -> None:
    pytest.importorskip("paho.mqtt", reason="needs paho-mqtt")
    taken: list[bytes] = []
    mqtt(broker(b"\x00", taken))(MESSAGE)
    assert [json.loads(payload) for payload in taken] == [MESSAGE]


def test_a_broker_that_is_not_there() -> None:
    pytest.importorskip("paho.mqtt", reason="needs paho-mqtt")
    with pytest.raises(SendFailed, match="Connection refused"):
        mqtt(free_port())(MESSAGE)
