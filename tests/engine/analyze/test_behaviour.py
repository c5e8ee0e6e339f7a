"""Against each device's own past: beacons, uploads, places, services, hellos, fan-out, lines, hours, the sensor."""

from __future__ import annotations

import random
from typing import Any

from netscope.engine.analyze.beacon import KEPT, KEPT_FEW, Beacon
from netscope.engine.analyze.fan_out import FanOut
from netscope.engine.analyze.hello_change import HelloChange
from netscope.engine.analyze.long_connection import LongConnection
from netscope.engine.analyze.new_place import NewPlace
from netscope.engine.analyze.new_service import NewService
from netscope.engine.analyze.sensor import Sensor
from netscope.engine.analyze.unusual_traffic import UnusualTraffic
from netscope.engine.analyze.upload import Upload
from netscope.model.records import Alert
from tests.engine.analyze.samples import LAPTOP, Past, at, flow, hello, network

HOUR, DAY = 3600, 86_400


def calls(times_s: list[float], **more: Any) -> list[Alert]:
    detector = Beacon(network())
    return [alert for seconds in times_s for alert in detector.flow_closed(flow(seconds=seconds, **more))]


CLOCKWORK = [30.0 * n for n in range(40)]


def test_a_bare_address_at_an_odd_port_is_high_and_at_a_usual_one_medium() -> None:
    assert {alert.severity for alert in calls(CLOCKWORK, port=4444)} == {"high"}
    assert {alert.severity for alert in calls(CLOCKWORK, port=443)} == {"medium"}


def test_a_name_is_low_unless_it_is_anybody_s() -> None:
    assert {alert.severity for alert in calls(CLOCKWORK, server_name="weather.example.org")} == {"low"}
    assert {alert.severity for alert in calls(CLOCKWORK, port=1337, server_name="home.duckdns.org")} == {"high"}


def test_the_evidence_holds_the_score_and_the_interval() -> None:
    alert = calls(CLOCKWORK, port=4444)[0]
    assert alert.evidence["every_s"] == 30
    assert alert.evidence["observed"]["score"] >= 0.8
    assert set(alert.evidence["parts"]) == {"time", "size", "histogram", "duration"}


def test_jitter_of_a_fifth_is_still_a_beacon() -> None:
    rng = random.Random(3)
    assert calls([60 * n + rng.uniform(-12, 12) for n in range(60)], port=4444) != []


def test_what_calls_for_weeks_is_judged_no_more_often_than_what_called_for_a_day() -> None:
    detector = Beacon(network())
    told = [bool(detector.flow_closed(flow(seconds=30.0 * n, port=4444))) for n in range(12_000)]
    assert 20 < sum(told[6_000:]) < 50


def test_many_pairs_that_call_for_long_keep_few_connections_each() -> None:
    detector = Beacon(network())
    pairs = [detector._pairs.entry((f"198.51.{n >> 8}.{n & 255}", "a.example", 443), at(0)) for n in range(1_000)]
    for pair in pairs:
        assert pair is not None
        for number in range(KEPT):
            pair.add(float(number), 60)
    detector.minute(at(60), [])
    assert {len(pair.times_s) for pair in pairs if pair is not None} == {KEPT_FEW}
    assert pairs[0] is not None
    assert (pairs[0].times_s[-1], pairs[0].connections) == (KEPT - 1, KEPT)


def test_people_clocks_and_neighbours_are_no_beacons() -> None:
    rng = random.Random(4)
    for _ in range(50):
        clicks = sorted(rng.uniform(0, 3600) for _ in range(80))
        assert calls(clicks) == []
    assert calls(CLOCKWORK, port=123, protocol="udp") == []
    assert calls(CLOCKWORK, server="192.168.1.5") == []
    assert calls([4.0 * n for n in range(16)]) == []  # a minute of a script
    assert calls(CLOCKWORK, packets=(3, 0)) == []


def sent(detector: Upload, megabytes: float, hour: int, *, down: float = 0.1, **more: Any) -> list[Alert]:
    size = (int(megabytes * 1e6), int(down * 1e6))
    return list(detector.flow_closed(flow(seconds=hour * HOUR, size=size, **more)))


def test_far_more_than_its_own_past_is_told() -> None:
    detector = Upload(network())
    for hour in range(30):
        assert sent(detector, 5, hour) == []
    (alert,) = sent(detector, 150, 30)
    assert (alert.severity, alert.evidence["threshold"]["megabytes"]) == ("high", 100)


def test_a_nightly_backup_is_its_own_past() -> None:
    detector = Upload(network())
    said = [a for hour in range(96) for a in sent(detector, 200 if hour % 24 == 3 else 1, hour) if hour >= 30]
    assert said == []


def test_without_a_past_only_a_very_large_amount_is_told() -> None:
    assert sent(Upload(network()), 300, 0) == []
    assert [alert.severity for alert in sent(Upload(network()), 600, 0)] == ["medium"]


