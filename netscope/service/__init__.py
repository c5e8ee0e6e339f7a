"""What makes a headless run a service: what it tells, to whom, and how it is installed.

``log``: lines for people or for the journal. ``notify``: readiness and the watchdog, to systemd. ``status``: live
counters over a unix socket. ``units``: the texts of the unit and the init script. ``install``: puts them in place.
"""
