"""The one error family a wire parser may raise.

*Incomplete* means the bytes end before the message does: the capture cut it or more is still to
come. Any other ParseError means the sender broke the protocol. ``slug`` is a stable name that is
counted and shown to the user (``malformed_dns_name``); ``offset`` is where it was noticed.
"""


class ParseError(ValueError):
    """Bytes do not follow the protocol."""

    def __init__(self, slug: str, offset: int = 0) -> None:
        super().__init__(slug, offset)
        self.slug = slug
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.slug} at offset {self.offset}"


class Incomplete(ParseError):
    """The message continues past the bytes at hand."""


class NetScopeError(Exception):
    """Something the user can mend. The text is one line: what, where, and what to do.

    Front ends print it and exit with code 2; a traceback never reaches a user.
    """
