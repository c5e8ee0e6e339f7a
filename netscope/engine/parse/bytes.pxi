# Reading integers from untrusted memory, and the facts the meter counts by name.

cdef inline uint16_t be16(const uint8_t* p) noexcept nogil:
    return <uint16_t>((p[0] << 8) | p[1])

cdef inline uint32_t be32(const uint8_t* p) noexcept nogil:
    return (<uint32_t>p[0] << 24) | (<uint32_t>p[1] << 16) | (<uint32_t>p[2] << 8) | p[3]

cdef inline uint64_t be64(const uint8_t* p) noexcept nogil:
    return (<uint64_t>be32(p) << 32) | be32(p + 4)

cdef inline uint32_t le32(const uint8_t* p) noexcept nogil:
    return (<uint32_t>p[3] << 24) | (<uint32_t>p[2] << 16) | (<uint32_t>p[1] << 8) | p[0]

cdef inline uint16_t le16(const uint8_t* p) noexcept nogil:
    return <uint16_t>((p[1] << 8) | p[0])

cdef inline uint64_t le64(const uint8_t* p) noexcept nogil:
    return (<uint64_t>le32(p + 4) << 32) | le32(p)

# Sequence numbers compare modulo 2**32 (RFC 9293, section 3.4).
cdef inline int32_t seq_diff(uint32_t a, uint32_t b) noexcept nogil:
    return <int32_t>(a - b)

cdef enum:
    TRUNCATED_LINK_HEADER
    TRUNCATED_IPV4_HEADER
    TRUNCATED_IPV6_HEADER
    TRUNCATED_TCP_HEADER
    TRUNCATED_UDP_HEADER
    TRUNCATED_TRANSPORT_HEADER
    MALFORMED_IPV4_HEADER
    MALFORMED_IPV4_LENGTH
    MALFORMED_IPV6_HEADER
    MALFORMED_IPV6_EXTENSION
    MALFORMED_TCP_HEADER
    MALFORMED_UDP_LENGTH
    MALFORMED_FRAGMENT
    MALFORMED_MPLS
    MALFORMED_TUNNEL
    IPV6_EXTENSIONS_TOO_MANY
    TUNNEL_TOO_DEEP
    UNKNOWN_LINK_TYPE
    ENCRYPTED_WIFI_FRAME
    FRAGMENT_OVERLAP
    FRAGMENTS_EXPIRED
    FRAGMENTS_EVICTED
    FRAGMENTS_REASSEMBLED
    FLOW_TABLE_FULL
    TCP_OUT_OF_WINDOW
    TCP_GAP
    TCP_BUFFER_FULL
    TCP_OVERLAP
    CONTROL_RATE_LIMITED
    CAPTURE_UNKNOWN_BLOCK
    EXCLUDED_PACKETS
    SLUG_COUNT

SLUG_NAMES = (
    "truncated_link_header",
    "truncated_ipv4_header",
    "truncated_ipv6_header",
    "truncated_tcp_header",
    "truncated_udp_header",
    "truncated_transport_header",
    "malformed_ipv4_header",
    "malformed_ipv4_length",
    "malformed_ipv6_header",
    "malformed_ipv6_extension",
    "malformed_tcp_header",
    "malformed_udp_length",
    "malformed_fragment",
    "malformed_mpls",
    "malformed_tunnel",
    "ipv6_extensions_too_many",
    "tunnel_too_deep",
    "unknown_link_type",
    "encrypted_wifi_frame",
    "fragment_overlap",
    "fragments_expired",
    "fragments_evicted",
    "fragments_reassembled",
    "flow_table_full",
    "tcp_out_of_window",
    "tcp_gap",
    "tcp_buffer_full",
    "tcp_overlap",
    "control_rate_limited",
    "capture_unknown_block",
    "excluded_packets",
)
