"""Alerts out of the house: webhook, command, syslog, MQTT. The one part of a run that uses the network, off by default.

A process of its own, started before the engine gives its rights up, holds the targets; the engine only writes lines
into a pipe.
``outgoing``: the engine's end. ``process``: the other end. ``delivery``: queues, throttling and retries of a target.
``targets``: how each kind sends. ``message``: what is said.
"""
