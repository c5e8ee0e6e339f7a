"""A recording written by a process of its own, so that SQLite works on one core while the engine computes on another.

A thread would not do: it binds its values under the interpreter's lock, and the two took as long as one after the
other. For files only: a live capture is one process, with one set of rights and one sandbox.
"""

from __future__ import annotations

import marshal
import os
import pickle
import signal
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

from netscope.engine.store.faults import StoreFault
from netscope.engine.store.opening import Owner
from netscope.engine.store.rows import Batch, Rows, batch_rows
from netscope.engine.store.writer import Known, Recording
from netscope.model.errors import NetScopeError

_LENGTH: Final = struct.Struct("=Q")
# Of marshal: later versions note every object to share equal ones, which takes longer than it saves.
_MARSHAL_VERSION: Final = 2
_DONE, _FAULT, _DEFECT = range(3)


class RecordingProcess:
    """Calls of ``Recording`` that a writer of batches makes, answered by the child that has the file open.

    One batch is on its way at a time. The child takes no signal: it ends when this process closes the pipe or is no
    more, with all that it was sent written.
    """

    def __init__(self, path: Path, now_ns: int, owner: Owner | None = None) -> None:
        """Opens or creates. Raises StoreFault. Call it before any thread runs and while no connection is open."""
        self.path = path
        self.session_id: int | None = None
        self.notices: list[str] = []
        self._size_bytes = 0
        self._over = False
        read_orders, write_orders = os.pipe()
        read_answers, write_answers = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.child = os.fork()
        if self.child == 0:
            os.close(write_orders)
            os.close(read_answers)
            _serve(os.fdopen(read_orders, "rb"), os.fdopen(write_answers, "wb"), path, now_ns, owner)
        os.close(read_orders)
        os.close(write_answers)
        self._orders = os.fdopen(write_orders, "wb", buffering=0)
        self._answers = os.fdopen(read_answers, "rb")
        try:
            self._known: Known = pickle.loads(self._answer())  # noqa: S301 - from our own child
        except BaseException:
            self._reap()
            raise

    def known(self) -> Known:
        """What it tells of earlier runs, as it was when it was opened."""
        return self._known

    def rows(self, batch: Batch) -> Rows:
        """The batch as it is now; records may change afterwards."""
        if batch.session is not None:
            self.session_id = batch.session.id
        return batch_rows(batch, self.session_id)

    def write_rows(self, rows: Rows) -> int:
        """All of it or, on StoreFault, nothing of it; returns the number of rows."""
        try:
            self._orders.write(_framed(marshal.dumps(rows, _MARSHAL_VERSION)))
        except OSError as error:
            raise self._lost() from error
        return int(self._answer())

    def size_bytes(self) -> int:
        """Of the file and its log when the last batch had been written."""
        return self._size_bytes

    def close(self) -> None:
        """Fold the log into the file and let go of it."""
        if self._over:
            return
        self._orders.close()
        try:
            self._answer()
        finally:
            self._reap()

    def _answer(self) -> Any:
        frame = _read_frame(self._answers)
        if frame is None:
            raise self._lost()
        code, value, notices, self._size_bytes = marshal.loads(frame)  # noqa: S302 - from our own child
        self.notices += notices
        if code == _FAULT:
            slug, text = value
            raise StoreFault(slug, text)
        if code == _DEFECT:
            raise RuntimeError(value)
        return value

    def _lost(self) -> NetScopeError:
        self._reap()
        return NetScopeError(
            f"{self.path}: the process that writes the recording was killed, by hand or for want of memory; what it had"
            " written is whole, the rest is not there: record again into another file"
        )

    def _reap(self) -> None:
        if self._over:
            return
        self._over = True
        self._answers.close()
        with suppress(OSError):
            self._orders.close()
        os.waitpid(self.child, 0)


def _framed(data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + data


def _read_frame(source: BinaryIO) -> bytes | None:
    """None: the other side is gone."""
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    frame = source.read(length)
    return frame if len(frame) == length else None


def _serve(orders: BinaryIO, answers: BinaryIO, path: Path, now_ns: int, owner: Owner | None) -> NoReturn:
    """The child's life. It never returns into the parent's code."""
    status = 1
    try:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(name, signal.SIG_IGN)
        _Server(orders, answers).serve(path, now_ns, owner)
        status = 0
    except BaseException:  # noqa: BLE001, S110
        # The child's boundary. What could be said was said in an answer; without a reader nobody is left to tell.
        pass
    finally:
        os._exit(status)


class _Server:
    """Reads batches, writes them, and answers each."""

    def __init__(self, orders: BinaryIO, answers: BinaryIO) -> None:
        self._orders = orders
        self._answers = answers

    def serve(self, path: Path, now_ns: int, owner: Owner | None) -> None:
        try:
            recording = Recording(path, now_ns, owner)
            known = recording.known()
        except Exception as problem:  # noqa: BLE001 - told to the parent, whose boundary it then meets
            self._tell_problem(problem, [])
            return
        self._tell(_DONE, pickle.dumps(known), recording)
        while (frame := _read_frame(self._orders)) is not None:
            try:
                self._tell(_DONE, recording.write_rows(marshal.loads(frame)), recording)  # noqa: S302
            except Exception as problem:  # noqa: BLE001 - told to the parent, whose boundary it then meets
                self._tell_problem(problem, recording.notices)
                recording.notices = []
        recording.close()
        self._tell(_DONE, None, recording)

    def _tell(self, code: int, value: Any, recording: Recording) -> None:
        notices, recording.notices = recording.notices, []
        self._send((code, value, notices, recording.size_bytes()))

    def _tell_problem(self, problem: Exception, notices: list[str]) -> None:
        if isinstance(problem, StoreFault):
            self._send((_FAULT, (problem.slug, str(problem)), notices, 0))
        else:
            self._send((_DEFECT, f"{type(problem).__name__}: {problem}", notices, 0))

    def _send(self, answer: tuple[int, Any, list[str], int]) -> None:
        self._answers.write(_framed(marshal.dumps(answer, _MARSHAL_VERSION)))
        self._answers.flush()
