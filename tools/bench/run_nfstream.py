"""Reads a capture with nfstream and counts: run by the bench in nfstream's own environment."""

import sys

from nfstream import NFStreamer

if __name__ == "__main__":
    flows = packets = 0
    # One meter, as NetScope is one process; nDPI looks at the first 20 packets of a flow, its default.
    for flow in NFStreamer(source=sys.argv[1], n_meters=1):
        flows += 1
        packets += flow.bidirectional_packets
    print(f"{packets} packets in {flows} flows")
