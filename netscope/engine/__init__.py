"""The engine: one thread, one direction.

- capture: where frames come from (live, file, demo).
- parse: what bytes say; the compiled meter keeps flows, pure functions read messages.
- correlate: what belongs together: streams, names per client, MAC and addresses to devices.
- enrich: what is known about it: vendor, place, tracker owner, application.
- store and analyze: what is kept, and whether it is unusual.

``pipeline`` puts them in order, ``thread`` decides when, ``outbox`` is all that others see.
"""
