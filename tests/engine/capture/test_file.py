"""Capture files, gzip, pipes, and what is said of files that are none of them."""

from __future__ import annotations

import gzip
import os
import re
import struct
import threading
import time
from pathlib import Path

import pytest

from netscope.engine.capture.file import MAX_RECORD_BYTES, WINDOW_BYTES, FileSource, open_file
from netscope.model.errors import NetScopeError
from tests.engine.capture.conftest import KeepingSink

HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)


def record(number: int, size: int) -> bytes:
    data = number.to_bytes(4, "big").ljust(size, b"\xa5")
    return struct.pack("<IIII", 1_700_000_000 + number, number % 1_000_000, len(data), len(data) + 7) + data


def capture(count: int, size: int = 100) -> bytes:
    return HEADER + b"".join(record(number, size) for number in range(count))


def drain(source: FileSource, sink: KeepingSink, budget: int = 1000) -> None:
    while source.pump(sink, budget, 0.1):
        pass


def numbers(sink: KeepingSink) -> list[int]:
    return [int.from_bytes(frame.data[:4], "big") for frame in sink.frames]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("size", [4, 100, 1514, 65_535])
def test_every_packet_is_read_once_in_order(tmp_path: Path, sink: KeepingSink, size: int, *, packed: bool) -> None:
    count = 3 * WINDOW_BYTES // (size + 16) + 5
    path = tmp_path / "x.pcap"
    path.write_bytes(gzip.compress(capture(count, size)) if packed else capture(count, size))
    source = open_file(str(path))
    drain(source, sink)
    assert numbers(sink) == list(range(count))
    assert sink.frames[7].timestamp_ns == 1_700_000_007_000_007_000
    assert {f.wire_length - len(f.data) for f in sink.frames} == {7}
    assert source.notices() == ()
    assert source.progress() == 1.0
    source.close()


def test_a_budget_is_kept_over_windows(tmp_path: Path, sink: KeepingSink) -> None:
    (tmp_path / "x.pcap").write_bytes(capture(2000, 1000))
    source = open_file(str(tmp_path / "x.pcap"))
    counts = []
    while source.pump(sink, 700, 0.0):
        counts.append(len(sink.frames))
    assert counts == [700, 1400]
    assert len(sink.frames) == 2000
    source.close()


def test_progress_grows_to_one(tmp_path: Path, sink: KeepingSink) -> None:
    (tmp_path / "x.pcap").write_bytes(capture(5000, 1000))
    source = open_file(str(tmp_path / "x.pcap"))
    seen = [source.progress()]
    while source.pump(sink, 1000, 0.0):
        seen.append(source.progress())
    shares = [share for share in seen if share is not None]
    assert len(shares) == len(seen)
    assert shares == sorted(shares)
    assert shares[0] < 0.01
    assert 0.3 < shares[2] < 0.6
    source.close()


def test_members_of_gzip_follow_one_another_and_padding_is_ignored(tmp_path: Path, sink: KeepingSink) -> None:
    whole = capture(300)
    cut = 12_345
    path = tmp_path / "x.pcap.gz"
    path.write_bytes(gzip.compress(whole[:cut], mtime=0) + gzip.compress(whole[cut:], mtime=0) + bytes(512))
    source = open_file(str(path))
    drain(source, sink)
    assert numbers(sink) == list(range(300))
    assert source.notices() == ()
    source.close()


def test_gzip_is_known_by_content_not_name(tmp_path: Path, sink: KeepingSink) -> None:
    (tmp_path / "x.gz").write_bytes(capture(3))
    drain(open_file(str(tmp_path / "x.gz")), sink)
    assert numbers(sink) == [0, 1, 2]


def test_a_gzip_bomb_is_read_in_bounded_memory(tmp_path: Path, sink: KeepingSink) -> None:
    size = 60_000
    body = HEADER + (struct.pack("<IIII", 1, 1, size, size) + bytes(size)) * 2000
    path = tmp_path / "x.pcap.gz"
    path.write_bytes(gzip.compress(body, mtime=0))
    assert len(body) > 100 * path.stat().st_size
    source = open_file(str(path))
    while source.pump(sink, 100, 0.0):
        assert len(source._window) == WINDOW_BYTES
        sink.frames.clear()
    source.close()


