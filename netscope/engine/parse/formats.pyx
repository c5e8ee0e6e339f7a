# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""The formats met most often, compiled: heads of HTTP and its kin, DNS messages; and what is long, country ranges.

Each is reached by its own module (http.py, ssdp.py, sip.py, dns.py, dns_name.py; enrich/country_ranges.py), which says
what it means.
Nothing here reads a byte whose place it has not compared with the end.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeASCII, PyUnicode_DecodeLatin1, PyUnicode_DecodeUTF8
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr, memset

import re
from struct import error as StructError

from netscope.engine.parse.wire import ip_text
from netscope.model.dns import DnsMessage, DnsQuestion, DnsRecord
from netscope.model.errors import Incomplete, ParseError

include "head_fields.pxi"
include "dns_message.pxi"
include "country_ranges.pxi"
