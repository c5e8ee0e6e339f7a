# From a frame to its network header: link types, tags, tunnels' inner frames. No state, no Python.
# Every function checks the captured length before it reads; what is missing is counted under a slug.

cdef struct Packet:
    int64_t ts_ns
    const uint8_t* src_mac      # NULL where the link has no MAC
    const uint8_t* dst_mac
    uint16_t vlan[4]            # outer first
    int vlan_count
    int depth                   # 0 is the outermost IP header
    uint8_t version             # 4 or 6
    uint8_t ttl
    uint64_t src_hi, src_lo     # IPv4 in the low half
    uint64_t dst_hi, dst_lo
    const uint8_t* src          # raw address bytes in the frame
    const uint8_t* dst
    uint8_t protocol            # of the transport, after IPv6 extension headers
    uint32_t ip_bytes           # layer-3 bytes as the header says
    const uint8_t* transport
    uint32_t transport_captured # bytes at hand
    uint32_t transport_wire     # bytes on the wire
    uint16_t src_port, dst_port
    bint is_fragment
    uint32_t fragment_id
    uint32_t fragment_offset
    bint more_fragments
    bint counted                # already in a flow's counters (reassembled datagram)

# Where the payload of the link layer starts and what it is.
cdef struct Link:
    uint16_t ethertype
    const uint8_t* at
    uint32_t captured
    uint32_t wire

cdef enum:
    DLT_NULL = 0
    DLT_EN10MB = 1
    DLT_PPP = 9
    DLT_RAW_BSD = 12
    DLT_RAW_OPENBSD = 14
    DLT_PPP_SERIAL = 50
    DLT_PPP_ETHER = 51
    DLT_RAW = 101
    DLT_C_HDLC = 104
    DLT_IEEE802_11 = 105
    DLT_LOOP = 108
    DLT_LINUX_SLL = 113
    DLT_IEEE802_11_RADIO = 127
    DLT_IPV4 = 228
    DLT_IPV6 = 229
    DLT_NFLOG = 239
    DLT_LINUX_SLL2 = 276

cdef enum:
    ETH_IPV4 = 0x0800
    ETH_ARP = 0x0806
    ETH_TEB = 0x6558
    ETH_VLAN = 0x8100
    ETH_IPV6 = 0x86DD
    ETH_PPP = 0x880B
    ETH_MPLS = 0x8847
    ETH_MPLS_MULTICAST = 0x8848
    ETH_PPPOE_SESSION = 0x8864
    ETH_QINQ = 0x88A8
    ETH_ERSPAN2 = 0x88BE
    ETH_QINQ_OLD = 0x9100


cdef inline bint advance(Link* link, uint32_t n) noexcept nogil:
    if link.captured < n:
        return False
    link.at += n
    link.captured -= n
    link.wire = link.wire - n if link.wire >= n else 0
    return True


cdef bint strip_ethernet(Link* link, Packet* pkt) noexcept nogil:
    if link.captured < 14:
        return False
    if pkt.depth == 0:
        pkt.dst_mac = link.at
        pkt.src_mac = link.at + 6
    link.ethertype = be16(link.at + 12)
    advance(link, 14)
    if link.ethertype <= 1500:
        return strip_llc(link)
    return True


cdef bint strip_llc(Link* link) noexcept nogil:
    # IEEE 802.3 length field: LLC; SNAP carries an EtherType (RFC 1042).
    if link.captured < 8:
        return False
    if link.at[0] == 0xAA and link.at[1] == 0xAA:
        link.ethertype = be16(link.at + 6)
        return advance(link, 8)
    link.ethertype = 0
    return True


cdef bint ppp_protocol(Link* link) noexcept nogil:
    # RFC 1661: optional address and control, protocol field compressed to one byte when odd.
    cdef uint16_t protocol
    if link.captured >= 2 and link.at[0] == 0xFF and link.at[1] == 0x03:
        advance(link, 2)
    if link.captured < 2:
        return False
    if link.at[0] & 1:
        protocol = link.at[0]
        advance(link, 1)
    else:
        protocol = be16(link.at)
        advance(link, 2)
    if protocol == 0x0021:
        link.ethertype = ETH_IPV4
    elif protocol == 0x0057:
        link.ethertype = ETH_IPV6
    elif protocol == 0x0281:
        link.ethertype = ETH_MPLS
    else:
        link.ethertype = 0
    return True


