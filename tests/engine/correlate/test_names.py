from __future__ import annotations

from netscope.engine.correlate.names import MAX_LIFETIME_NS, MAX_NAMES, MIN_LIFETIME_NS, NameTable
from netscope.model.dns import DnsRecord
from netscope.model.records import DnsQuery

NS = 1_000_000_000


def answered(client: str, name: str, *addresses: str, ttl: int = 600, rcode: str = "NOERROR") -> DnsQuery:
    query = DnsQuery(None, client, "192.168.1.1", "udp", 0, 1, name, "A")
    query.rcode = rcode
    query.answers = tuple(DnsRecord(name, "A", 1, ttl, address, False) for address in addresses)
    return query


def test_a_name_belongs_to_the_client_that_asked() -> None:
    names = NameTable()
    names.learn_answer(answered("10.0.0.1", "one.example", "93.184.216.34"), 0)
    assert names.name_of("10.0.0.1", "93.184.216.34", NS) == ("one.example", "dns")
    assert names.name_of("10.0.0.2", "93.184.216.34", NS) is None


def test_two_clients_may_mean_different_names_by_one_address() -> None:
    names = NameTable()
    names.learn_answer(answered("10.0.0.1", "one.example", "93.184.216.34"), 0)
    names.learn_answer(answered("10.0.0.2", "two.example", "93.184.216.34"), 0)
    assert names.name_of("10.0.0.1", "93.184.216.34", NS) == ("one.example", "dns")
    assert names.name_of("10.0.0.2", "93.184.216.34", NS) == ("two.example", "dns")


def test_the_name_asked_for_is_kept_through_aliases() -> None:
    names = NameTable()
    query = answered("10.0.0.1", "www.example.org", "93.184.216.34")
    query.answers = (
        DnsRecord("www.example.org", "CNAME", 1, 60, "cdn.example.net", False),
        DnsRecord("cdn.example.net", "A", 1, 600, "93.184.216.34", False),
    )
    names.learn_answer(query, 0)
    assert names.name_of("10.0.0.1", "93.184.216.34", NS) == ("www.example.org", "dns")


def test_a_failed_answer_names_nothing() -> None:
    names = NameTable()
    names.learn_answer(answered("10.0.0.1", "one.example", "93.184.216.34", rcode="SERVFAIL"), 0)
    assert len(names) == 0


def test_names_expire_with_their_ttl_but_not_before_a_browser_forgets_them() -> None:
    names = NameTable()
    names.learn_answer(answered("10.0.0.1", "long.example", "192.0.2.1", ttl=3600), 0)
    names.learn_answer(answered("10.0.0.1", "short.example", "192.0.2.2", ttl=1), 0)
    assert names.name_of("10.0.0.1", "192.0.2.2", MIN_LIFETIME_NS) is not None
    assert names.name_of("10.0.0.1", "192.0.2.2", MIN_LIFETIME_NS + 1) is None
    assert names.name_of("10.0.0.1", "192.0.2.1", 3600 * NS) is not None
    assert names.name_of("10.0.0.1", "192.0.2.1", 3600 * NS + 1) is None


def test_no_ttl_keeps_a_name_for_ever() -> None:
    names = NameTable()
    names.learn_answer(answered("10.0.0.1", "x.example", "192.0.2.1", ttl=2**31), 0)
    assert names.name_of("10.0.0.1", "192.0.2.1", MAX_LIFETIME_NS + 1) is None


def test_everybody_hears_mdns() -> None:
    names = NameTable()
    names.learn_mdns((DnsRecord("printer.local", "A", 1, 120, "192.168.1.9", True),), 0)
    assert names.name_of("192.168.1.31", "192.168.1.9", NS) == ("printer.local", "mdns")


def test_a_goodbye_names_nothing() -> None:
    names = NameTable()
    names.learn_mdns((DnsRecord("printer.local", "A", 1, 0, "192.168.1.9", True),), 0)
    assert names.name_of("192.168.1.31", "192.168.1.9", NS) is None


def test_the_table_is_bounded_and_the_oldest_goes_first() -> None:
    names = NameTable()
    for number in range(MAX_NAMES + 10):
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        names.learn_answer(answered("10.0.0.1", "x.example", address), 0)
    assert len(names) == MAX_NAMES
    assert names.name_of("10.0.0.1", "10.0.0.0", NS) is None
    assert names.name_of("10.0.0.1", "10.0.0.10", NS) is not None


def test_what_has_expired_makes_room_as_others_come() -> None:
    names = NameTable()
    for minute in range(2_000):
        names.learn_answer(answered("10.0.0.1", "x.example", f"192.0.{minute >> 8}.{minute & 255}"), minute * 60 * NS)
    assert len(names) < 15  # of ten minutes each


def test_an_answer_to_another_question_names_nothing() -> None:
    names = NameTable()
    query = answered("10.0.0.1", "www.example.org")
    query.answers = (
        DnsRecord("bank.example", "A", 1, 60, "192.0.2.7", False),
        DnsRecord("other.example", "CNAME", 1, 60, "bank.example", False),
    )
    names.learn_answer(query, 0)
    assert len(names) == 0


def test_a_chain_of_aliases_out_of_order_and_in_any_case_is_followed() -> None:
    names = NameTable()
    query = answered("10.0.0.1", "wWw.Example.Org")
    query.answers = (
        DnsRecord("c.example.net", "A", 1, 60, "192.0.2.7", False),
        DnsRecord("B.example.net", "CNAME", 1, 60, "c.example.net", False),
        DnsRecord("www.example.org", "CNAME", 1, 60, "b.Example.net", False),
    )
    names.learn_answer(query, 0)
    assert names.name_of("10.0.0.1", "192.0.2.7", 0) == ("wWw.Example.Org", "dns")


def test_a_circle_of_aliases_ends() -> None:
    names = NameTable()
    query = answered("10.0.0.1", "a.example")
    query.answers = (
        DnsRecord("a.example", "CNAME", 1, 60, "b.example", False),
        DnsRecord("b.example", "CNAME", 1, 60, "a.example", False),
    )
    names.learn_answer(query, 0)
    assert len(names) == 0


def test_hints_of_an_https_record_name_their_addresses() -> None:
    names = NameTable()
    query = answered("10.0.0.1", "www.example.org")
    query.query_type = "HTTPS"
    data = '1 . alpn="h3,h2" ipv4hint=104.16.132.229,104.16.133.229 ipv6hint=2606:4700::6810:84e5'
    query.answers = (DnsRecord("www.example.org", "HTTPS", 1, 300, data, False),)
    names.learn_answer(query, 0)
    for address in ("104.16.132.229", "104.16.133.229", "2606:4700::6810:84e5"):
        assert names.name_of("10.0.0.1", address, 0) == ("www.example.org", "dns")


def test_the_users_hosts_file_names_what_nobody_else_does() -> None:
    names = NameTable()
    names.hosts = {"192.168.1.5": "nas.home", "93.184.216.34": "mine.example"}
    names.learn_answer(answered("10.0.0.1", "one.example", "93.184.216.34"), 0)
    assert names.name_of("10.0.0.1", "93.184.216.34", 0) == ("one.example", "dns")
    assert names.name_of("10.0.0.2", "93.184.216.34", 0) == ("mine.example", "hosts")
    assert names.name_of("10.0.0.9", "192.168.1.5", 0) == ("nas.home", "hosts")
