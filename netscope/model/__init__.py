"""The nouns every stage and front end shares: flows, devices, messages, records, alerts, snapshots.

Plain typed data, standard library only; no policy. Times are integer nanoseconds since the Unix
epoch (``*_ns``), addresses canonical text (RFC 5952), MACs lower-case with colons.
"""
