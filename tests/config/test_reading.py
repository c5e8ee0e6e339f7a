"""A document becomes a configuration, or every problem in it, each with its key and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from netscope.config import reading
from netscope.config.data import Source
from netscope.config.option import option
from netscope.config.reading import ConfigInvalid, read_config, read_text
from netscope.config.schema import Config
from netscope.model.errors import NetScopeError

HERE = Path("/etc/netscope/netscope.toml")


def problems(document: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as invalid:
        read_config(document, HERE)
    return [problem.removeprefix(str(HERE)) for problem in invalid.value.problems]


def test_nothing_written_is_every_default() -> None:
    assert read_config("", HERE) == (Config(), {})


def test_what_is_written_is_taken_with_its_types() -> None:
    config, _ = read_config(
        '[capture]\ninterfaces = ["eth0", "eth1"]\nfilter = "tcp port 443"\npromiscuous = false\nmax_flows = 5_000\n'
        '[retention]\ndetail_days = 3\n[record]\npath = "home.db"\n'
        '[[data.source]]\nname = "mine"\nkind = "trackers"\nurl = "https://example.org/list"\n',
        HERE,
    )
    assert config.capture.interfaces == ("eth0", "eth1")
    assert (config.capture.filter, config.capture.promiscuous, config.capture.max_flows) == (
        "tcp port 443",
        False,
        5000,
    )
    assert config.retention.detail_days == 3
    assert isinstance(config.retention.detail_days, float)
    assert config.record.path == Path("/etc/netscope/home.db")
    assert config.data.source == (Source(name="mine", kind="trackers", url="https://example.org/list"),)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("[capture]\ninterface = []", ":2: capture.interface: no such option; did you mean interfaces?"),
        ("\n[capure]", ":2: capure: no such section; did you mean capture?"),
        ("capture = 1", ":1: capture: wants a table"),
        ("[capture]\nzzz = 1", ":2: capture.zzz: no such option; there are: interfaces, filter,"),
        ("capture.max_flows = true", ":1: capture.max_flows: wants a whole number, not True"),
        ("[capture]\nmax_flows = 10", ":2: capture.max_flows: 10 is too small; at least 1,000 flows"),
        ("[capture]\nbuffer_mib = 5000", ":2: capture.buffer_mib: 5,000 is too large; at most 2,047 MiB"),
        ("[retention]\nflow_days = nan", ":2: retention.flow_days: nan is too small; at least 0.007 days"),
        ("[capture]\npromiscuous = 1", ":2: capture.promiscuous: wants true or false, not 1"),
        ("[capture]\ninterfaces = 'eth0'", ':2: capture.interfaces: wants a list, as ["…"]'),
        ("[capture]\ninterfaces = [1]", ":2: capture.interfaces[1]: wants a text, not 1"),
        ("[capture]\nfilter = 'host a.example'", ':2: capture.filter: the filter "host a.example" names a.example'),
        ("[record]\npath = ''", ":2: record.path: wants a path, not ''"),
        ("[data]\nsource = [1]", ":2: data.source[1]: wants a table"),
        ("x = [", ": not TOML: Invalid value (at end of document)"),
    ],
)
def test_a_problem_names_line_key_and_what_is_wanted(document: str, said: str) -> None:
    assert problems(document)[0].startswith(said)


def test_every_problem_is_told_and_the_first_stands_for_all() -> None:
    document = (
        "[capture]\nfliter = 'x'\nmax_flows = 'many'\n"
        "[[data.source]]\nname = '../a'\nkind = 'oui'\nurl = 'https://x.example'\n"
        "[[data.source]]\nname = 'b'\nkind = 'weather'\nurl = 'file:///etc/passwd'\nsha256 = 'ff'\n"
        "[[data.source]]\nname = 'c'\n"
    )
    said = problems(document)
    assert [problem.split(": ")[0] + " " + problem.split(": ")[1] for problem in said] == [
        ":2 capture.fliter",
        ":3 capture.max_flows",
        ":5 data.source[1].name",
        ":10 data.source[2].kind",
        ":11 data.source[2].url",
        ":12 data.source[2].sha256",
        ":13 data.source[3]",
        ":13 data.source[3]",
    ]
    with pytest.raises(NetScopeError, match="and 7 more; see: netscope config check"):
        read_config(document, HERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Of a made-up detector."""

    limit: float = option(1.0, "A number.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """Tables whose keys are not fixed."""

    keys: Mapping[str, str] = option(None, "Keys.", names=lambda: ["screen.flows", "quit"])
    detectors: Mapping[str, Threshold] = option(None, "Thresholds.", names=lambda: ["beacon"])


def test_a_table_of_free_keys_knows_its_names() -> None:
    reader = reading._Reader(Path("/"))
    read = reader.table(Free, {"keys": {"screen.flows": "2"}, "detectors": {"beacon": {"limit": 3}}}, ())
    assert read == Free(keys={"screen.flows": "2"}, detectors={"beacon": Threshold(limit=3.0)})
    reader.table(Free, {"keys": {"screen.flow": "2"}, "detectors": {"beacon": {"limits": 3}}}, ())
    assert [(reading.named(problem.place), problem.text) for problem in reader.problems] == [
        ('keys."screen.flow"', "no such option; did you mean screen.flows?"),
        ("detectors.beacon.limits", "no such option; did you mean limit?"),
    ]


def test_a_file_that_cannot_be_one_is_refused_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "netscope.toml"
    for content, said in ((b"\xff", "byte 0 is not UTF-8"), (b"#" * (2 << 20), "larger than 1 MiB")):
        path.write_bytes(content)
        with pytest.raises(NetScopeError, match=said):
            read_text(path)
    with pytest.raises(NetScopeError, match="Is a directory"):
        read_text(tmp_path)
