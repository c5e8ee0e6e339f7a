"""Names in view: one row for a name and device, bounded, with what was answered over time."""

from __future__ import annotations

from netscope.engine.names_shown import ENCRYPTED_NAME, MAX_ANSWERS, NamesShown
from netscope.model.records import DnsQuery, TrackerHit
from netscope.model.snapshot import NameRow
from tests.engine.analyze.samples import at, flow, query


def asked(
    name: str, seconds: float = 0, *addresses: str, rcode: str | None = None, device_id: int = 1, kind: str = "A"
) -> DnsQuery:
    code = rcode or ("NOERROR" if addresses else None)
    made = query(name, seconds, rcode=code, answers=addresses, kind=kind)
    made.device_id = device_id
    return made


def rows(names: NamesShown) -> list[NameRow]:
    return list(names.rows(lambda device_id, otherwise: f"device {device_id}"))


def test_a_name_seen_in_dns_and_in_a_handshake_is_one_row_with_the_surer_source_first() -> None:
    names = NamesShown()
    names.query(asked("a.example"))
    names.query(asked("a.example", 0, "192.0.2.1"))
    names.connection(flow(server="192.0.2.9"), "a.example", "tcp", at(2), ech=False)
    (row,) = rows(names)
    assert (row.sources, row.hits, row.rcode) == (("sni", "dns"), 2, "NOERROR")
    assert row.addresses == ("192.0.2.1", "192.0.2.9")
    assert (row.first_seen_ns, row.last_seen_ns) == (at(0), at(2))


def test_devices_have_rows_of_their_own_and_capitals_do_not() -> None:
    names = NamesShown()
    names.query(asked("A.exAmple"))
    names.query(asked("a.Example"))
    names.query(asked("a.example", device_id=2))
    assert [(row.name, row.device_name, row.hits) for row in rows(names)] == [
        ("A.exAmple", "device 1", 2), ("a.example", "device 2", 1),
    ]  # fmt: skip


def test_a_hidden_name_is_told_as_hidden_and_a_hello_without_one_not_at_all() -> None:
    names = NamesShown()
    names.connection(flow(), None, "tcp", at(0), ech=True)
    names.connection(flow(), None, "tcp", at(0), ech=False)
    assert [(row.name, row.sources) for row in rows(names)] == [(ENCRYPTED_NAME, ("ech",))]


def test_a_row_is_the_same_object_until_something_of_it_changes() -> None:
    names = NamesShown()
    names.query(asked("a.example"))
    names.query(asked("b.example"))
    before = rows(names)
    names.query(asked("a.example", 5))
    names.hit(TrackerHit(at(6), 1, None, "b.example", "example", "Ads", "advertising", "list"))
    names.hit(TrackerHit(at(6), 1, None, "unseen.example", "example", "Ads", "advertising", "list"))
    after = {row.name: row for row in rows(names)}
    assert after["a.example"] is not before[0]
    assert (after["b.example"].tracker, after["b.example"].category) == ("Ads", "advertising")
    assert {row.name: row for row in rows(names)}["a.example"] is after["a.example"]
    renamed = names.rows(lambda device_id, otherwise: "anna")
    assert {row.device_name for row in renamed} == {"anna"}


def test_answers_are_kept_where_they_differ_from_the_one_before() -> None:
    names = NamesShown()
    for second, address in enumerate(("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.1")):
        names.query(asked("a.example", second, address))
    names.query(asked("a.example", 9, "2001:db8::1", kind="AAAA"))
    names.query(asked("a.example", 10, rcode="NXDOMAIN"))
    (seen,) = names.of_name("A.example")
    assert [(answer.query_type, answer.rcode, answer.addresses) for answer in seen.answers] == [
        ("A", "NOERROR", ("192.0.2.1",)), ("A", "NOERROR", ("192.0.2.2",)), ("A", "NOERROR", ("192.0.2.1",)),
        ("AAAA", "NOERROR", ("2001:db8::1",)), ("A", "NXDOMAIN", ()),
    ]  # fmt: skip
    for second in range(40):
        names.query(asked("a.example", second, f"192.0.2.{second}"))
    assert len(seen.answers) == MAX_ANSWERS
    assert sum(seen.uses.told(at(50)).hours) == seen.hits


def test_the_name_not_used_for_longest_goes_first() -> None:
    names = NamesShown(max_names=3)
    for second, name in enumerate("abcad"):
        names.query(asked(f"{name}.example", second))
    assert [row.name for row in rows(names)] == ["c.example", "a.example", "d.example"]
    assert names.dropped == 1
