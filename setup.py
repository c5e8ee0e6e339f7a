"""Builds the one extension module; everything else is in pyproject.toml."""

import os

from Cython.Build import cythonize
from setuptools import Extension, setup

# NETSCOPE_CFLAGS lets the fuzzers build the meter with sanitizers.
flags = os.environ.get("NETSCOPE_CFLAGS", "-O2").split()

setup(
    ext_modules=cythonize(
        [
            Extension(
                "netscope.engine.parse.meter",
                ["netscope/engine/parse/meter.pyx"],
                extra_compile_args=flags,
                extra_link_args=[flag for flag in flags if flag.startswith("-fsanitize")],
            )
        ],
        compiler_directives={"language_level": "3"},
    )
)