cdef bint strip_mpls(Link* link, uint64_t* slugs) noexcept nogil:
    # RFC 3032: labels until the bottom-of-stack bit; what follows is told by its first nibble.
    cdef bint bottom = False
    cdef int labels = 0
    while not bottom:
        if link.captured < 5 or labels == 16:
            slugs[MALFORMED_MPLS] += 1
            return False
        bottom = link.at[2] & 1
        advance(link, 4)
        labels += 1
    if link.at[0] >> 4 == 4:
        link.ethertype = ETH_IPV4
    elif link.at[0] >> 4 == 6:
        link.ethertype = ETH_IPV6
    elif link.at[0] >> 4 == 0 and link.captured >= 18:
        # RFC 4448: Ethernet pseudowire with a control word.
        advance(link, 4)
        link.ethertype = ETH_TEB
    else:
        link.ethertype = 0
    return True


cdef bint strip_wifi(Link* link, Packet* pkt, uint64_t* slugs) noexcept nogil:
    # IEEE 802.11-2020, section 9.2: data frames in clear only.
    cdef uint16_t control
    cdef uint32_t header = 24
    cdef const uint8_t* h = link.at
    if link.captured < 24:
        return False
    control = le16(h)
    if (control >> 2) & 3 != 2 or (control >> 4) & 4:    # not data, or null data
        link.ethertype = 0
        return True
    if control & 0x4000:
        slugs[ENCRYPTED_WIFI_FRAME] += 1
        link.ethertype = 0
        return True
    if control & 0x0300 == 0x0300:
        header += 6
    if (control >> 4) & 8:
        header += 2
        if control & 0x8000:
            header += 4
    if not advance(link, header):
        return False
    # Table 9-30: where source and destination stand depends on the two DS bits.
    pkt.dst_mac = h + 16 if control & 0x0100 else h + 4
    pkt.src_mac = h + 10
    if control & 0x0200:
        pkt.src_mac = h + 24 if control & 0x0100 else h + 16
    return strip_llc(link)


cdef bint strip_nflog(Link* link) noexcept nogil:
    # LINKTYPE_NFLOG: family, version, resource id, then TLVs in host order; type 9 is the packet.
    cdef uint16_t length, kind
    cdef uint8_t family
    if link.captured < 4:
        return False
    family = link.at[0]
    advance(link, 4)
    link.ethertype = 0
    while link.captured >= 4:
        length = le16(link.at)
        kind = le16(link.at + 2)
        if length < 4:
            return False
        if kind == 9:
            advance(link, 4)
            link.captured = min(link.captured, <uint32_t>length - 4)
            link.ethertype = ETH_IPV4 if family == 2 else ETH_IPV6 if family == 10 else 0
            return True
        if not advance(link, (length + 3) & ~3):
            return False
    return True


cdef void ip_by_nibble(Link* link) noexcept nogil:
    link.ethertype = 0
    if link.captured:
        if link.at[0] >> 4 == 4:
            link.ethertype = ETH_IPV4
        elif link.at[0] >> 4 == 6:
            link.ethertype = ETH_IPV6


