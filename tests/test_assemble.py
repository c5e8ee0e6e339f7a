from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from netscope.assemble import NARROW_KEYS, ROOMY_KEYS, Options, assemble, give_up_rights, make_room, open_source
from netscope.config.capture import Capture
from netscope.config.schema import Config
from netscope.demo.synthesis import write_pcap
from netscope.demo.wire import SECOND, End, Frame, ip_bytes, udp
from netscope.engine.analyze.tables import Room
from netscope.engine.enrich.judging import judgements_of
from netscope.engine.live_reader import LiveReader
from netscope.engine.outbox import Outbox
from netscope.engine.store.reader import RecordingReader
from netscope.engine.store.views import Wording
from netscope.model.errors import NetScopeError
from tests.engine.memory_source import MemorySource
from tests.engine.parse import naming_samples as samples
from tests.engine.small_network import START_NS
from tests.engine.store.samples import wait_until
from tests.engine.test_pipeline import an_evening


def test_a_file_is_a_source_and_needs_no_rights(tmp_path: Path) -> None:
    path = tmp_path / "evening.pcap"
    write_pcap(path, iter(an_evening()))
    source = open_source(Options(file=str(path)))
    assert (source.kind, source.name) == ("file", str(path))
    assert give_up_rights(Options(), source, [tmp_path]) is None
    source.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options(file="/no/such/file"), "no such file"),
        (Options(config=Config(capture=Capture(interfaces=("nosuch0",)))), "no interface is called nosuch0"),
    ],
)
def test_what_cannot_be_opened_is_refused(options: Options, words: str) -> None:
    with pytest.raises(NetScopeError, match=words):
        open_source(options)


def test_a_recording_is_private_to_its_owner(tmp_path: Path) -> None:
    database = tmp_path / "new" / "home.db"
    engine = assemble(Options(record=database), MemorySource(an_evening()))
    engine.run()
    assert engine.error is None
    assert database.stat().st_mode & 0o777 == 0o600
    assert database.parent.stat().st_mode & 0o777 == 0o700


def test_a_recording_that_cannot_be_opened_is_told_and_closes_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(NetScopeError, match=r"folder\.db"):
        assemble(Options(record=tmp_path / "folder.db"), MemorySource([]))


def test_devices_on_record_are_not_announced_again(tmp_path: Path) -> None:
    options = Options(record=tmp_path / "home.db", learning_s=0)
    first = assemble(options, MemorySource(an_evening()))
    first.run()
    assert any(alert.detector == "new_device" for alert in first.pipeline.alerts.values())
    second = assemble(options, MemorySource(an_evening()))
    second.run()
    assert not any(alert.detector == "new_device" for alert in second.pipeline.alerts.values())


def a_phone_that_asks_for_an_address(mac: bytes, at_ns: int) -> list[Frame]:
    asking = End(mac, ip_bytes("0.0.0.0"))
    everybody = End(b"\xff" * 6, ip_bytes("255.255.255.255"))
    return [(at_ns, udp(asking, 68, everybody, 67, samples.DHCP_DISCOVER.replace(samples.MAC, mac)))]


def test_a_phone_under_another_address_is_suggested_live_and_in_the_recording_and_merged_nowhere(
    tmp_path: Path,
) -> None:
    options = Options(record=tmp_path / "home.db")
    macs = [samples.MAC, bytes.fromhex("0200c0ffee02")]
    assemble(options, MemorySource(a_phone_that_asks_for_an_address(macs[0], START_NS))).run()
    outbox = Outbox()
    again = assemble(
        options, MemorySource(a_phone_that_asks_for_an_address(macs[1], START_NS + 3600 * SECOND)), outbox=outbox
    )
    again.run()
    reader = RecordingReader(tmp_path / "home.db", time.time_ns, Wording(judgements=judgements_of))
    wait_until(lambda: len(reader.snapshot().devices) == 2)
    for readable in (LiveReader(again, outbox), reader):
        assert {row.mac for row in readable.snapshot().devices} == {"02:00:c0:ff:ee:01", "02:00:c0:ff:ee:02"}
        detail = readable.device_detail(2)
        assert detail is not None
        assert [(same.mac, same.confidence) for same in detail.same_devices] == [("02:00:c0:ff:ee:01", 65)]
        assert detail.same_devices[0].evidence == (
            "same host name kitchen-tablet",
            "same list of DHCP parameters",
            "same DHCP vendor class android-dhcp-14",
        )
        held = {judgement.attribute: judgement.value for judgement in reversed(detail.judgements)}
        assert held == {"kind": "phone", "os": "Android 14"}
    reader.close()


def test_the_screen_sees_the_recordings_path(tmp_path: Path) -> None:
    outbox = Outbox()
    engine = assemble(Options(record=tmp_path / "home.db"), MemorySource(an_evening()), outbox=outbox)
    engine.run()
    assert outbox.latest is not None
    assert outbox.latest.capture.recording == str(tmp_path / "home.db")
    assert os.path.exists(tmp_path / "home.db")


def test_a_small_machine_remembers_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Room, "keys", Room.keys)
    make_room(900_000_000)
    assert Room.keys == NARROW_KEYS
    make_room(8_000_000_000)
    assert Room.keys == ROOMY_KEYS