@pytest.mark.parametrize("cut", [1, 15, 16, 50, 115])
def test_a_file_cut_off_inside_a_packet_says_so(tmp_path: Path, sink: KeepingSink, cut: int) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(capture(10)[:-cut])
    source = open_file(str(path))
    drain(source, sink)
    assert numbers(sink) == list(range(9))
    assert source.notices() == (f"{path} is cut off: its last {116 - cut} bytes are not a whole packet",)
    source.close()


def test_cut_off_and_damaged_gzip_say_so(tmp_path: Path, sink: KeepingSink) -> None:
    path = tmp_path / "x.pcap.gz"
    noise = b"".join(record(number, 100) for number in range(20_000))
    packed = gzip.compress(HEADER + noise, mtime=0)
    path.write_bytes(packed[: len(packed) // 2])
    source = open_file(str(path))
    drain(source, sink)
    assert 0 < len(sink.frames) < 20_000
    assert source.notices() == (f"{path}: its compressed data are cut off; what came before was read",)
    path.write_bytes(packed[: len(packed) // 2] + b"\xff" * 1000 + packed[len(packed) // 2 :])
    source = open_file(str(path))
    drain(source, sink)
    assert source.notices() == (f"{path}: its compressed data are damaged; what came before was read",)


def test_a_damaged_record_ends_the_reading_with_its_place(tmp_path: Path, sink: KeepingSink) -> None:
    path = tmp_path / "x.pcap"
    good = capture(5000, 1000)
    path.write_bytes(good + struct.pack("<IIII", 1, 7_000_000, 4, 4) + b"oops" + record(1, 100))
    source = open_file(str(path))
    drain(source, sink)
    assert numbers(sink) == list(range(5000))
    assert source.notices() == (
        f"{path} is damaged at byte {len(good):,} (malformed_capture_record); what came before it was read",
    )
    source.close()


def test_a_record_without_end_is_not_waited_for(tmp_path: Path, sink: KeepingSink) -> None:
    path = tmp_path / "x.pcap"
    with path.open("wb") as file:
        file.write(capture(3) + struct.pack("<IIII", 1, 1, 0xFFFF_FFF0, 0xFFFF_FFF0))
        file.truncate(MAX_RECORD_BYTES + (1 << 20))
    source = open_file(str(path))
    drain(source, sink)
    assert numbers(sink) == [0, 1, 2]
    assert source.notices() == (f"{path} claims a record above 32 MB at byte 372; what came before it was read",)
    source.close()


def test_a_large_record_is_read_whole(tmp_path: Path, sink: KeepingSink) -> None:
    (tmp_path / "x.pcap").write_bytes(HEADER + record(0, 100) + record(1, 5_000_000) + record(2, 100))
    drain(open_file(str(tmp_path / "x.pcap")), sink)
    assert [len(frame.data) for frame in sink.frames] == [100, 5_000_000, 100]


def test_a_file_of_a_header_alone_is_a_capture_without_packets(tmp_path: Path, sink: KeepingSink) -> None:
    (tmp_path / "x.pcap").write_bytes(HEADER)
    source = open_file(str(tmp_path / "x.pcap"))
    assert source.pump(sink, 100, 0.0) is False
    assert (sink.frames, source.notices()) == ([], ())
    source.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\x1f\x8b", "compressed data are cut off"),
        (gzip.compress(b"", mtime=0), "(after gunzip): it is empty"),
        (
            gzip.compress(b"hello, world", mtime=0),
            "(after gunzip): not a capture file (first bytes 68 65 6c 6c 6f 2c 20 77)",
        ),
        (b"\x1f\x8b\xff\xff\xff\xff", "compressed data are damaged"),
        (b"hello, world, this is a text", "not a capture file (first bytes 68 65 6c 6c 6f 2c 20 77)"),
        (b"\x00", "not a capture file (first bytes 00)"),
        (b"\x28\xb5\x2f\xfd....", "zstd -dc"),
        (b"\xfd7zXZ\x00...", "xz -dc"),
        (b"BZh91AY", "bzip2 -dc"),
        (b"PK\x03\x04...", "zip archive"),
        (b"snoop\x00\x00\x00", "snoop"),
        (b"\x34\xcd\xb2\xa1....", "editcap"),
        (b"SQLite format 3\x00", "netscope view"),
        (HEADER[:4], "ends inside its header, after 4 bytes"),
        (HEADER[:23], "ends inside its header, after 23 bytes"),
        (bytes.fromhex("0a0d0d0a1c0000004d3c2b1a01000000ffffffff"), "ends inside its header, after 20 bytes"),
    ],
)
def test_a_file_that_is_no_capture_is_named_with_the_reason(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "odd"
    path.write_bytes(content)
    with pytest.raises(NetScopeError, match=rf"^cannot read {re.escape(str(path))}.*{re.escape(said)}"):
        open_file(str(path))


def test_missing_files_folders_and_forbidden_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(NetScopeError, match="there is no such file"):
        open_file(str(tmp_path / "absent"))
    with pytest.raises(NetScopeError, match="it is a folder"):
        open_file(str(tmp_path))
    (tmp_path / "secret").write_bytes(HEADER)
    (tmp_path / "secret").chmod(0)
    if os.access(tmp_path / "secret", os.R_OK):
        pytest.skip("root may read everything")
    with pytest.raises(NetScopeError, match="permission denied"):
        open_file(str(tmp_path / "secret"))


def test_refused_files_are_closed(tmp_path: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    for _ in range(5):
        with pytest.raises(NetScopeError):
            open_file(str(tmp_path))
    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize("magic", ["a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "0a0d0d0a"])
def test_every_format_the_meter_reads_is_let_through(tmp_path: Path, magic: str) -> None:
    (tmp_path / "x").write_bytes(bytes.fromhex(magic) + bytes(24))
    open_file(str(tmp_path / "x")).close()


class Pipe:
    """A named pipe with a writer at hand."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._opened = threading.Event()
        self._keeper = threading.Thread(target=self._open)
        self._keeper.start()

    def _open(self) -> None:
        self.writer = os.open(self.path, os.O_WRONLY)
        os.write(self.writer, HEADER)

    def source(self) -> FileSource:
        source = open_file(str(self.path))
        self._keeper.join()
        return source


@pytest.fixture
def pipe(tmp_path: Path) -> Pipe:
    return Pipe(tmp_path / "pipe")


def test_packets_of_a_pipe_are_read_as_they_come(pipe: Pipe, sink: KeepingSink) -> None:
    source = pipe.source()
    assert source.progress() is None
    for number in range(5):
        whole = record(number, 200)
        os.write(pipe.writer, whole[:50])
        assert source.pump(sink, 100, 0.01)
        assert len(sink.frames) == number
        os.write(pipe.writer, whole[50:])
        while len(sink.frames) == number:
            assert source.pump(sink, 100, 0.01)
    os.close(pipe.writer)
    drain(source, sink)
    assert numbers(sink) == [0, 1, 2, 3, 4]
    assert source.notices() == ()
    source.close()


def test_a_silent_pipe_is_waited_for_no_longer_than_told(pipe: Pipe, sink: KeepingSink) -> None:
    source = pipe.source()
    start_s = time.monotonic()
    assert source.pump(sink, 100, 0.1)
    assert 0.05 < time.monotonic() - start_s < 5
    os.close(pipe.writer)
    source.close()


def test_a_compressed_pipe_is_read_as_it_comes(tmp_path: Path, sink: KeepingSink) -> None:
    reading, writing = os.pipe()
    packed = gzip.compress(capture(50))
    os.write(writing, packed[:200])
    source = open_file(f"/dev/fd/{reading}")
    assert source.pump(sink, 100, 0.01)
    assert source.pump(sink, 100, 0.01)
    assert len(sink.frames) < 50
    os.write(writing, packed[200:])
    os.close(writing)
    drain(source, sink)
    assert numbers(sink) == list(range(50))
    os.close(reading)


def test_every_real_capture_is_recognised(captures_dir: Path) -> None:
    refused = {}
    for path in sorted(captures_dir.glob("*.pcap*")):
        try:
            open_file(str(path)).close()
        except NetScopeError as error:
            refused[path.name] = str(error)
    assert set(refused.values()) == set()
