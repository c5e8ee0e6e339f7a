"""The filter language: text to a predicate over rows, shared by the screens, export and alert rules.

``syntax`` reads text into terms, ``fields`` says what can be asked of each kind of row, ``match``
turns terms into predicates, ``guide`` is the language's own help. Nothing here knows a terminal.
"""

from netscope.query.fields import FIELDS, RowKind
from netscope.query.guide import EXAMPLES, field_lines
from netscope.query.match import Filter, parse_filter, quote
from netscope.query.syntax import FilterError

__all__ = ["EXAMPLES", "FIELDS", "Filter", "FilterError", "RowKind", "field_lines", "parse_filter", "quote"]
