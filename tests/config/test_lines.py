from __future__ import annotations

import pytest

from netscope.config.lines import Place, line_of

DOCUMENT = """\
# capture.filter = in a comment
top = 1
[capture]
filter = "a = b"   # a comment
"quoted.key" = 1
[ data ]
geoip = []
[[data.source]]
name = "one"
[[data.source]]  # the second
name = "two"
[detectors.beacon]
'limit' = 3
retention.max_mib = 5
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("top",), 2),
        (("capture",), 3),
        (("capture", "filter"), 4),
        (("capture", "quoted.key"), 5),
        (("data", "geoip", 0), 7),
        (("data", "source", 0, "name"), 9),
        (("data", "source", 1, "name"), 11),
        (("data", "source", 1, "url"), 10),
        (("detectors", "beacon", "limit"), 13),
        (("detectors", "beacon", "retention", "max_mib"), 14),
        (("capture", "nowhere"), 3),
        (("nowhere",), None),
    ],
)
def test_a_key_or_the_table_nearest_to_it_has_a_line(place: Place, line: int | None) -> None:
    assert line_of(DOCUMENT, place) == line
