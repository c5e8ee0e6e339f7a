"""Scans and sweeps, each at its threshold and beside its near twin."""

from __future__ import annotations

from netscope.engine.analyze.arp_sweep import ArpSweep
from netscope.engine.analyze.host_sweep import HostSweep
from netscope.engine.analyze.os_probe import OsProbe
from netscope.engine.analyze.port_scan import PortScan
from netscope.engine.analyze.stealth_scan import StealthScan
from netscope.engine.analyze.udp_scan import UdpScan
from netscope.engine.analyze.web_scan import WebScan
from netscope.model.flow import Flow
from netscope.model.records import Alert, IcmpErrorSeen
from tests.engine.analyze.samples import CAMERA, LAPTOP, ROUTER, at, claim, flow, network, refused, request, unanswered

SCANNER = "192.168.1.61"


def failing(detector: PortScan | HostSweep | StealthScan | UdpScan | OsProbe, flows: list[Flow]) -> list[Alert]:
    return [alert for attempt in flows for alert in detector.attempt_failed(attempt, attempt.last_seen_ns)]


def test_a_port_scan_is_told_at_the_fifteenth_port() -> None:
    detector = PortScan(network())
    assert failing(detector, [refused(port, seconds=port) for port in range(1, 15)]) == []
    (alert,) = failing(detector, [refused(15, seconds=15)])
    assert alert.severity == "high"
    assert alert.evidence["ports"] == list(range(1, 16))
    assert (alert.first_ns, alert.device_id) == (at(1), 1)


def test_one_port_tried_again_and_again_is_no_scan() -> None:
    assert failing(PortScan(network()), [refused(445, seconds=second) for second in range(200)]) == []


def test_failures_spread_over_a_day_are_no_scan() -> None:
    assert failing(PortScan(network()), [refused(port, seconds=port * 120) for port in range(1, 60)]) == []


def test_ports_of_many_hosts_are_no_scan_of_one() -> None:
    attempts = [refused(port, server=f"192.168.1.{port + 100}") for port in range(1, 60)]
    assert failing(PortScan(network()), attempts) == []


def test_what_answered_belongs_to_the_evidence() -> None:
    detector = PortScan(network())
    failing(detector, [refused(port) for port in range(1, 15)])
    detector.flow_closed(flow(server="192.168.1.5", port=22, state="RSTO", history="ShR"))
    (alert,) = failing(detector, [refused(99)])
    assert alert.evidence["answered_ports"] == [22]


def test_a_scan_from_outside_is_medium() -> None:
    attempts = [refused(port, client="203.0.113.5", server="192.168.1.61", device_id=1) for port in range(1, 20)]
    assert {alert.severity for alert in failing(PortScan(network()), attempts)} == {"medium"}


def test_a_host_sweep_is_told_at_the_twenty_fifth_host() -> None:
    detector = HostSweep(network())
    hosts = [unanswered(445, server=f"203.0.113.{host}", seconds=host) for host in range(1, 26)]
    assert failing(detector, hosts[:-1]) == []
    (alert,) = failing(detector, hosts[-1:])
    assert alert.evidence["observed"] == {"failed_hosts": 25, "answered": 0}
    assert (alert.evidence["protocol"], alert.evidence["port"]) == ("tcp", 445)


def test_hosts_that_were_looked_up_do_not_count() -> None:
    named = [unanswered(443, server=f"203.0.113.{host}", server_name=f"h{host}.example.org") for host in range(1, 90)]
    assert failing(HostSweep(network()), named) == []


def test_a_peer_to_peer_network_half_of_which_answers_is_no_sweep() -> None:
    detector = HostSweep(network())
    said = []
    for host in range(1, 200):
        peer = unanswered(6881, server=f"203.0.{host % 7}.{host}", protocol="udp", seconds=host)
        said += failing(detector, [peer])
        detector.flow_closed(flow(server=f"198.51.{host % 7}.{host}", port=6881, protocol="udp"))
    assert said == []


def test_groups_are_nobody() -> None:
    groups = [unanswered(5353, server=f"224.0.0.{number}", protocol="udp") for number in range(1, 200)]
    assert failing(HostSweep(network()), groups) == []


def test_an_arp_sweep_counts_what_stays_unanswered() -> None:
    detector = ArpSweep(network())
    said = [
        a
        for n in range(2, 40)
        for a in detector.observe(claim(LAPTOP, "192.168.1.61", n / 10, reply=False, target=f"192.168.1.{n}"))
    ]
    assert said[0].evidence["observed"] == {"addresses": 32, "answered": 0}
    assert said[0].severity == "medium"


def test_asking_for_many_that_exist_is_no_sweep() -> None:
    detector = ArpSweep(network())
    for n in range(2, 60):
        asked = claim(LAPTOP, "192.168.1.61", n / 10, reply=False, target=f"192.168.1.{n}")
        assert list(detector.observe(asked)) == []
        detector.observe(claim(CAMERA, f"192.168.1.{n}", n / 10 + 0.01, target="192.168.1.61", target_mac=LAPTOP))


def test_a_router_s_sweep_is_low() -> None:
    detector = ArpSweep(network())
    said = [
        a
        for n in range(2, 40)
        for a in detector.observe(claim(ROUTER, "192.168.1.1", n / 10, reply=False, target=f"192.168.1.{n}"))
    ]
    assert {alert.severity for alert in said} == {"low"}


