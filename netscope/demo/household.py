"""What the demo's exchanges share: the seed, ports not used before, random bytes to send, certificates."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Final

from netscope.demo.cast import ROUTER, Device, Server
from netscope.demo.certificates import Authority
from netscope.demo.hello import CONTENT_APPLICATION, record
from netscope.demo.wire import End, ip_bytes, mac_bytes

NOISE_BYTES: Final = 1 << 18
FIRST_EPHEMERAL_PORT: Final = 49152
EPHEMERAL_PORTS: Final = 65536 - FIRST_EPHEMERAL_PORT
RECORD_BYTES: Final = 16384


class Household:
    """One playing of the demo. The same seed gives the same bytes."""

    def __init__(self, seed: int, start_ns: int) -> None:
        self.start_ns = start_ns
        self._seed = seed
        self.authority = Authority(start_ns)
        rng = self.rng("household")
        self._noise = rng.randbytes(NOISE_BYTES)
        first_ports = self.rng("ports")
        self._next_port: dict[str, int] = defaultdict(lambda: first_ports.randrange(EPHEMERAL_PORTS))

    def rng(self, name: str) -> Random:
        """Randomness of one scenario's own, so that changing one leaves the others as they were."""
        return Random(f"{self._seed} {name}")

    def port(self, device: Device) -> int:
        """A client port the device has not used in this playing, until it has used them all."""
        self._next_port[device.mac] = (self._next_port[device.mac] + 1) % EPHEMERAL_PORTS
        return FIRST_EPHEMERAL_PORT + self._next_port[device.mac]

    def noise(self, size_bytes: int, rng: Random) -> bytes:
        """Bytes that look encrypted. Long ones repeat after a while."""
        start = rng.randrange(NOISE_BYTES)
        data = self._noise[start : start + size_bytes]
        while len(data) < size_bytes:
            data += self._noise[: size_bytes - len(data)]
        return data

    def records(self, size_bytes: int, rng: Random) -> bytes:
        """TLS application data records that carry this many bytes."""
        sizes = [RECORD_BYTES] * (size_bytes // RECORD_BYTES)
        if size_bytes % RECORD_BYTES or not sizes:
            sizes.append(size_bytes % RECORD_BYTES)
        # 17 bytes of content type and tag come with each (RFC 8446, section 5.2).
        return b"".join(record(CONTENT_APPLICATION, self.noise(size + 17, rng)) for size in sizes)

    def ends(self, device: Device, server: Server, rng: Random) -> tuple[End, End]:
        """The device and the server as frames between them show them: by IPv6 where both have it."""
        version6 = device.ipv6 and server.address6 is not None
        address = server.address6 if version6 and server.address6 else server.address
        far = End(mac_bytes(ROUTER.mac), ip_bytes(address), rng.randrange(48, 60))
        return device.end(version=6 if version6 else 4), far
