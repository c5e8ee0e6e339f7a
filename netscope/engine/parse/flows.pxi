# The flow table: C memory, hashed by 5-tuple and VLAN, idle lists per state. No Python objects here.
#
# Bound: max_flows records. At the bound the flow idle longest is closed (reason evicted) and counted.

cdef enum:
    CLASS_TCP_OPENING
    CLASS_TCP_OPEN
    CLASS_TCP_CLOSING
    CLASS_TCP_CLOSED
    CLASS_UDP_ONE_WAY
    CLASS_UDP_ANSWERED
    CLASS_OTHER
    CLASS_COUNT

cdef enum:
    END_NONE
    END_FIN
    END_RST
    END_IDLE
    END_EVICTED
    END_CAPTURE

END_REASONS = (None, "fin", "rst", "idle", "evicted", "capture_end")

# Seconds of silence after which a flow is closed. An open TCP connection may be silent between two
# keep-alives (phones: up to 15 minutes and more); a closed one waits for stragglers only.
cdef int64_t[7] IDLE_NS
IDLE_NS[CLASS_TCP_OPENING] = 60 * NS
IDLE_NS[CLASS_TCP_OPEN] = 1800 * NS
IDLE_NS[CLASS_TCP_CLOSING] = 120 * NS
IDLE_NS[CLASS_TCP_CLOSED] = 5 * NS
IDLE_NS[CLASS_UDP_ONE_WAY] = 60 * NS
IDLE_NS[CLASS_UDP_ANSWERED] = 180 * NS
IDLE_NS[CLASS_OTHER] = 60 * NS

cdef enum:
    TCP_FIN = 1
    TCP_SYN = 2
    TCP_RST = 4
    TCP_ACK = 16

# What has been seen of one direction, for the connection state.
cdef enum:
    SEEN_SYN = 1
    SEEN_SYN_ACK = 2
    SEEN_FIN = 4
    SEEN_RST = 8
    SEEN_DATA = 16
    SEEN_ACK = 32

cdef struct Segment:
    Segment* next
    uint32_t seq
    uint32_t length         # bytes held
    uint32_t wire           # bytes the segment had on the wire; more than held when the capture cut it

cdef struct Half:
    # One direction of a flow.
    uint64_t packets
    uint64_t bytes
    uint64_t payload        # bytes behind the transport's header
    int64_t data_ns         # when the first of them came
    uint32_t next_seq       # first byte not yet delivered
    uint32_t end_seq        # one past the highest byte seen
    uint64_t skip           # bytes to leave out before delivering again
    Segment* pending        # out of order, by sequence number
    uint32_t pending_bytes
    uint32_t pending_segments
    uint8_t hole_acks       # acknowledgements seen for bytes we never saw
    uint8_t strays          # segments far outside the window
    uint8_t seen
    bint in_sync            # next_seq is known
    bint wanted

cdef struct FlowRecord:
    uint64_t client_hi, client_lo
    uint64_t server_hi, server_lo
    uint32_t hash
    int32_t chain           # next in the hash bucket
    int32_t older, newer    # idle list
    uint16_t client_port, server_port
    uint16_t vlan[2]
    uint8_t vlan_count
    uint8_t version
    uint8_t protocol
    uint8_t depth
    uint8_t timeout_class
    uint8_t history_length
    uint8_t told_history    # history_length + 1 when the Python flow last got it
    uint8_t told_data       # directions whose first data the Python flow knows of, as bits
    uint8_t roles_by_syn
    uint8_t icmp_type, icmp_code
    bint has_icmp_kind
    bint used
    bint changed            # the slot is in the list for collect
    bint has_client_mac
    bint has_server_mac
    uint8_t client_mac[6]
    uint8_t server_mac[6]
    char history[24]
    int64_t first_ns
    int64_t last_ns
    int64_t listed_ns       # when it was last moved in the idle list
    int64_t syn_ns
    int64_t syn_ack_ns
    int64_t rtt_ns
    uint32_t retransmissions
    uint32_t syn_seq
    uint8_t ttl[2]          # of the first packet of each direction; 0 before it
    uint8_t syn_ttl         # of the client's SYN: tells its operating system
    uint8_t syn_options_length
    uint16_t syn_window
    uint8_t syn_options[40]
    FlowShape shape
    Half half[2]

cdef struct IdleList:
    int32_t oldest
    int32_t newest

cdef struct FlowTable:
    FlowRecord* records
    int32_t capacity        # records allocated
    int32_t limit           # max_flows
    int32_t used
    int32_t high            # records ever handed out
    int32_t free_head       # free list through chain
    int32_t* buckets
    uint32_t mask
    IdleList idle[7]
    uint64_t seed