def test_calls_and_copies_at_home_are_no_upload() -> None:
    assert sent(Upload(network()), 900, 0, down=800) == []
    assert sent(Upload(network()), 900, 0, server="192.168.1.1", server_device_id=2) == []


def test_an_open_upload_is_told_before_it_ends_and_counted_once() -> None:
    detector = Upload(network())
    line = flow(size=(0, 0))
    said: list[Alert] = []
    for second in range(1, 70):
        line.bytes_up, line.last_seen_ns = second * 10_000_000, at(second)
        said += detector.second(at(second), [line])
    assert len(said) == 1
    line.end_reason = "fin"
    assert list(detector.flow_closed(line)) == []


def test_the_past_survives_a_restart() -> None:
    past = Past()
    detector = Upload(network(), past)
    for hour in range(30):
        sent(detector, 5, hour)
    (alert,) = sent(Upload(network(), past), 150, 31)
    assert alert.evidence["threshold"]["past_hours"] >= 24


def week(detector: NewPlace | NewService | HelloChange, from_day: float = 0, days: float = 8) -> None:
    for second in range(int(from_day * DAY), int((from_day + days) * DAY), 300):
        detector.minute(at(second), [])


def test_a_new_country_after_a_week() -> None:
    detector = NewPlace(network())
    detector.minute(at(0), [])
    assert list(detector.flow_opened(flow(country="DE", asn=1, server_name="a.example.org"))) == []
    week(detector)
    assert list(detector.flow_opened(flow(seconds=8 * DAY, country="DE", asn=1))) == []
    (alert,) = detector.flow_opened(flow(seconds=8 * DAY, country="RU", asn=2))
    assert (alert.severity, alert.evidence["observed"]["country"]) == ("medium", "RU")
    assert list(detector.flow_opened(flow(seconds=8 * DAY, country="RU", asn=2))) == []


def test_a_named_place_is_low_and_visits_from_outside_none() -> None:
    detector = NewPlace(network())
    detector.minute(at(0), [])
    detector.flow_opened(flow(country="DE"))
    week(detector)
    assert [a.severity for a in detector.flow_opened(flow(country="FR", server_name="x.example.org"))] == ["low"]
    assert list(detector.flow_opened(flow(country="RU", server_device_id=1))) == []


def test_a_newly_served_port_is_medium_and_a_new_protocol_low() -> None:
    detector = NewService(network())
    detector.minute(at(0), [])
    detector.flow_closed(flow(server="192.168.1.61", port=631, device_id=2, server_device_id=1))
    detector.flow_closed(flow(app_protocol="tls", app_protocol_source="content"))
    week(detector)
    (port,) = detector.flow_closed(flow(server="192.168.1.61", port=23, device_id=2, server_device_id=1))
    (protocol,) = detector.flow_closed(flow(app_protocol="irc", app_protocol_source="content"))
    assert (port.severity, protocol.severity) == ("medium", "low")
    assert list(detector.flow_closed(flow(app_protocol="ftp", app_protocol_source="port"))) == []


def test_a_gadget_s_new_hello_is_told_and_a_computer_s_is_not() -> None:
    for fingerprints, expected in ((1, 1), (9, 0)):
        detector = HelloChange(network())
        detector.minute(at(0), [])
        for number in range(fingerprints):
            detector.observe(hello(number, ja4=f"known{number}"))
        week(detector)
        assert len(list(detector.observe(hello(8 * DAY, ja4="new")))) == expected


def test_mail_to_many_servers_is_high_and_strangers_are_low() -> None:
    mail, many = FanOut(network()), FanOut(network())
    by_mail = [a for n in range(12) for a in mail.flow_opened(flow(server=f"203.0.113.{n}", port=25, seconds=n))]
    calls_of = [flow(server=f"203.{n // 250}.{n % 250}.7", seconds=n) for n in range(1100)]
    strangers = [alert for call in calls_of for alert in many.flow_opened(call)]
    assert {alert.severity for alert in by_mail} == {"high"}
    assert {alert.severity for alert in strangers} == {"low"}


def test_one_mail_server_and_named_hosts_are_no_fan_out() -> None:
    detector = FanOut(network())
    for n in range(2000):
        assert list(detector.flow_opened(flow(server="203.0.113.1", port=25, seconds=n))) == []
        named = flow(server=f"203.{n // 250}.{n % 250}.7", seconds=n, server_name="x.example.org")
        assert list(detector.flow_opened(named)) == []


def test_a_long_line_without_a_name() -> None:
    detector = LongConnection(network())
    assert [a.severity for a in detector.flow_closed(flow(port=4444, lasts_s=5 * HOUR))] == ["low"]
    assert [a.severity for a in detector.minute(at(13 * HOUR), [flow(port=4444, lasts_s=13 * HOUR)])] == ["medium"]
    for twin in ({"port": 8883}, {"port": 4444, "server_name": "x.org"}, {"port": 4444, "server": "192.168.1.9"}):
        assert list(detector.flow_closed(flow(lasts_s=5 * HOUR, **twin))) == []
    assert list(detector.minute(at(13 * HOUR), [flow(port=4444, lasts_s=60)])) == []


