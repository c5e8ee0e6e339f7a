"""Live counters of a headless run over a unix socket beside the recording, for its owner and root.

One request a connection, a word to its end: ``status`` or ``reload``. The answer is one JSON document.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from netscope import __version__
from netscope.engine.thread import Engine
from netscope.model.errors import NetScopeError

SUFFIX: Final = "-status"
MAX_REQUEST_BYTES: Final = 64
MAX_ANSWER_BYTES: Final = 1 << 20
CLIENT_TIMEOUT_S: Final = 2.0
"""A client that does not read or write for so long is left."""
ANSWER_TIMEOUT_S: Final = 120.0
"""A reload reads lists of millions of names."""
MAX_NOTICES: Final = 50
_MAX_SOCKET_PATH_BYTES: Final = 100

Document = dict[str, Any]


class StatusBoard:
    """A watcher of the engine: what was so at its last second, as one immutable document."""

    def __init__(self, recording: Path, rights: str | None = None) -> None:
        """``rights``: whose the run goes on with, in words."""
        self._recording = recording
        self._rights = rights
        self._before: tuple[int, int, int] | None = None
        self._document: Document = {}
        self._published_s = time.monotonic()
        self._began_s = self._published_s

    def publish(self, engine: Engine, now_ns: int) -> None:
        self._published_s = time.monotonic()
        self._document = {**self._of_run(engine), **self._of_traffic(engine, now_ns), **self._of_store(engine)}

    def document(self) -> Document:
        """With the age of what is told: an engine that hangs is one whose counters grow old."""
        now_s = time.monotonic()
        return {
            **self._document,
            "age_s": round(now_s - self._published_s, 3),
            "uptime_s": round(now_s - self._began_s, 1),
            "rss_bytes": _rss_bytes(),
        }

    def _of_run(self, engine: Engine) -> Document:
        session = engine.pipeline.session
        return {
            "version": __version__,
            "pid": os.getpid(),
            "rights": self._rights,
            "source": engine.source.name,
            "filter": engine.source.filter,
            "started_ns": session.started_ns,
            "notices": [*engine.notices, *engine.source.notices()][-MAX_NOTICES:],
        }

    def _of_traffic(self, engine: Engine, now_ns: int) -> Document:
        pipeline, meter, statistics = engine.pipeline, engine.pipeline.meter, engine.statistics
        before = self._before or (now_ns, meter.packets, meter.bytes)
        elapsed_s = max(1e-3, (now_ns - before[0]) / 1e9)
        self._before = now_ns, meter.packets, meter.bytes
        names = [interface.name for interface in engine.source.interfaces()]
        return {
            "packets": meter.packets,
            "bytes": meter.bytes,
            "packets_per_s": round(max(0, meter.packets - before[1]) / elapsed_s, 1),
            "bits_per_s": round(max(0, meter.bytes - before[2]) * 8 / elapsed_s),
            "dropped_kernel": statistics.dropped_kernel,
            "dropped_interface": statistics.dropped_interface,
            "capture_failures": statistics.failures,
            "truncated": meter.truncated,
            "malformed": pipeline.session.malformed,
            "flows_open": meter.flows_open,
            "flows": meter.flows_opened,
            "flows_evicted": meter.counters().get("flow_table_full", 0),
            "devices": len(pipeline.correlator.devices),
            "alerts": len(pipeline.alerts),
            "interfaces": [
                {"name": name, "received": received, "dropped_kernel": kernel, "dropped_interface": card}
                for name, (received, kernel, card) in zip(names, statistics.per_interface, strict=False)
            ],
        }

    def _of_store(self, engine: Engine) -> Document:
        writer = engine.writer
        counters = writer.counters() if writer is not None else {}
        return {
            "recording": str(self._recording),
            "recording_bytes": writer.size_bytes() if writer is not None else 0,
            "rows_written": counters.get("store_rows", 0),
            "rows_waiting": counters.get("store_waiting_rows", 0),
            "rows_dropped": counters.get("store_dropped_rows", 0),
            "store_faults": {name: count for name, count in counters.items() if name.startswith("store_fault_")},
        }


class StatusServer:
    """Answers in a thread of its own, one client at a time."""

    def __init__(self, recording: Path, board: StatusBoard, reload: Callable[[], Document]) -> None:
        """``reload`` says what came of it. Raises NetScopeError where the socket cannot be made."""
        self._path = socket_path(recording)
        self._requests: dict[bytes, Callable[[], Document]] = {b"status": board.document, b"reload": reload}
        self._socket = _listening_socket(self._path)
        self._thread = threading.Thread(target=self._serve, name="netscope-status", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._thread.join(CLIENT_TIMEOUT_S)
        self._socket.close()
        with contextlib.suppress(OSError):  # the disk has turned read-only; the next run takes its place
            self._path.unlink(missing_ok=True)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:  # closed
                return
            with client, contextlib.suppress(OSError):
                client.settimeout(CLIENT_TIMEOUT_S)
                self._answer(client)

    def _answer(self, client: socket.socket) -> None:
        _, uid, _ = struct.unpack("=iII", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if uid not in {0, os.getuid()}:
            return
        answer = self._requests.get(_request(client))
        document = answer() if answer is not None else {"error": "no such request"}
        client.sendall(json.dumps(document).encode() + b"\n")


def _request(client: socket.socket) -> bytes:
    """All the client says; bytes left unread would take the answer from it."""
    request = b""
    while part := client.recv(MAX_REQUEST_BYTES):
        request = (request + part)[:MAX_REQUEST_BYTES]
    return request.strip()


def socket_path(recording: Path) -> Path:
    return recording.with_name(recording.name + SUFFIX)


def ask(recording: Path, request: str) -> Document:
    """What the recorder of this file answers. Raises NetScopeError when there is none."""
    path = socket_path(recording)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, _short(path) as address:
        connection.settimeout(ANSWER_TIMEOUT_S)
        try:
            connection.connect(address)
            connection.sendall(f"{request}\n".encode())
            connection.shutdown(socket.SHUT_WR)
            document: Document = json.loads(_all_of(connection))
        except (FileNotFoundError, ConnectionRefusedError):
            raise NetScopeError(f"nobody is recording to {recording}; name another one with --db") from None
        except PermissionError:
            raise NetScopeError(f"{path} answers its owner and root only; run it with sudo, or as that user") from None
        except (OSError, ValueError) as error:
            raise NetScopeError(f"{path}: no answer ({error})") from None
    return document


def _all_of(connection: socket.socket) -> bytes:
    data = b""
    while len(data) < MAX_ANSWER_BYTES and (part := connection.recv(1 << 16)):
        data += part
    return data


def _listening_socket(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        # The recording's lock is held, so one left behind is of a recorder that was killed.
        path.unlink(missing_ok=True)
        os.fchmod(listening.fileno(), 0o600)  # becomes the mode of the file
        with _short(path) as address:
            listening.bind(address)
        listening.listen(4)
    except OSError as error:
        listening.close()
        raise NetScopeError(f"{path}: cannot make the status socket ({error.strerror})") from None
    return listening


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """The path as a socket's address, which has room for 107 bytes: a long one goes by its folder's descriptor."""
    if len(os.fsencode(path)) <= _MAX_SOCKET_PATH_BYTES:
        yield str(path)
        return
    try:
        folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise NetScopeError(f"{path.parent}: {error.strerror}") from None
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _rss_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
