"""Builds the extension modules; everything else is in pyproject.toml.

Two compilers: Cython for the meter and the message formats (.pyx), mypyc for the engine's own Python, whose sources
stay what they are. NETSCOPE_COMPILE=0 leaves the second out: the same program, slower.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from glob import glob

from Cython.Build import cythonize
from mypyc.build import mypycify
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

# NETSCOPE_CFLAGS lets the fuzzers build them with sanitizers.
flags = os.environ.get("NETSCOPE_CFLAGS", "-O2").split()

# What runs for every flow, message or second. Not the rest: a thread's loop or a command gains nothing by it.
COMPILED = (
    "netscope/model/*.py",
    "netscope/query/*.py",
    "netscope/engine/parse/*.py",
    "netscope/engine/correlate/*.py",
    "netscope/engine/enrich/*.py",
    "netscope/engine/analyze/*.py",
    "netscope/engine/pipeline.py",
    "netscope/engine/traffic.py",
    "netscope/engine/store/rows.py",
)


class ParallelBuild(build_ext):
    """Compiles the files of one extension side by side: setuptools does so for several extensions only."""

    def build_extensions(self):
        compile_one_by_one = self.compiler.compile

        def compile_side_by_side(sources, *arguments, **options):
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                jobs = [pool.submit(compile_one_by_one, [source], *arguments, **options) for source in sources]
            return [path for job in jobs for path in job.result()]

        self.compiler.compile = compile_side_by_side
        super().build_extensions()


def by_cython():
    extensions = [
        Extension(
            f"netscope.engine.parse.{name}",
            [f"netscope/engine/parse/{name}.pyx"],
            extra_compile_args=flags,
            extra_link_args=[flag for flag in flags if flag.startswith("-fsanitize")],
        )
        for name in ("meter", "formats")
    ]
    return cythonize(extensions, compiler_directives={"language_level": "3"})


def by_mypyc():
    if os.environ.get("NETSCOPE_COMPILE", "1") == "0":
        return []
    files = [path for pattern in COMPILED for path in sorted(glob(pattern)) if not path.endswith("__init__.py")]
    # Types are checked by `make lint`, with the libraries there; here they may be absent.
    checks = ["--config-file=", "--ignore-missing-imports", "--disable-error-code=assignment"]
    return mypycify([*checks, *files], opt_level="2", debug_level="0", multi_file=True, group_name="netscope")


setup(ext_modules=[*by_cython(), *by_mypyc()], cmdclass={"build_ext": ParallelBuild})
