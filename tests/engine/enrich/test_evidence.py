"""What records say of devices, and what they must not be taken to say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.enrich.evidence import MAX_FACTS, Fact, facts_of, syn_signature, txt_pairs
from netscope.model.dns import DnsMessage, DnsRecord, MdnsAnnouncement
from netscope.model.flow import Flow
from netscope.model.records import DhcpExchange, DnsQuery, HttpRequest, RouterSeen, TlsHandshake
from netscope.model.service import ServiceSeen, SsdpMessage, SsdpSeen

MAC = "d8:30:62:56:00:1c"
IP = "192.168.2.7"


def flow() -> Flow:
    return Flow(1, IP, 40000, "192.168.2.20", 80, "tcp", None, MAC, None, 0)


def facts(record: object) -> set[tuple[str, str, str]]:
    return {(fact.source, fact.attribute, fact.value) for fact in facts_of(record)}


def record(name: str, kind: str, data: str) -> DnsRecord:
    return DnsRecord(name, kind, 1, 120, data, False)


def announcement(*records: DnsRecord, sender: str = IP, transport: str = "mdns") -> MdnsAnnouncement:
    message = DnsMessage(0, True, 0, "NOERROR", True, False, (), records, (), (), None, ())
    return MdnsAnnouncement(None, sender, MAC, 5, message, transport)


def exchange(*, from_client: bool = True, sender_ip: str = "0.0.0.0") -> DhcpExchange:
    return DhcpExchange(
        5, MAC, "REQUEST" if from_client else "ACK", None, None, "192.168.2.1", "Lucas-iMac", "MSFT 5.0", (1, 3, 6),
        from_client=from_client, sender_mac="c6:2c:03:60:6a:64", sender_ip=sender_ip,
    )  # fmt: skip


def test_a_dhcp_client_names_itself() -> None:
    assert facts(exchange()) == {
        ("dhcp", "hostname", "Lucas-iMac"),
        ("dhcp", "vendor_class", "MSFT 5.0"),
        ("dhcp", "parameter_list", "1,3,6"),
    }
    assert {fact.mac for fact in facts_of(exchange())} == {MAC}


def test_the_machine_s_own_number_is_read_from_both_versions() -> None:
    v4, v6 = exchange(), exchange(sender_ip="fe80::1")
    v4.client_id = "ff" + "12345678" + "0004aabbcc"
    v6.client_id = "0004aabbcc"
    assert ("dhcp", "duid", "0004aabbcc") in facts(v4)
    assert ("dhcpv6", "duid", "0004aabbcc") in facts(v6)
    v4.client_id = "01da a1 19 00 4f 2a".replace(" ", "")
    assert "duid" not in {attribute for _, attribute, _ in facts(v4)}


def test_a_duid_s_mac_gives_way_to_the_sender_s_address() -> None:
    message = exchange(sender_ip="fe80::1")
    message.mac_is_own = False
    assert {(fact.mac, fact.ip) for fact in facts_of(message)} == {(message.mac, "fe80::1")}


def test_a_dhcp_server_is_heard_by_its_own_mac_but_a_relay_is_no_server() -> None:
    assert list(facts_of(exchange(from_client=False, sender_ip="192.168.2.1"))) == [
        Fact("c6:2c:03:60:6a:64", None, "role", "router", "dhcp_server")
    ]
    assert facts(exchange(from_client=False, sender_ip="192.168.2.254")) == set()


def test_dhcpv6_is_told_apart_because_its_option_numbers_mean_other_things() -> None:
    assert ("dhcpv6", "parameter_list", "1,3,6") in facts(exchange(sender_ip="fe80::1"))


def test_mdns_tells_host_name_services_and_model() -> None:
    heard = facts(
        announcement(
            record("Lucas-iMac.local", "A", IP),
            record("_services._dns-sd._udp.local", "PTR", "_smb._tcp.local"),
            record(r"Luca\226\128\153s\032iMac._device-info._tcp.local", "TXT", '"model=iMac11,3" "osxvers=17"'),
        )
    )
    assert heard == {
        ("mdns", "hostname", "Lucas-iMac"),
        ("mdns", "service", "_smb._tcp"),
        ("mdns", "service", "_device-info._tcp"),
        ("mdns", "instance", "Luca’s iMac"),
        ("mdns", "device-info.model", "iMac11,3"),
        ("mdns", "device-info.osxvers", "17"),
    }


def test_a_reflector_s_message_says_nothing_of_the_reflector() -> None:
    others = [record("tv.local", "A", "192.168.9.9"), record("TV._googlecast._tcp.local", "TXT", '"md=Chromecast"')]
    assert facts(announcement(*others)) == set()
    assert facts(announcement(*others, sender="192.168.9.9")) != set()


def test_only_unique_netbios_names_are_a_host_s() -> None:
    heard = facts(
        announcement(
            record("DESKTOP-AB12CD3<00>", "NB", "192.168.2.7 unique"),
            record("WORKGROUP<00>", "NB", "192.168.2.7 group"),
            record("DESKTOP-AB12CD3<20>", "NB", "192.168.2.7 unique"),
            transport="nbns",
        )
    )
    assert heard == {("nbns", "hostname", "DESKTOP-AB12CD3"), ("nbns", "service", "file_server")}


def test_ssdp_of_a_device_and_of_one_that_searches() -> None:
    server = SsdpMessage("NOTIFY", "urn:schemas-upnp-org:device:MediaServer:1", "uuid:1::x", "Linux UPnP/1.0", None,
                         None, "ssdp:alive", 1800)  # fmt: skip
    search = SsdpMessage("M-SEARCH", "ssdp:all", None, None, "Google Chrome/83.0 Mac OS X", None, None, None)
    assert facts(SsdpSeen(flow(), 5, server, IP, MAC)) == {
        ("ssdp", "server", "Linux UPnP/1.0"),
        ("ssdp", "type", "urn:schemas-upnp-org:device:MediaServer:1"),
    }
    assert facts(SsdpSeen(flow(), 5, search, IP, MAC)) == {("ssdp", "user_agent", "Google Chrome/83.0 Mac OS X")}


def test_http_tells_of_both_ends_by_address() -> None:
    request = HttpRequest(flow(), 5, "GET", "captive.apple.com", "/", "curl/8.5", server="lighttpd/1.4.59")
    assert set(facts_of(request)) == {
        Fact(None, IP, "http_user_agent", "user_agent", "curl/8.5"),
        Fact(None, "192.168.2.20", "http_server", "server", "lighttpd/1.4.59"),
        Fact(None, IP, "contacted", "host", "captive.apple.com"),
    }


def test_only_telling_hosts_are_kept_of_queries_and_hellos() -> None:
    asked = DnsQuery(None, IP, "192.168.2.1", "udp", 5, 1, "www.msftconnecttest.com", "A")
    private = DnsQuery(None, IP, "192.168.2.1", "udp", 5, 1, "private.example.org", "A")
    hello = TlsHandshake(flow(), 5, "tcp", "logs.roku.com", False, "TLSv1.3", (), None, None, None)
    assert facts(asked) == {("contacted", "host", "msftconnecttest.com")}
    assert facts(private) == set()
    assert facts(hello) == {("contacted", "host", "logs.roku.com")}


def test_a_known_fingerprint_names_the_client() -> None:
    ja4 = "t12d520600_b380db6257eb_0a9c83bf8b96"
    hello = TlsHandshake(flow(), 5, "tcp", None, False, "TLSv1.2", (), None, None, ja4)
    assert facts(hello) == {("tls", "client", "LIFX Smart Bulbs")}


def test_services_say_which_side_spoke_but_not_those_without_a_speaker() -> None:
    said = ServiceSeen(flow(), 5, "ssh", "server_version", "SSH-2.0-dropbear", "server")
    assert list(facts_of(said)) == [Fact(None, "192.168.2.20", "ssh", "server_version", "SSH-2.0-dropbear")]
    assert facts(ServiceSeen(flow(), 5, "ntp", "mode", "client", "client")) == set()


def test_a_router_advertisement_without_lifetime_makes_no_router() -> None:
    assert facts(RouterSeen(5, MAC, "fe80::1", "ra", (), (), 1800)) == {("role", "router", "ra")}
    assert facts(RouterSeen(5, MAC, "fe80::1", "ra", (), (), 0)) == set()


def test_a_message_gives_no_more_than_its_share() -> None:
    many = [record("_services._dns-sd._udp.local", "PTR", f"_x{n}._tcp.local") for n in range(500)]
    assert len(list(facts_of(announcement(*many)))) == MAX_FACTS


def test_other_records_say_nothing() -> None:
    assert facts("not a record") == set()


def test_txt_keys_are_lower_case_and_values_as_written() -> None:
    assert list(txt_pairs(r'"Model=A b" "flag" "fn=K\195\188che" "=x"')) == [
        ("model", "A b"), ("fn", "Küche"), ("", "x"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ttl", "window", "options", "signature"),
    [
        (64, 64240, "020405b40402080a0000000100000000" + "01030307", "64:64240:M,S,T,N,W"),
        (127, 64240, "020405b40103030801010402", "128:64240:M,N,W,N,N,S"),
        (60, 65535, "020405b4010303060101080a00000001000000000402" + "0000", "64:65535:M,N,W,N,N,T,S,E"),
        (255, 2048, "020405b4", "255:2048:M"),
        (30, 0, "", "32:0:"),
        (64, 1, "0204", "64:1:M"),
        (64, 1, "0200ffff", "64:1:M"),
        (64, 1, "fe04abcd01", "64:1:254,N"),
    ],
)
def test_the_shape_of_a_syn(ttl: int, window: int, options: str, signature: str) -> None:
    assert syn_signature(ttl, window, bytes.fromhex(options)) == signature


@given(st.integers(0, 255), st.integers(0, 65535), st.binary(max_size=60))
def test_any_options_give_a_shape(ttl: int, window: int, options: bytes) -> None:
    assert syn_signature(ttl, window, options).count(":") == 2
