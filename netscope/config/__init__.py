"""The configuration: one TOML file for everything, with the command line above it.

``schema``: every section and option, the one table. ``reading``: a document into a ``Config``, or every problem in
it. ``places``: where the file lies. ``settings``: file and command line together, and where each value comes from.
``template``: the whole of it in writing. The engine knows none of this: ``assemble`` hands it values.
"""