cdef bint strip_link(Link* link, int link_type, Packet* pkt, uint64_t* slugs) noexcept nogil:
    """Leave the link's own header behind; False: the capture ends inside it."""
    cdef uint32_t family
    if link_type == DLT_EN10MB:
        return strip_ethernet(link, pkt)
    if link_type == DLT_LINUX_SLL:
        if link.captured < 16:
            return False
        if be16(link.at + 4) == 6:
            pkt.src_mac = link.at + 6
        link.ethertype = be16(link.at + 14)
        return advance(link, 16)
    if link_type == DLT_LINUX_SLL2:
        if link.captured < 20:
            return False
        if link.at[11] == 6:
            pkt.src_mac = link.at + 12
        link.ethertype = be16(link.at)
        return advance(link, 20)
    if link_type in (DLT_RAW, DLT_RAW_BSD, DLT_RAW_OPENBSD, DLT_IPV4, DLT_IPV6):
        ip_by_nibble(link)
        return True
    if link_type == DLT_NULL or link_type == DLT_LOOP:
        if link.captured < 4:
            return False
        # The address family is in the byte order of the machine that captured.
        family = le32(link.at)
        if family > 0xFFFF:
            family = be32(link.at)
        advance(link, 4)
        if family > 1500:
            # Some systems put an EtherType there, in the low half.
            link.ethertype = family & 0xFFFF
        else:
            link.ethertype = ETH_IPV4 if family == 2 else ETH_IPV6 if family in (10, 24, 28, 30) else 0
        return True
    if link_type == DLT_PPP or link_type == DLT_PPP_SERIAL:
        return ppp_protocol(link)
    if link_type == DLT_PPP_ETHER:
        return advance(link, 6) and ppp_protocol(link)
    if link_type == DLT_C_HDLC:
        if link.captured < 4:
            return False
        link.ethertype = be16(link.at + 2)
        return advance(link, 4)
    if link_type == DLT_IEEE802_11:
        return strip_wifi(link, pkt, slugs)
    if link_type == DLT_IEEE802_11_RADIO:
        return link.captured >= 8 and advance(link, le16(link.at + 2)) and strip_wifi(link, pkt, slugs)
    if link_type == DLT_NFLOG:
        return strip_nflog(link)
    slugs[UNKNOWN_LINK_TYPE] += 1
    link.ethertype = 0
    return True


cdef bint strip_tags(Link* link, Packet* pkt, uint64_t* slugs) noexcept nogil:
    """Leave VLAN tags, PPPoE, MPLS and nested Ethernet behind until an IP or ARP header starts."""
    cdef int layers
    for layers in range(16):
        if link.ethertype in (ETH_VLAN, ETH_QINQ, ETH_QINQ_OLD):
            if link.captured < 4:
                return False
            if pkt.depth == 0 and pkt.vlan_count < 4:
                pkt.vlan[pkt.vlan_count] = be16(link.at) & 0x0FFF
                pkt.vlan_count += 1
            link.ethertype = be16(link.at + 2)
            advance(link, 4)
            if link.ethertype <= 1500 and not strip_llc(link):
                return False
        elif link.ethertype == ETH_PPPOE_SESSION:
            if not advance(link, 6) or not ppp_protocol(link):
                return False
        elif link.ethertype == ETH_MPLS or link.ethertype == ETH_MPLS_MULTICAST:
            if not strip_mpls(link, slugs):
                link.ethertype = 0
                return True
        elif link.ethertype == ETH_PPP:
            if not ppp_protocol(link):
                return False
        elif link.ethertype == ETH_TEB:
            if not strip_ethernet(link, pkt):
                return False
        else:
            return True
    slugs[TUNNEL_TOO_DEEP] += 1
    link.ethertype = 0
    return True


