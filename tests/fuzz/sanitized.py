"""A copy of the package whose compiled modules have AddressSanitizer, UndefinedBehaviorSanitizer and coverage."""

from __future__ import annotations

import importlib.machinery
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
COMPILE: Final = (
    "gcc",
    "-O1",
    "-g",
    "-fPIC",
    "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined",
    "-fsanitize-coverage=trace-pc,trace-cmp",
    f"-I{sysconfig.get_path('include')}",
)


def build(target: Path) -> None:
    """Copy netscope and tests to ``target`` and build its compiled modules there. Raises CalledProcessError.

    Linked without -fsanitize: the runtime is the one of the fuzzer that loads it, and there can be only one.
    """
    for name in ("netscope", "tests"):
        shutil.copytree(
            ROOT / name, target / name, ignore=shutil.ignore_patterns("*.so", "__pycache__"), dirs_exist_ok=True
        )
    counters = target / "coverage.o"
    _run("gcc", "-O2", "-fPIC", "-c", str(Path(__file__).with_name("coverage.c")), "-o", str(counters), cwd=target)
    sources = sorted((target / "netscope").rglob("*.pyx"))
    with ThreadPoolExecutor() as compilers:
        list(compilers.map(lambda source: _build_module(source, counters), sources))


def _build_module(source: Path, counters: Path) -> None:
    c, compiled = source.with_suffix(".c"), source.with_suffix(".o")
    module = source.with_suffix(importlib.machinery.EXTENSION_SUFFIXES[0])
    # The folder above the package: Cython takes the module's full name from where it lies.
    root = source.parents[3]
    _run(sys.executable, "-m", "cython", "-3", str(source), "-o", str(c), cwd=root)
    _run(*COMPILE, "-c", str(c), "-o", str(compiled), cwd=root)
    _run("objcopy", "--redefine-sym", "__sanitizer_cov_trace_pc=count_trace_pc", str(compiled), cwd=root)
    _run("gcc", "-shared", "-o", str(module), str(compiled), str(counters), cwd=root)


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, check=True, cwd=cwd)