cdef inline void note_payload(Half* half, uint64_t size, int64_t ts_ns) noexcept nogil:
    if size:
        if not half.payload:
            half.data_ns = ts_ns
        half.payload += size


cdef inline uint64_t mix64(uint64_t x) noexcept nogil:
    x ^= x >> 33
    x *= <uint64_t>0xFF51AFD7ED558CCD
    x ^= x >> 33
    x *= <uint64_t>0xC4CEB9FE1A85EC53
    return x ^ (x >> 33)


cdef inline uint32_t key_hash(FlowTable* table, Packet* pkt) noexcept nogil:
    # Symmetric in the endpoints, keyed by a random seed so that nobody can aim at one bucket.
    cdef uint64_t a = mix64(pkt.src_lo ^ (pkt.src_hi * <uint64_t>0x9E3779B97F4A7C15) ^ (<uint64_t>pkt.src_port << 48) ^ table.seed)
    cdef uint64_t b = mix64(pkt.dst_lo ^ (pkt.dst_hi * <uint64_t>0x9E3779B97F4A7C15) ^ (<uint64_t>pkt.dst_port << 48) ^ table.seed)
    cdef uint64_t rest = pkt.protocol ^ (<uint64_t>pkt.depth << 8)
    if pkt.vlan_count:
        rest ^= <uint64_t>pkt.vlan[0] << 16 ^ <uint64_t>pkt.vlan_count << 48
        if pkt.vlan_count > 1:
            rest ^= <uint64_t>pkt.vlan[1] << 32
    return <uint32_t>mix64((a + b) ^ rest)


cdef bint table_allocate(FlowTable* table, int32_t limit, uint64_t seed) noexcept nogil:
    cdef int32_t i
    cdef uint32_t buckets = 1024
    memset(table, 0, sizeof(FlowTable))
    while buckets < <uint32_t>limit:
        buckets *= 2
    table.limit = limit
    table.mask = buckets - 1
    table.seed = seed
    table.free_head = NIL
    table.buckets = <int32_t*>malloc(buckets * sizeof(int32_t))
    if table.buckets == NULL:
        return False
    memset(table.buckets, 0xFF, buckets * sizeof(int32_t))
    for i in range(CLASS_COUNT):
        table.idle[i].oldest = table.idle[i].newest = NIL
    return True


cdef int32_t table_find(FlowTable* table, Packet* pkt, uint32_t hash, int* direction) noexcept nogil:
    cdef int32_t slot = table.buckets[hash & table.mask]
    cdef FlowRecord* f
    while slot != NIL:
        f = &table.records[slot]
        if (
            f.hash == hash and f.protocol == pkt.protocol and f.version == pkt.version
            and f.vlan_count == pkt.vlan_count and f.depth == pkt.depth
            and f.vlan[0] == pkt.vlan[0] and f.vlan[1] == pkt.vlan[1]
        ):
            if (
                f.client_port == pkt.src_port and f.server_port == pkt.dst_port
                and f.client_lo == pkt.src_lo and f.server_lo == pkt.dst_lo
                and f.client_hi == pkt.src_hi and f.server_hi == pkt.dst_hi
            ):
                direction[0] = 0
                return slot
            if (
                f.client_port == pkt.dst_port and f.server_port == pkt.src_port
                and f.client_lo == pkt.dst_lo and f.server_lo == pkt.src_lo
                and f.client_hi == pkt.dst_hi and f.server_hi == pkt.src_hi
            ):
                direction[0] = 1
                return slot
        slot = f.chain
    return NIL


cdef int32_t table_take(FlowTable* table) noexcept nogil:
    """A free record, NIL when the table is at its bound or memory is out."""
    cdef int32_t slot, capacity
    cdef FlowRecord* grown
    if table.free_head != NIL:
        slot = table.free_head
        table.free_head = table.records[slot].chain
    else:
        if table.high == table.limit:
            return NIL
        if table.high == table.capacity:
            capacity = min(max(table.capacity * 2, 1024), table.limit)
            grown = <FlowRecord*>realloc(table.records, capacity * sizeof(FlowRecord))
            if grown == NULL:
                return NIL
            table.records = grown
            table.capacity = capacity
        slot = table.high
        memset(&table.records[slot], 0, sizeof(FlowRecord))
        table.high += 1
    table.used += 1
    return slot