cdef bint read_ipv4(Link* link, Packet* pkt, uint64_t* slugs) noexcept nogil:
    # RFC 791, section 3.1.
    cdef const uint8_t* h = link.at
    cdef uint32_t header, total, available
    cdef uint16_t fragment
    if link.captured < 20:
        slugs[TRUNCATED_IPV4_HEADER] += 1
        return False
    header = (h[0] & 15) * 4
    if h[0] >> 4 != 4 or header < 20:
        slugs[MALFORMED_IPV4_HEADER] += 1
        return False
    total = be16(h + 2)
    if total == 0:
        # Segmentation offload leaves the length to the network card.
        total = link.wire
    if total < header:
        slugs[MALFORMED_IPV4_LENGTH] += 1
        return False
    if link.captured < header:
        slugs[TRUNCATED_IPV4_HEADER] += 1
        header = link.captured
    fragment = be16(h + 6)
    pkt.version = 4
    pkt.ttl = h[8]
    pkt.protocol = h[9]
    pkt.src = h + 12
    pkt.dst = h + 16
    pkt.src_hi = pkt.dst_hi = 0
    pkt.src_lo = be32(h + 12)
    pkt.dst_lo = be32(h + 16)
    pkt.ip_bytes = total
    pkt.more_fragments = fragment & 0x2000
    pkt.fragment_offset = (fragment & 0x1FFF) * 8
    pkt.is_fragment = pkt.more_fragments or pkt.fragment_offset
    pkt.fragment_id = be16(h + 4)
    pkt.transport = h + header
    pkt.transport_wire = total - header
    available = link.captured - header
    pkt.transport_captured = min(available, pkt.transport_wire)
    return True


cdef bint read_ipv6(Link* link, Packet* pkt, uint64_t* slugs) noexcept nogil:
    # RFC 8200, sections 3 and 4.
    cdef const uint8_t* h = link.at
    cdef const uint8_t* at
    cdef uint32_t left, wire, size
    cdef uint8_t next_header
    cdef uint16_t fragment
    cdef int headers
    if link.captured < 40:
        slugs[TRUNCATED_IPV6_HEADER] += 1
        return False
    if h[0] >> 4 != 6:
        slugs[MALFORMED_IPV6_HEADER] += 1
        return False
    wire = be16(h + 4)
    if wire == 0 and link.wire > 40:
        # Jumbogram or segmentation offload; the header's zero says nothing.
        wire = link.wire - 40
    pkt.version = 6
    pkt.ttl = h[7]
    pkt.src = h + 8
    pkt.dst = h + 24
    pkt.src_hi, pkt.src_lo = be64(h + 8), be64(h + 16)
    pkt.dst_hi, pkt.dst_lo = be64(h + 24), be64(h + 32)
    pkt.ip_bytes = 40 + wire
    pkt.is_fragment = pkt.more_fragments = False
    pkt.fragment_offset = 0
    next_header = h[6]
    at = h + 40
    left = min(link.captured - 40, wire)
    for headers in range(9):
        if next_header in (0, 43, 60, 135, 139, 140):
            if left < 8:
                break
            size = 8 + <uint32_t>at[1] * 8
        elif next_header == 44:
            if left < 8:
                break
            size = 8
            fragment = be16(at + 2)
            pkt.fragment_offset = fragment & 0xFFF8
            pkt.more_fragments = fragment & 1
            pkt.is_fragment = pkt.more_fragments or pkt.fragment_offset
            pkt.fragment_id = be32(at + 4)
        else:
            break
        if size > left:
            slugs[MALFORMED_IPV6_EXTENSION if size > wire else TRUNCATED_IPV6_HEADER] += 1
            pkt.protocol = 59
            pkt.transport, pkt.transport_captured, pkt.transport_wire = at, 0, 0
            return True
        next_header = at[0]
        at += size
        left -= size
        wire -= size
        if pkt.fragment_offset:
            break
    else:
        slugs[IPV6_EXTENSIONS_TOO_MANY] += 1
    pkt.protocol = next_header
    pkt.transport = at
    pkt.transport_captured = left
    pkt.transport_wire = wire
    return True


cdef inline uint32_t payload_bytes(Packet* pkt) noexcept nogil:
    # On the wire, behind the transport's header; a later fragment has none.
    cdef uint32_t header = 0
    if pkt.fragment_offset == 0:
        if pkt.protocol == 6:
            header = (pkt.transport[12] >> 4) * 4 if pkt.transport_captured > 12 else 20
        elif pkt.protocol == 17 or pkt.protocol == 1 or pkt.protocol == 58:
            header = 8
    return pkt.transport_wire - header if pkt.transport_wire > header else 0


