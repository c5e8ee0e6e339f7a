"""``[[rule]]``: conditions are read with the file, and errors name rule and character."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.config.reading import ConfigInvalid, read_config

HERE = Path("/etc/netscope/netscope.toml")


def rule(when: str, name: str = "mine", more: str = "") -> str:
    return f"[[rule]]\nname = '{name}'\nwhen = '{when}'\n{more}"


def test_a_rule_is_compiled_with_what_it_says() -> None:
    config, _ = read_config(rule("dev:tv and cc:RU and bytes_up>10M", more="severity = 'high'\ntext = 'Up'\n"), HERE)
    (compiled,) = [entry.compiled() for entry in config.rule]
    assert (compiled.name, compiled.kind, compiled.severity, compiled.text) == ("mine", "flow", "high", "Up")
    assert compiled.when == "dev:tv and cc:RU and bytes_up>10M"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (rule("byte>10"), ":3: rule[1].when: byte is not a field; did you mean bytes? (at character 1)"),
        (rule("dev:tv and (port:1"), ":3: rule[1].when: this ( is not closed (at character 12)"),
        (
            rule("dev:tv") + rule("vendor:hp"),
            ":4: rule[2]: when: vendor is a field of devices, not of flows (at character 1)",
        ),
        (
            rule("tv rate>1M"),
            ":1: rule[1]: when: rate is of the moment, a rule sees the whole: ask bytes_up, bytes_down or age",
        ),
        (rule("!(a|up>1M)"), ":1: rule[1]: when: up is of the moment"),
        (rule("  "), ":1: rule[1]: when: an empty condition fits everything"),
        (rule("tv", name="a b"), ":2: rule[1].name: 'a b' is no name"),
        (rule("tv", more="severity = 'hi'"), ":4: rule[1].severity: 'hi' is none of them; did you mean high?"),
        (rule("tv", more="on = 'flows'"), ":4: rule[1].on: 'flows' is none of them; did you mean flow?"),
        ("[[rule]]\nname = 'x'", ":1: rule[1]: wants when: The condition"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_with_its_place(document: str, said: str) -> None:
    with pytest.raises(ConfigInvalid) as invalid:
        read_config(document, HERE)
    assert invalid.value.problems[0].removeprefix(str(HERE)).startswith(said)
