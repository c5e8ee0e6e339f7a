# Devices that are never recorded: frames from or to one of these MACs or addresses go no further than here.
#
# Bound: MAX_EXCLUDED_MACS and MAX_EXCLUDED_ADDRESSES; looked through one by one, and only where there are any.

cdef enum:
    MAX_EXCLUDED_MACS = 64
    MAX_EXCLUDED_ADDRESSES = 512

cdef struct Excluded:
    uint8_t macs[64][6]
    int mac_count
    uint64_t high[512]      # IPv4 in the low half, as in Packet
    uint64_t low[512]
    int address_count


cdef inline bint is_excluded_mac(const Excluded* excluded, const uint8_t* mac) noexcept nogil:
    cdef int i
    if mac == NULL:
        return False
    for i in range(excluded.mac_count):
        if memcmp(excluded.macs[i], mac, 6) == 0:
            return True
    return False


cdef inline bint is_excluded_address(const Excluded* excluded, uint64_t high, uint64_t low) noexcept nogil:
    cdef int i
    for i in range(excluded.address_count):
        if excluded.low[i] == low and excluded.high[i] == high:
            return True
    return False


cdef inline bint has_excluded_mac(const Excluded* excluded, const Packet* pkt) noexcept nogil:
    return is_excluded_mac(excluded, pkt.src_mac) or is_excluded_mac(excluded, pkt.dst_mac)


cdef inline bint has_excluded_address(const Excluded* excluded, const Packet* pkt) noexcept nogil:
    return is_excluded_address(excluded, pkt.src_hi, pkt.src_lo) or is_excluded_address(
        excluded, pkt.dst_hi, pkt.dst_lo
    )
