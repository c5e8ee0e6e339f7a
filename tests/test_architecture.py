"""Rules about the shape of the project that no linter states.

What a headless run loads, where tests lie, how long things are. Import directions are import-linter's (pyproject.toml).
"""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "netscope"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")

# Modules whose tests lie elsewhere or that hold only declarations. This list may only shrink.
WITHOUT_A_MIRRORED_TEST = frozenset({"netscope.model.errors", "netscope.model.link"})

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60

FRONT_END = ("netscope.tui", "netscope.demo")
# The adapter of the other Python's capture library, which is not installed here.
OTHER_ADAPTER = "netscope.engine.capture.live_" + ("pcapy" if sys.version_info < (3, 12) else "pypcap")


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def is_a_list_of_fields(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A constructor that sets each field to an argument or a constant reads as the list a dataclass would be."""
    return function.name == "__init__" and all(
        isinstance(step, ast.Assign | ast.AnnAssign | ast.Expr) and isinstance(step.value, ast.Name | ast.Constant)
        for step in function.body
    )


def is_declarations_only(path: Path) -> bool:
    """True where a module has no function that does anything: protocols, dataclasses, constants."""
    nodes = ast.walk(ast.parse(path.read_text()))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef) and not is_a_list_of_fields(node)]
    return all(
        isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant) for f in functions for step in f.body
    )


def loaded_by(imports: list[str]) -> set[str]:
    """Top-level modules in memory after a fresh interpreter ran these imports."""
    code = (
        "import sys\n"
        + "".join(f"import {name}\n" for name in imports)
        + "print(*{m.split('.')[0] for m in sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def test_a_headless_run_loads_no_terminal_toolkit_and_no_packet_synthesis() -> None:
    headless = [module_name(path) for path in MODULES if not module_name(path).startswith(FRONT_END)]
    loaded = loaded_by([name for name in headless if name not in {OTHER_ADAPTER, "netscope.__main__"}])
    assert "netscope" in loaded
    assert loaded & {"textual", "rich", "scapy"} == set()


def test_the_check_would_notice_a_terminal_toolkit() -> None:
    assert {"textual", "rich"} <= loaded_by(["textual.app"])


def mirrored_tests(path: Path) -> list[Path]:
    """Where a reader looks for the tests of a module: the file of its name, else those beside it or of its folder."""
    relative = path.relative_to(PACKAGE)
    own = ROOT / "tests" / relative.parent / f"test_{relative.stem.strip('_')}.py"
    if own.exists():
        return [own]
    return [
        *(ROOT / "tests" / relative.parent).glob("test_*.py"),
        *(ROOT / "tests" / relative.parent.parent).glob("test_*.py"),
    ]


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_every_module_has_its_test_where_ls_suggests(path: Path) -> None:
    """A test file of its name; or, for a module that is one of a set, a test beside it that imports it."""
    name = module_name(path)
    tests = mirrored_tests(path)
    has_own = len(tests) == 1 and tests[0].stem == f"test_{path.stem.strip('_')}"
    if name in WITHOUT_A_MIRRORED_TEST:
        assert not has_own, f"{tests[0]} is there: take {name} off the list"
    elif not is_declarations_only(path):
        package, _, stem = name.rpartition(".")
        wanted = (f"from {name} import", f"import {name}", f"from {package} import")
        assert has_own or any(
            wanted[0] in text or wanted[1] in text or (wanted[2] in text and stem in text)
            for text in (test.read_text() for test in tests)
        )


def test_the_list_of_modules_without_a_mirrored_test_names_only_modules_that_exist() -> None:
    assert set(map(module_name, MODULES)) >= WITHOUT_A_MIRRORED_TEST


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=module_name)
def test_files_and_functions_stay_readable(path: Path) -> None:
    source = path.read_text()
    assert len(source.splitlines()) <= MAX_FILE_LINES
    tree = ast.walk(ast.parse(source))
    functions = [
        node
        for node in tree
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_a_list_of_fields(node)
    ]
    too_long = {f.name: f.end_lineno - f.lineno + 1 for f in functions if f.end_lineno - f.lineno >= MAX_FUNCTION_LINES}
    assert too_long == {}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=module_name)
def test_every_module_says_what_lives_there(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not tree.body or ast.get_docstring(tree)


def imported_by(path: Path) -> set[str]:
    """Modules of ours, also those that only type checkers load."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names |= {node.module, *[f"{node.module}.{alias.name}" for alias in node.names]}
    return names & set(map(module_name, MODULES))


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {module_name(path): imported_by(path) for path in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))
