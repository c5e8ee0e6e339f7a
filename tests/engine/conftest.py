"""Fixtures of the engine's tests on live interfaces; each is skipped, by name, without root."""

from tests.live.namespace import veth

__all__ = ["veth"]
