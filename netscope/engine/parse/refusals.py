"""How servers of binary protocols say, in clear, that a log-in failed: SMB, MySQL and PostgreSQL.

Patterns of whole fields, found without following the messages: a refusal comes among a server's first few.
"""

from __future__ import annotations

import re
from typing import Final

_STATUS: Final = rb"(?:\x6d|\x6a|\x64|\x6e|\x72)\0\0\xc0|\x34\x02\0\xc0"
"""STATUS_LOGON_FAILURE, WRONG_PASSWORD, NO_SUCH_USER, ACCOUNT_RESTRICTION, ACCOUNT_DISABLED, ACCOUNT_LOCKED_OUT
(MS-ERREF, section 2.3)."""
SMB: Final = re.compile(rb"\xfeSMB\x40\0..(?:" + _STATUS + rb")\x01\0|\xffSMB\x73(?:" + _STATUS + rb")", re.DOTALL)
"""The status of an answer to SESSION_SETUP (MS-SMB2, section 2.2.1; MS-CIFS, section 2.2.3.1)."""
MYSQL: Final = re.compile(rb"\xff\x15\x04(?:#28000)?Access denied")
"""Error 1045 of the server."""
POSTGRESQL: Final = re.compile(rb"\0C28P01\0|\0C28000\0")
"""SQLSTATE invalid_password and invalid_authorization_specification in an ErrorResponse."""
LONGEST_BYTES: Final = 32
"""No pattern is longer: of bytes already searched so many are searched again with those that follow."""