cdef inline void idle_unlink(FlowTable* table, int32_t slot) noexcept nogil:
    cdef FlowRecord* f = &table.records[slot]
    cdef IdleList* idle = &table.idle[f.timeout_class]
    if f.older != NIL:
        table.records[f.older].newer = f.newer
    else:
        idle.oldest = f.newer
    if f.newer != NIL:
        table.records[f.newer].older = f.older
    else:
        idle.newest = f.older


cdef inline void idle_append(FlowTable* table, int32_t slot) noexcept nogil:
    cdef FlowRecord* f = &table.records[slot]
    cdef IdleList* idle = &table.idle[f.timeout_class]
    f.older = idle.newest
    f.newer = NIL
    if idle.newest != NIL:
        table.records[idle.newest].newer = slot
    else:
        idle.oldest = slot
    idle.newest = slot


cdef inline void idle_touch(FlowTable* table, int32_t slot, int64_t now_ns, uint8_t timeout_class) noexcept nogil:
    # The lists are in order to within a second; moving at each packet would double the cache misses.
    cdef FlowRecord* f = &table.records[slot]
    if f.timeout_class == timeout_class and now_ns - f.listed_ns < NS:
        return
    idle_unlink(table, slot)
    f.timeout_class = timeout_class
    f.listed_ns = now_ns
    idle_append(table, slot)


cdef void table_unhash(FlowTable* table, int32_t slot) noexcept nogil:
    cdef FlowRecord* f = &table.records[slot]
    cdef int32_t* link = &table.buckets[f.hash & table.mask]
    while link[0] != slot:
        link = &table.records[link[0]].chain
    link[0] = f.chain


cdef int32_t table_oldest(FlowTable* table) noexcept nogil:
    cdef int32_t best = NIL
    cdef int i
    for i in range(CLASS_COUNT):
        if table.idle[i].oldest != NIL and (
            best == NIL or table.records[table.idle[i].oldest].last_ns < table.records[best].last_ns
        ):
            best = table.idle[i].oldest
    return best


cdef inline void add_history(FlowRecord* f, int direction, char letter) noexcept nogil:
    # Zeek's history: each letter once a direction, upper case from the client.
    cdef int i
    if direction:
        letter |= 0x20
    for i in range(f.history_length):
        if f.history[i] == letter:
            return
    if f.history_length < 24:
        f.history[f.history_length] = letter
        f.history_length += 1


cdef inline bint is_server_port(uint16_t port) noexcept nogil:
    # Only asked when no SYN was seen. Well-known ports, and the registered ones of home networks.
    return port and (
        port < 1024
        or port in (1194, 1433, 1521, 1701, 1723, 1883, 1900, 3128, 3306, 3389, 3478, 4500, 5060, 5222, 5223, 5228, 5353,
                    5355, 5432, 5555, 5900, 6379, 6667, 7000, 8000, 8008, 8009, 8080, 8081, 8443, 8883, 8888, 9000, 9100,
                    9200, 25565, 32400, 49152, 51820)
    )


cdef inline bint sender_is_server(Packet* pkt, uint8_t tcp_flags) noexcept nogil:
    """SYN decides; else the one well-known port; else whoever spoke first is the client."""
    cdef bint src_known, dst_known
    if pkt.protocol == 6 and tcp_flags & TCP_SYN:
        return (tcp_flags & TCP_ACK) != 0
    src_known = is_server_port(pkt.src_port)
    dst_known = is_server_port(pkt.dst_port)
    if src_known == dst_known:
        return pkt.protocol == 17 and pkt.src_port == 67 and pkt.dst_port == 68
    return src_known


cdef str conn_state(FlowRecord* f):
    """Zeek's conn_state from what was seen of each direction."""
    cdef uint8_t up = f.half[0].seen
    cdef uint8_t down = f.half[1].seen
    if up & SEEN_SYN and not down & SEEN_SYN_ACK:
        if down & SEEN_RST:
            return "REJ"
        if up & SEEN_RST:
            return "RSTOS0"
        if up & SEEN_FIN:
            return "SH"
        if down & (SEEN_DATA | SEEN_ACK | SEEN_FIN):
            return "OTH"
        return "S0"
    if not up & SEEN_SYN and down & SEEN_SYN_ACK:
        if down & SEEN_RST:
            return "RSTRH"
        if down & SEEN_FIN and not up & SEEN_DATA:
            return "SHR"
        return "OTH"
    if up & SEEN_SYN:
        # Where both reset, Zeek names the responder.
        if down & SEEN_RST:
            return "RSTR"
        if up & SEEN_RST:
            return "RSTO"
        if up & SEEN_FIN and down & SEEN_FIN:
            return "SF"
        if up & SEEN_FIN:
            return "S2"
        if down & SEEN_FIN:
            return "S3"
        return "S1"
    return "OTH"