def evening(usual: int, last: int, days: int = 16) -> list[Alert]:
    neighbours = network()
    laptop, detector = neighbours.by_id[1], UnusualTraffic(neighbours)
    said: list[Alert] = []
    for hour in range(days * 24):
        said += detector.minute(at(hour * HOUR), [])
        if hour % 24 == 20:
            laptop.bytes_received += last if hour // 24 == days - 1 else usual
        said += detector.minute(at(hour * HOUR + 1800), [])
    return said


def test_more_than_ever_at_this_hour() -> None:
    (alert,) = evening(60_000_000, 900_000_000)
    assert "busier" in alert.title
    (alert,) = evening(0, 90_000_000)
    assert "awake" in alert.title


def test_an_evening_like_others_and_a_short_past() -> None:
    assert evening(60_000_000, 80_000_000) == []
    assert evening(0, 900_000_000, days=10) == []


def test_holes_in_many_connections_and_silence() -> None:
    detector = Sensor()
    detector.second(at(0), [])
    for number in range(60):
        detector.flow_closed(flow(history="ShADGadFf" if number % 5 == 0 else "ShADadFf"))
    (loss,) = detector.second(at(901), [])
    assert loss.evidence["observed"] == {"gap_share": 0.2, "connections": 60}
    detector.second(at(902), [flow()])
    said = [alert for second in range(903, 1300) for alert in detector.second(at(second), [])]
    assert [alert.key for alert in said] == ["silence"]


def test_a_hole_now_and_then_and_a_gap_in_time_are_nothing() -> None:
    detector = Sensor()
    detector.second(at(0), [flow()])
    for number in range(60):
        detector.flow_closed(flow(history="ShADGadFf" if number == 0 else "ShADadFf"))
    assert list(detector.second(at(901), [])) == []
    assert list(detector.second(at(90_000), [])) == []


def minutes_of_capture(*dropped: int) -> list[Alert]:
    """10,000 packets a minute are seen; so many are dropped besides."""
    detector, lost = Sensor(), 0
    said = list(detector.capture(at(0), 0, 0, 0.0))
    for minute, more in enumerate(dropped, 1):
        lost += more
        said += detector.capture(at(minute * 60), minute * 10_000, lost, 0.0)
    return said


def test_packets_that_the_kernel_drops_are_told_by_the_minute() -> None:
    said = minutes_of_capture(0, 50, 99, 2_500, 0)
    assert [(alert.key, alert.severity, alert.title) for alert in said] == [
        ("drops", "medium", "20% of packets were dropped")
    ]
    assert said[0].evidence["observed"] == {"dropped": 2_500, "dropped_share": 0.2}
    assert minutes_of_capture(0, 100) == []
    assert len(minutes_of_capture(0, 102)) == 1


def test_a_clock_that_jumps_is_told_and_one_that_drifts_is_not() -> None:
    detector = Sensor()
    said = [alert for jump_s in (0.0, 0.4, -2.0, 3_600.0, -7_200.0) for alert in detector.capture(at(0), 0, 0, jump_s)]
    assert [alert.title for alert in said] == [
        "The clock was set forward by 3,600 s", "The clock was set back by 7,200 s",
    ]  # fmt: skip


def test_the_laptop_is_the_one_told_of() -> None:
    alert = calls(CLOCKWORK, port=4444)[0]
    assert alert.device_id == 1
    assert network().by_id[1].mac == LAPTOP


def test_answers_to_forged_questions_and_errors_are_no_calls() -> None:
    """The victim of a reflection, or of forged sources it answers with ICMP errors, calls nobody."""
    detector = FanOut(network())
    answers = [flow(server=f"203.{n // 250}.{n % 250}.9", port=53, protocol="udp", packets=(0, 1)) for n in range(1200)]
    errors = [flow(server=f"203.{n // 250}.{n % 250}.7", port=0, protocol="icmp", packets=(1, 0)) for n in range(1200)]
    assert [alert for its in (*answers, *errors) for alert in detector.flow_opened(its)] == []
    calls = [flow(server=f"198.{n // 250}.{n % 250}.9", port=53, protocol="udp", packets=(1, 0)) for n in range(1100)]
    fresh = FanOut(network())
    assert [alert.severity for its in calls for alert in fresh.flow_opened(its)][:1] == ["low"]


def test_a_mirror_port_that_copies_one_direction_is_told_once() -> None:
    detector = Sensor()
    halves = [flow(history="SAD", state="S0", packets=(5, 0)) for _ in range(80)]
    said = [alert for its in halves for alert in detector.flow_closed(its)]
    assert [(alert.severity, alert.title) for alert in said] == [
        ("medium", "Only one direction of the traffic is seen")
    ]
    whole = Sensor()
    mixed = [*halves[:30], *[flow() for _ in range(50)], *[flow(history="S", packets=(1, 0)) for _ in range(90)]]
    assert [alert for its in mixed for alert in whole.flow_closed(its)] == []
