"""The filter language: text to a predicate over rows, shared by the screens, export and alert rules.

``syntax`` reads text into terms, ``fields`` says what can be asked of each kind of row, ``match``
turns terms into predicates, ``complete`` proposes what could come next, ``guide`` is the language's own
help. Nothing here knows a terminal, an engine or a recording:

    wanted = parse_filter("dev:tv and cc:RU and bytes_up>10M", "flow")  # FilterError names place and reason
    test = wanted.predicate("flow", now_ns) if wanted else None         # once a pull or batch: "new", "age" need now
    rows = [row for row in rows if test is None or test(row)]

A row is anything with the attributes of its kind in ``netscope.model.snapshot`` (FlowRow for "flow" ...). Given a kind,
``parse_filter`` refuses fields which rows of that kind lack; without one such a term lets them pass, which is what
a screen with several tables wants. Predicates keep no state and may be used from any thread.
"""

from netscope.query.complete import Completion, complete
from netscope.query.fields import FIELDS, RowKind
from netscope.query.guide import EXAMPLES, field_lines
from netscope.query.match import Filter, parse_filter, quote
from netscope.query.syntax import FilterError

__all__ = [
    "EXAMPLES",
    "FIELDS",
    "Completion",
    "Filter",
    "FilterError",
    "RowKind",
    "complete",
    "field_lines",
    "parse_filter",
    "quote",
]
