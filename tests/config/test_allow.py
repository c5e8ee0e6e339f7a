"""``[[allow]]`` in the file becomes rules of the allow-list, or a problem with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.config.allow import allowed_by
from netscope.config.reading import ConfigInvalid, read_config
from netscope.model.allow import AllowRule

HERE = Path("/etc/netscope/netscope.toml")


def test_rules_of_the_file() -> None:
    config, _ = read_config(
        '[[allow]]\ndetector = "beacon"\nsource = "Lamp"\nnote = "weather"\n[[allow]]\ndestination = "*.Example.org"\n',
        HERE,
    )
    assert allowed_by(config.allow) == [
        AllowRule("beacon", "lamp", "*", "weather", 0, "config"), AllowRule("*", "*", "*.example.org", "", 0, "config"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("[[allow]]\nnote = 'all'", ":1: allow[1]: a rule that allows everything hides every alert"),
        ("[[allow]]\nsource = '10.0.0.0/33'", ":2: allow[1].source: 10.0.0.0/33 is not a network"),
        ("\n[[allow]]\ndestination = 'a*b'", ":3: allow[1].destination: a*b: a star stands alone"),
        ("[[allow]]\ndetectors = 'x'", ":2: allow[1].detectors: no such option; did you mean detector?"),
    ],
)
def test_what_cannot_be_meant_is_refused(document: str, said: str) -> None:
    with pytest.raises(ConfigInvalid) as invalid:
        read_config(document, HERE)
    assert invalid.value.problems[0].removeprefix(str(HERE)).startswith(said)
