# Making Python flows and bringing their counters up to date, past the attribute protocol.
#
# Flow is a plain dataclass with slots: reading it from Python is one machine load. Making one by its __init__ takes 4 us
# for its sixty fields, and a dozen attribute writes a flow and second add up to a tenth of a run. A slot is a pointer at
# an offset its member descriptor tells (CPython's public struct), so here a new flow is a template's pointers copied and
# a counter one pointer exchanged. The offsets are read from the class when the module is loaded, never assumed.

from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_INCREF, Py_XDECREF, Py_XINCREF

from netscope.model.flow import Flow

cdef extern from *:
    """
    #include "structmember.h"
    """
    ctypedef struct PyMemberDef:
        Py_ssize_t offset
    ctypedef struct PyMemberDescrObject:
        PyMemberDef* d_member
    object PyType_GenericAlloc(PyTypeObject* type, Py_ssize_t items)

cdef enum:
    MAX_SLOTS = 128

cdef Py_ssize_t slot_offsets[MAX_SLOTS]
cdef int slot_count = 0
cdef object flow_template = Flow(0, "", 0, "", 0, "", None, None, None, 0)


cdef Py_ssize_t slot_offset(str name) except -1:
    descriptor = Flow.__dict__[name]
    if type(descriptor).__name__ != "member_descriptor":
        raise TypeError(f"Flow.{name} is no slot")
    return (<PyMemberDescrObject*><PyObject*>descriptor).d_member.offset


if len(Flow.__slots__) > MAX_SLOTS:
    raise TypeError("Flow has more slots than the meter's table of them")
for _name in Flow.__slots__:
    slot_offsets[slot_count] = slot_offset(_name)
    slot_count += 1

cdef Py_ssize_t AT_ID = slot_offset("id")
cdef Py_ssize_t AT_CLIENT_IP = slot_offset("client_ip")
cdef Py_ssize_t AT_CLIENT_PORT = slot_offset("client_port")
cdef Py_ssize_t AT_SERVER_IP = slot_offset("server_ip")
cdef Py_ssize_t AT_SERVER_PORT = slot_offset("server_port")
cdef Py_ssize_t AT_PROTOCOL = slot_offset("protocol")
cdef Py_ssize_t AT_VLAN = slot_offset("vlan")
cdef Py_ssize_t AT_CLIENT_MAC = slot_offset("client_mac")
cdef Py_ssize_t AT_SERVER_MAC = slot_offset("server_mac")
cdef Py_ssize_t AT_FIRST_SEEN = slot_offset("first_seen_ns")
cdef Py_ssize_t AT_LAST_SEEN = slot_offset("last_seen_ns")
cdef Py_ssize_t AT_PACKETS_UP = slot_offset("packets_up")
cdef Py_ssize_t AT_PACKETS_DOWN = slot_offset("packets_down")
cdef Py_ssize_t AT_BYTES_UP = slot_offset("bytes_up")
cdef Py_ssize_t AT_BYTES_DOWN = slot_offset("bytes_down")
cdef Py_ssize_t AT_PAYLOAD_UP = slot_offset("payload_bytes_up")
cdef Py_ssize_t AT_PAYLOAD_DOWN = slot_offset("payload_bytes_down")
cdef Py_ssize_t AT_TCP_STATE = slot_offset("tcp_state")
cdef Py_ssize_t AT_TCP_HISTORY = slot_offset("tcp_history")
cdef Py_ssize_t AT_RTT = slot_offset("rtt_us")
cdef Py_ssize_t AT_RETRANSMISSIONS = slot_offset("retransmissions")
cdef Py_ssize_t AT_ICMP_TYPE = slot_offset("icmp_type")
cdef Py_ssize_t AT_ICMP_CODE = slot_offset("icmp_code")
cdef Py_ssize_t AT_SLOT = slot_offset("slot")


cdef inline void put(object flow, Py_ssize_t offset, object value):
    cdef PyObject** at = <PyObject**>(<char*><PyObject*>flow + offset)
    cdef PyObject* old = at[0]
    Py_INCREF(value)
    at[0] = <PyObject*>value
    Py_XDECREF(old)


def new_flow(
    flow_id, client_ip, client_port, server_ip, server_port, protocol, vlan, client_mac, server_mac, first_seen_ns, slot
):
    """A flow as ``Flow(...)`` makes it, last seen when first seen."""
    cdef object flow = PyType_GenericAlloc(<PyTypeObject*>Flow, 0)
    cdef PyObject* value
    cdef int i
    for i in range(slot_count):
        value = (<PyObject**>(<char*><PyObject*>flow_template + slot_offsets[i]))[0]
        Py_XINCREF(value)
        (<PyObject**>(<char*><PyObject*>flow + slot_offsets[i]))[0] = value
    put(flow, AT_ID, flow_id)
    put(flow, AT_CLIENT_IP, client_ip)
    put(flow, AT_CLIENT_PORT, client_port)
    put(flow, AT_SERVER_IP, server_ip)
    put(flow, AT_SERVER_PORT, server_port)
    put(flow, AT_PROTOCOL, protocol)
    put(flow, AT_VLAN, vlan)
    put(flow, AT_CLIENT_MAC, client_mac)
    put(flow, AT_SERVER_MAC, server_mac)
    put(flow, AT_FIRST_SEEN, first_seen_ns)
    put(flow, AT_LAST_SEEN, first_seen_ns)
    put(flow, AT_SLOT, slot)
    return flow
