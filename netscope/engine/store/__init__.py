"""What is kept: one SQLite file per recording.

- schema, migrations: the tables users query; older files are brought up to date, newer ones refused.
- rows, writer, backlog: model records to rows, one transaction per batch, and what happens when the disk is slow.
- opening, faults: finding, creating and setting aside the file; what can go wrong with it, in words.
- retention: what is merged, rolled up and deleted as it ages or the disk fills.
- reader, history: a recording seen by the screens, and the narrow past the detectors ask for.
"""

from netscope.engine.store import lean  # noqa: F401 - before anything here imports sqlite_utils