def port_refusal(port: int, *, source_port: int = 40_000, sender: str = "192.168.1.5") -> IcmpErrorSeen:
    return IcmpErrorSeen(at(port / 10), sender, 3, 3, 17, SCANNER, source_port, "192.168.1.5", port)


def test_udp_ports_refused_are_a_scan() -> None:
    detector = UdpScan(network())
    said = [alert for port in range(100, 116) for alert in detector.observe(port_refusal(port))]
    assert said[0].evidence["observed"] == {"refused_ports": 15, "silent_ports": 0}


def test_late_answers_and_traceroute_are_no_udp_scan() -> None:
    detector = UdpScan(network())
    assert [a for port in range(50_000, 50_100) for a in detector.observe(port_refusal(port, source_port=53))] == []
    assert [a for port in range(33_434, 33_500) for a in detector.observe(port_refusal(port))] == []
    assert [a for port in range(100, 200) for a in detector.observe(port_refusal(port, sender="10.9.9.9"))] == []


def test_udp_ports_in_silence_need_fifty() -> None:
    silent = [unanswered(port, server="192.168.1.5", protocol="udp") for port in range(100, 150)]
    detector = UdpScan(network())
    assert failing(detector, silent[:-1]) == []
    assert len(failing(detector, silent[-1:])) == 1


def odd(port: int, history: str, *, client_port: int = 40_000) -> Flow:
    made = flow(server="192.168.1.5", port=port, state="OTH", history=history, packets=(1, 0))
    made.client_port = client_port
    return made


def test_segments_without_connection_to_ten_ports_are_a_stealth_scan() -> None:
    detector = StealthScan(network())
    assert failing(detector, [odd(port, "") for port in range(1, 10)]) == []
    (alert,) = failing(detector, [odd(10, "F")])
    assert alert.evidence["observed"] == {"ports": 10, "null": 9, "fin": 1}


def test_a_server_that_ends_old_connections_is_no_stealth_scan() -> None:
    assert failing(StealthScan(network()), [odd(port, "F", client_port=8009) for port in range(50_000, 50_040)]) == []


def test_refusals_are_no_stealth_scan_and_odd_segments_no_port_scan() -> None:
    assert failing(StealthScan(network()), [refused(port) for port in range(1, 60)]) == []
    assert failing(PortScan(network()), [odd(port, "F") for port in range(1, 60)]) == []


def test_two_kinds_of_impossible_segments_are_a_probe_and_one_is_not() -> None:
    assert failing(OsProbe(network()), [odd(135, ""), odd(136, "")]) == []
    syn_fin = flow(server="192.168.1.5", port=135, state="SH", history="SF", packets=(1, 0))
    (alert,) = failing(OsProbe(network()), [odd(135, ""), syn_fin])
    assert alert.evidence["segments"] == ["SYN with FIN", "no flags"]


def test_a_web_scan_needs_distinct_failures_that_outnumber_the_rest() -> None:
    connection = flow(port=80)
    detector = WebScan(network())
    probes = [request(f"/x{n}.php", n, status=404, of=connection, id=n + 1) for n in range(15)]
    said = [alert for probe in probes for alert in detector.observe(probe)]
    assert said[0].evidence["observed"] == {"failed_requests": 15, "requests": 15}
    same = WebScan(network())
    again = [request("/missing", n, status=404, of=connection, id=n + 1) for n in range(90)]
    assert [alert for probe in again for alert in same.observe(probe)] == []
    mixed = WebScan(network())
    for n in range(100):
        status = 404 if n % 4 == 0 else 200
        assert list(mixed.observe(request(f"/p{n}", n, status=status, of=connection, id=n + 1))) == []


def test_a_scanner_that_says_its_name_is_told_at_once() -> None:
    agent = "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)"
    (alert,) = WebScan(network()).observe(request("/", status=200, user_agent=agent, id=1))
    assert alert.evidence["scanner"] == "nmap scripting engine"


def test_a_range_pinged_in_vain_is_a_sweep() -> None:
    detector = HostSweep(network())
    said = [
        alert
        for n in range(1, 80)
        for alert in detector.attempt_failed(
            unanswered(0, server=f"10.9.8.{n}", seconds=n / 10, protocol="icmp"), at(n / 10)
        )
    ]
    assert said[0].title == "Host sweep: 64 hosts by ping"


def probes(history: str, packets: tuple[int, int]) -> list[Alert]:
    detector = StealthScan(network())
    return [
        alert
        for port in range(1, 40)
        for alert in detector.attempt_failed(
            flow(server="192.168.1.5", port=port, state="OTH", history=history, packets=packets), at(port / 10)
        )
    ]


def test_lone_acknowledgments_are_a_scan_and_refusals_alone_tell_of_one() -> None:
    ack, refusals = probes("Ar", (1, 1)), probes("r", (0, 1))
    assert ack[0].title == "Stealth scan of 192.168.1.5: 10 ports"
    assert ack[0].evidence["observed"]["ack"] == 10
    assert refusals[0].title == "Port scan of 192.168.1.5: 10 ports"
