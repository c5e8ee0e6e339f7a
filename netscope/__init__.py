"""NetScope, a passive network observatory with a terminal interface.

It watches traffic; it sends nothing, decrypts nothing and keeps no payload.
"""

__version__ = "0.1.0"