cdef bint tunnel_payload(Packet* pkt, Link* inner, uint64_t* slugs) noexcept nogil:
    """Where the tunnelled frame or packet starts, when this packet is a tunnel we know."""
    cdef const uint8_t* at = pkt.transport
    cdef uint32_t left = pkt.transport_captured
    inner.at, inner.captured, inner.wire, inner.ethertype = at, left, pkt.transport_wire, 0
    if pkt.protocol == 4 or pkt.protocol == 41:
        ip_by_nibble(inner)
        return inner.ethertype != 0
    if pkt.protocol == 47:
        return gre_payload(inner, slugs)
    if pkt.protocol != 17 or left <= 8:
        return False
    advance(inner, 8)
    if pkt.dst_port == 4789 or pkt.dst_port == 8472:
        return vxlan_payload(inner)
    if pkt.dst_port == 6081:
        return geneve_payload(inner)
    if pkt.dst_port == 2152 or pkt.src_port == 2152:
        return gtp_payload(inner)
    if pkt.dst_port == 3544 or pkt.src_port == 3544:
        return teredo_payload(inner)
    return False


cdef bint gre_payload(Link* inner, uint64_t* slugs) noexcept nogil:
    # RFC 2784, RFC 2890; version 1 is PPTP (RFC 2637).
    cdef uint16_t flags
    cdef uint32_t size = 4
    if inner.captured < 4:
        return False
    flags = be16(inner.at)
    inner.ethertype = be16(inner.at + 2)
    if flags & 0x4000:
        return False    # source routes: deprecated, never seen
    size += (4 if flags & 0x8000 else 0) + (4 if flags & 0x2000 else 0) + (4 if flags & 0x1000 else 0)
    if flags & 7 == 1 and flags & 0x0080:
        size += 4
    if not advance(inner, size):
        slugs[MALFORMED_TUNNEL] += 1
        return False
    if inner.ethertype == ETH_ERSPAN2:
        inner.ethertype = ETH_TEB
        return advance(inner, 8) if flags & 0x1000 else True
    return inner.ethertype != 0


cdef bint vxlan_payload(Link* inner) noexcept nogil:
    # RFC 7348, section 5: the I flag must be set.
    if inner.captured < 8 + 14 or not inner.at[0] & 0x08:
        return False
    inner.ethertype = ETH_TEB
    return advance(inner, 8)


cdef bint geneve_payload(Link* inner) noexcept nogil:
    # RFC 8926, section 3.4.
    if inner.captured < 8 or inner.at[0] >> 6:
        return False
    inner.ethertype = be16(inner.at + 2)
    return advance(inner, 8 + (inner.at[0] & 0x3F) * 4)


cdef bint gtp_payload(Link* inner) noexcept nogil:
    # 3GPP TS 29.281, section 5.1: version 1, G-PDU.
    cdef uint8_t flags
    cdef uint8_t extension
    cdef int headers
    if inner.captured < 8 or inner.at[0] >> 4 != 3 or inner.at[1] != 0xFF:
        return False
    flags = inner.at[0]
    if flags & 7:
        if inner.captured < 12:
            return False
        extension = inner.at[11]
        advance(inner, 12)
        if flags & 4:
            for headers in range(8):
                if not extension:
                    break
                if inner.captured < 4 or not inner.at[0] or inner.captured < <uint32_t>inner.at[0] * 4:
                    return False
                extension = inner.at[inner.at[0] * 4 - 1]
                advance(inner, inner.at[0] * 4)
    else:
        advance(inner, 8)
    ip_by_nibble(inner)
    return inner.ethertype != 0


cdef bint teredo_payload(Link* inner) noexcept nogil:
    # RFC 4380, section 5.1.1: optional authentication and origin headers before the IPv6 packet.
    if inner.captured >= 4 and be16(inner.at) == 1:
        if not advance(inner, 13 + inner.at[2] + inner.at[3]):
            return False
    if inner.captured >= 8 and be16(inner.at) == 0:
        advance(inner, 8)
    if inner.captured < 40 or inner.at[0] >> 4 != 6:
        return False
    inner.ethertype = ETH_IPV6
    return True
