"""A sink that keeps what it is given, and the namespace of the live tests."""

from __future__ import annotations

import struct
from typing import NamedTuple

import pytest

from netscope.engine.capture.source import Buffer
from netscope.model.errors import ParseError
from tests.live.namespace import veth

__all__ = ["veth"]


class Frame(NamedTuple):
    timestamp_ns: int
    data: bytes
    wire_length: int
    link_type: int
    interface: int


class KeepingSink:
    """Keeps frames; walks little-endian microsecond pcap only."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def add_frame(self, timestamp_ns: int, data: bytes, wire_length: int, link_type: int, interface: int) -> None:
        self.frames.append(Frame(timestamp_ns, data, wire_length, link_type, interface))

    def open_capture(self, buffer: Buffer, end: int) -> int:
        assert end >= 24
        if bytes(buffer[:4]) != b"\xd4\xc3\xb2\xa1":
            raise ParseError("unsupported_capture_version", 4)
        return 24

    def read_capture(self, buffer: Buffer, offset: int, end: int, max_packets: int) -> tuple[int, int]:
        taken = 0
        while taken < max_packets and offset + 16 <= end:
            seconds, microseconds, length, wire_length = struct.unpack_from("<IIII", buffer, offset)
            if microseconds >= 1_000_000:
                raise ParseError("malformed_capture_record", offset)
            if offset + 16 + length > end:
                break
            data = bytes(buffer[offset + 16 : offset + 16 + length])
            self.add_frame(seconds * 1_000_000_000 + microseconds * 1000, data, wire_length, 1, 0)
            offset += 16 + length
            taken += 1
        return offset, taken


@pytest.fixture
def sink() -> KeepingSink:
    return KeepingSink()
