"""BitTorrent over TCP and UDP."""

from __future__ import annotations

from netscope.engine.parse.bittorrent import looks_like_bittorrent_datagram, read_bittorrent
from tests.engine.parse import plaintext_samples as samples


def test_bittorrent() -> None:
    assert read_bittorrent(samples.BITTORRENT, False).facts == (("client_peer", "-TR4050-"),)
    assert read_bittorrent(samples.BITTORRENT, True).facts == (("server_peer", "-TR4050-"),)
    assert looks_like_bittorrent_datagram(samples.DHT_QUERY)
    assert looks_like_bittorrent_datagram(samples.UTP_SYN)
    assert not looks_like_bittorrent_datagram(samples.UTP_SYN[:-1])
    assert not looks_like_bittorrent_datagram(b"d3:foo3:bare")
