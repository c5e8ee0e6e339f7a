"""What the documents say is what the program does: commands, options, tables, columns, counters, keys, queries."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from netscope.cli import cli
from netscope.config.template import template
from netscope.engine.parse.meter import SLUG_NAMES
from netscope.engine.store import schema
from netscope.engine.store.opening import open_for_writing
from netscope.query.guide import EXAMPLES, field_lines
from netscope.tui.commands import COMMANDS
from tools.keys_docs import table as keys_table

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def document(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, f"{path} {name}")


CLI = dict(commands(cli, "netscope"))
LEAVES = {path: command for path, command in CLI.items() if not isinstance(command, click.Group) or path == "netscope"}


def sections(text: str) -> dict[str, str]:
    """Text under each heading, down to the next of any level."""
    parts = re.split(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("path", CLI)
def test_every_command_and_option_has_help(path: str) -> None:
    command = CLI[path]
    assert command.help
    assert [option.name for option in command.params if isinstance(option, click.Option) and not option.help] == []


@pytest.mark.parametrize("path", LEAVES)
def test_every_option_is_described_with_its_command(path: str) -> None:
    described = sections(document("docs/cli.md"))
    own = described.get(path) or described[path.rpartition(" ")[0]]
    names = [name for option in LEAVES[path].params if isinstance(option, click.Option) for name in option.opts]
    assert [name for name in names if f"`{name}" not in own] == []
    assert path in document("docs/cli.md")


def test_no_option_is_described_that_does_not_exist() -> None:
    known = {name for command in CLI.values() for option in command.params for name in option.opts} | {"-h", "--help"}
    described = set(re.findall(r"`(--?[a-z][a-z-]*)", document("docs/cli.md")))
    assert described - known == set()


def test_the_configuration_is_described() -> None:
    assert f"```toml\n{template()}```" in document("docs/configuration.md"), "run: python tools/config_docs.py"


def test_every_key_of_the_screens_is_described_as_the_program_has_it() -> None:
    assert keys_table() in document("docs/cli.md"), "run: python tools/keys_docs.py"


def test_help_the_command_line_and_the_documents_list_the_same_commands_of_the_screens() -> None:
    """``?`` is read from the table by tests/tui/screens/test_help.py."""
    printed = CliRunner().invoke(cli, ["keys"]).output
    on_command_line = {line.split()[-1]: line for line in printed.splitlines() if line.startswith("  ")}
    in_document = dict(re.findall(r"^\| .+ \| (.+) \| .+ \| `([a-z.-]+)` \|$", document("docs/cli.md"), re.MULTILINE))
    assert set(on_command_line) == {command.id for command in COMMANDS} == set(in_document.values())
    assert all(command.help in on_command_line[command.id] for command in COMMANDS)
    assert "netscope keys" in CliRunner().invoke(cli, ["--help"]).output


def test_the_filter_language_is_described() -> None:
    text = document("docs/cli.md").replace("\\|", "|")
    assert [example for example, meaning in EXAMPLES if f"| `{example}` | {meaning} |" not in text] == []
    assert [meaning for _, meaning in field_lines() if f"| {meaning} |" not in text] == []


def recorded_columns(folder: Path) -> dict[str, list[str]]:
    """Tables and columns of a new recording, as SQLite knows them."""
    database, _ = open_for_writing(folder / "new.db", time.time_ns(), None, live=False)
    try:
        return {table.name: [column.name for column in table.columns] for table in database.tables}
    finally:
        database.close()


def test_every_table_and_column_is_described(tmp_path: Path) -> None:
    tables = recorded_columns(tmp_path)
    assert set(schema.CONTRACT) <= set(tables)
    described = {name: text for title, text in sections(document("docs/api.md")).items() for name in title.split(", ")}
    missing = [
        f"{table}.{column}"
        for table, columns in tables.items()
        for column in columns
        if f"`{column}`" not in described.get(table, "")
    ]
    assert missing == []


def test_the_queries_of_the_interface_run(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    open_for_writing(path, time.time_ns(), None, live=False)[0].close()
    blocks = re.findall(r"```sql\n(.+?)```", document("docs/api.md"), re.DOTALL)
    queries = [query.strip() for block in blocks for query in block.split(";") if query.strip()]
    assert len(queries) >= 10
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for query in queries:
        connection.execute(query).fetchall()
    connection.close()


def test_every_counter_of_the_meter_is_described() -> None:
    text = document("docs/protocol-parsing.md")
    assert [slug for slug in SLUG_NAMES if f"`{slug}`" not in text] == []


def test_every_parser_is_described() -> None:
    text = document("docs/protocol-parsing.md")
    modules = {path.stem for path in (ROOT / "netscope" / "engine" / "parse").glob("*.py")}
    shared = {"__init__", "wire", "recognise", "signatures"}
    assert [name for name in sorted(modules - shared) if f"`{name}`" not in text] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_that_documents_name_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", document("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    |^)make ([a-z][a-z-]*)", path.read_text("utf-8"), re.MULTILINE))
    assert named - targets == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_documents_link_to_exist(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_headings_that_documents_link_to_exist(path: Path) -> None:
    broken = []
    for file, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", path.read_text("utf-8")):
        target = (path.parent / file) if file else path
        titles = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-") for title in titles}
        broken += [f"{file}#{anchor}"] if anchor not in slugs else []
    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_no_machine_of_ours(path: Path) -> None:
    text = path.read_text("utf-8")
    machine = r"/work/|/root/|/tmp/|\.pyenv|pypi\.|npmjs|deb\.debian|\bhelpers?\b|\bissue \d|\bTODO\b"
    assert re.findall(machine, text, re.IGNORECASE) == []


def test_modules_that_the_architecture_names_exist() -> None:
    named = set(re.findall(r"`((?:netscope|tests|docs)/[a-z0-9_/.]+\.[a-z]+)`", document("docs/architecture.md")))
    assert len(named) >= 5
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
