"""A made-up home network, played through the real engine: about a dozen devices, trackers, a scan, a beacon.

cast: who is there; evening: who does what and when; scenarios: what someone should be told about;
conversations, messages, hello, quic, tcp, certificates, wire: the bytes; source: frames paced for the engine.
Needs scapy, an optional extra.
"""
