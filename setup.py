"""Builds the extension modules; everything else is in pyproject.toml."""

import os

from Cython.Build import cythonize
from setuptools import Extension, setup

# NETSCOPE_CFLAGS lets the fuzzers build them with sanitizers.
flags = os.environ.get("NETSCOPE_CFLAGS", "-O2").split()

setup(
    ext_modules=cythonize(
        [
            Extension(
                f"netscope.engine.parse.{name}",
                [f"netscope/engine/parse/{name}.pyx"],
                extra_compile_args=flags,
                extra_link_args=[flag for flag in flags if flag.startswith("-fsanitize")],
            )
            for name in ("meter", "formats")
        ],
        compiler_directives={"language_level": "3"},
    )
)
