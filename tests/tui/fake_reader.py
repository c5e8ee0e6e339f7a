"""A deterministic home network behind the Reader protocol: twelve devices whose traffic moves with a step count.

Nothing here reads a clock or a random source; ``advance`` is the only thing that makes time pass.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from netscope.model.allow import AllowList, AllowRule, Hidden, alert_ends, checked
from netscope.model.control import Adapter, Recorded, WrittenPackets
from netscope.model.errors import NetScopeError
from netscope.model.history import CountryTraffic, CourseBucket, NameDetail, TrackerList, TrackerUses
from netscope.model.privacy import ClearText, Country, PrivacySummary, Resolver, TrackerOwner
from netscope.model.shape import FlowShape
from netscope.model.snapshot import (
    AlertRow,
    CaptureState,
    DeviceDetail,
    DeviceRow,
    FlowDetail,
    FlowRow,
    Judgement,
    NameRow,
    PulsePoint,
    Snapshot,
    TimelineEntry,
    TrackerRow,
)
from tests.tui import fake_past

SECOND = 1_000_000_000
START_NS = 1_793_541_600 * SECOND
"""2026-11-01 14:00:00 UTC."""

# name, mac, vendor, kind, os, last octet, share of down rate, first seen s before start
DEVICES: tuple[tuple[str, str, str | None, str | None, str | None, int, float, int], ...] = (
    ("living-room-tv", "8c:79:f5:21:0b:90", "Samsung", "tv", "Tizen", 20, 5.1e6, 3_000_000),
    ("anna-iphone", "a4:83:e7:10:9c:2f", "Apple", "phone", "iOS", 31, 2.2e6, 2_500_000),
    ("desktop-7", "3c:7c:3f:55:aa:01", "Intel", "computer", "Windows", 12, 8.8e5, 4_000_000),
    ("nas", "00:11:32:98:44:7e", "Synology", "nas", "Linux", 5, 1.4e5, 9_000_000),
    ("printer", "9c:b6:54:00:12:34", "HP", "printer", None, 9, 0.0, 8_000_000),
    ("espressif 24:6f:28", "24:6f:28:aa:10:3c", "Espressif", "iot", None, 57, 1.2e4, 120),
    ("kitchen-speaker", "5c:aa:fd:0e:77:10", "Sonos", "speaker", "Linux", 44, 9e3, 5_000_000),
    ("ben-laptop", "f0:18:98:3d:22:5a", "Apple", "computer", "macOS", 61, 0.0, 6_000_000),
    ("private 5e:11:09", "5e:11:09:c4:02:7b", None, "phone", "Android", 72, 3.1e3, 86_400),
    ("router", "44:4e:6d:01:02:03", "AVM", "router", None, 1, 1e3, 9_900_000),
    ("thermostat", "18:b4:30:9f:21:00", "Nest Labs", "iot", None, 77, 2.2e3, 7_000_000),
    ("guest-tablet", "d8:cf:9c:31:5e:8d", "Apple", "tablet", "iPadOS", 80, 4.4e4, 400),
)

# device index, server name, source, server ip, port, proto, label, country, asn, org, tracker, down bps, up bps, age s
CONVERSATIONS: tuple[tuple[Any, ...], ...] = (
    (0, "nflxvideo.net", "dns", "45.57.40.1", 443, "udp", "QUIC", "NL", 2906, "Netflix", None, 5.1e6, 8.8e4, 41),
    (1, "icloud.com", "sni", "17.248.150.10", 443, "tcp", "TLS1.3", "US", 714, "Apple", None, 1.4e6, 2.2e5, 9),
    (
        1,
        "graph.facebook.com",
        "sni",
        "157.240.0.13",
        443,
        "tcp",
        "TLS1.3",
        "US",
        32934,
        "Meta",
        "Meta",
        6.1e5,
        7.1e4,
        12,
    ),
    (2, "github.com", None, "140.82.121.4", 22, "tcp", "SSH", "US", 36459, "GitHub", None, 5.4e5, 8.8e4, 727),
    (2, "api.github.com", "quic", "140.82.121.6", 443, "tcp", "TLS1.3", "US", 36459, "GitHub", None, 3.4e5, 3.1e4, 3),
    (3, None, None, "192.168.1.20", 445, "tcp", "SMB", None, None, None, None, 1.4e5, 6e4, 115),
    (5, None, None, "47.91.88.12", 8883, "tcp", "MQTT", "DE", 45102, "Alibaba", None, 1.2e4, 4e3, 30),
    (0, "fls-na.amazon.com", "sni", "52.94.232.32", 443, "tcp", "TLS1.2", "US", 16509, "Amazon", "Amazon", 9e3, 2e3, 2),
    (2, None, None, "104.16.132.229", 443, "tcp", "TLS1.3", "US", 13335, "Cloudflare", None, 4e3, 2e3, 55),
    (6, None, None, "239.255.255.250", 1900, "udp", "SSDP", None, None, None, None, 0.0, 0.0, 20),
    (
        2,
        "google-analytics.com",
        "sni",
        "142.250.185.78",
        443,
        "tcp",
        "TLS1.3",
        "US",
        15169,
        "Google",
        "Google",
        3e3,
        1e3,
        90,
    ),
    (
        8,
        "mtalk.google.com",
        "sni",
        "142.250.27.188",
        5228,
        "tcp",
        "TLS1.2",
        "US",
        15169,
        "Google",
        None,
        2e3,
        1e3,
        3700,
    ),
    (
        10,
        "transport.home.nest.com",
        "sni",
        "35.190.5.1",
        443,
        "tcp",
        "TLS1.2",
        "US",
        396982,
        "Google",
        None,
        2e3,
        5e2,
        860,
    ),
    (11, "www.youtube.com", "quic", "142.250.185.110", 443, "udp", "QUIC", "US", 15169, "Google", None, 4.2e4, 6e3, 61),
    (0, "samsungads.com", "sni", "34.98.64.1", 443, "tcp", "TLS1.2", "US", 396982, "Google", "Samsung", 0.0, 0.0, 31),
    (6, "sonos.com", "dns", "99.86.4.12", 443, "tcp", "TLS1.3", "US", 16509, "Amazon", None, 9e3, 2e3, 240),
    (9, "pool.ntp.org", "dns", "162.159.200.1", 123, "udp", "NTP", None, 13335, "Cloudflare", None, 0.0, 0.0, 7),
)

NAMES: tuple[tuple[Any, ...], ...] = (
    # name, source, device, hits, seconds ago, rcode, addresses, tracker, category
    ("fls-na.amazon.com", "sni", 0, 9, 3, "NOERROR", ("52.94.232.32",), "Amazon", "telemetry"),
    ("www.netflix.com", "dns", 0, 2, 9, "NOERROR", ("45.57.40.1", "45.57.41.1"), None, None),
    ("graph.facebook.com", "sni", 1, 14, 12, "NOERROR", ("157.240.0.13", "2a03:2880:f0fc::1"), "Meta", "social"),
    ("api.github.com", "quic", 2, 31, 40, "NOERROR", ("140.82.121.6",), None, None),
    ("mq.tuya-eu.iot.io", "dns", 5, 3, 52, "NOERROR", ("47.91.88.12",), None, None),
    ("time.cloudflare.com", "dns", 5, 1, 58, "NOERROR", ("162.159.200.1",), None, None),
    ("(encrypted: ECH)", "ech", 2, 2, 66, None, (), None, None),
    ("xk3q9v.example-cdn.net", "dns", 2, 1, 90, "NXDOMAIN", (), None, None),
    ("www.google.com", "sni", 1, 22, 101, "NOERROR", ("142.250.185.100",), None, None),
    ("google-analytics.com", "sni", 2, 5, 150, "NOERROR", ("142.250.185.78",), "Google", "analytics"),
    ("update.nas.example", "http", 3, 1, 200, "NOERROR", ("93.184.216.34",), None, None),
    ("dns.google", "sni", 2, 40, 260, "NOERROR", ("8.8.8.8", "8.8.4.4"), None, None),
    ("graph.facebook.com", "sni", 2, 5, 290, "NOERROR", ("157.240.0.13",), "Meta", "social"),
    ("www.youtube.com", "quic", 11, 6, 300, "NOERROR", ("142.250.185.110",), None, None),
    ("transport.home.nest.com", "sni", 10, 4, 860, "NOERROR", ("35.190.5.1",), None, None),
)

TRACKERS: tuple[tuple[Any, ...], ...] = (
    # name, rule, owner, category, device, hits, bytes
    ("graph.facebook.com", "facebook.com", "Meta", "social", 1, 14, 683_000),
    ("fls-na.amazon.com", "fls-na.amazon.com", "Amazon", "telemetry", 0, 9, 11_000),
    ("google-analytics.com", "google-analytics.com", "Google", "analytics", 2, 5, 92_000),
    ("graph.facebook.com", "facebook.com", "Meta", "social", 2, 5, 41_000),
    ("samsungads.com", "samsungads.com", "Samsung", "ads", 0, 1, 2_000),
    ("connect.facebook.net", "connect.facebook.net", "Meta", "social", 2, 1, 4_000),
    ("omtrdc.net", "omtrdc.net", "Adobe", "analytics", 2, 1, 1_000),
    ("app-measurement.com", "app-measurement.com", "Google", "analytics", 1, 3, 12_000),
    ("branch.io", "branch.io", "Branch", "attribution", 1, 1, 3_000),
)

ALERTS: tuple[tuple[Any, ...], ...] = (
    # detector, severity, title, device, flow, seconds ago first, last, count, state, evidence
    (
        "beacon",
        "high",
        "beacon every 30 s",
        5,
        7,
        150,
        1,
        6,
        "new",
        {
            "observed": "6 calls, mean gap 30.1 s, jitter 2 %",
            "threshold": "5 calls, jitter below 15 %",
            "window_s": 3600,
            "gaps_s": [30.0, 30.2, 29.9, 30.4, 30.1],
            "server": "47.91.88.12:8883",
        },
    ),
    (
        "new_device",
        "medium",
        "new device",
        5,
        None,
        190,
        190,
        1,
        "new",
        {"observed": "24:6f:28:aa:10:3c", "threshold": "not seen before", "window_s": 0, "vendor": "Espressif"},
    ),
    (
        "new_name",
        "low",
        "new name for device",
        2,
        None,
        320,
        250,
        2,
        "acknowledged",
        {"observed": "desktop-7", "threshold": "was desktop-6", "window_s": 0},
    ),
    (
        "port_scan",
        "medium",
        "port scan, 24 ports in 9 s",
        None,
        None,
        4_940,
        4_930,
        1,
        "acknowledged",
        {"observed": 24, "threshold": 15, "window_s": 30, "ports": [21, 22, 23, 25, 80, 110, 139, 443]},
    ),
    (
        "traffic",
        "low",
        "traffic 8 times the usual",
        3,
        None,
        10_560,
        10_500,
        1,
        "acknowledged",
        {"observed": "8.1 GB in an hour", "threshold": "3 times the usual 1 GB", "window_s": 3600},
    ),
)

TEXTS = {
    "beacon": (
        "This device calls the same server at a steady rhythm.",
        "Smart-home devices often do this to keep a cloud link open.",
        "Is it yours? Look at the device, and name it if you know it.",
    ),
    "new_device": (
        "A device with this hardware address was not seen here before.",
        "A visitor's phone, a new purchase, or a phone that changed its private address.",
        "Do you know the vendor and the time? Name the device, or ask who joined.",
    ),
    "new_name": (
        "A known device announced another name.",
        "Somebody renamed it, or its system was set up again.",
        "Compare the old and the new name.",
    ),
    "port_scan": (
        "One address tried many ports that nobody answered.",
        "A network scanner you run yourself.",
        "Look at who it is, and whether the ports were open.",
    ),
    "traffic": (
        "More bytes in an hour than this device usually moves.",
        "A backup or an update.",
        "Look at the device's largest flows.",
    ),
}


JUDGEMENTS = (
    Judgement("kind", "phone", 75, "dhcp", "list of iOS 14 and later (with 108 and 114)"),
    Judgement("kind", "tv", 45, "mdns", "AirPlay receiver: Apple TV, HomePod, TV or Mac"),
    Judgement("os", "iOS", 75, "dhcp", "list of iOS 14 and later (with 108 and 114)"),
)


def _shape(row: FlowRow) -> FlowShape:
    down = tuple(row.packets_down * share // 100 for share in (4, 1, 2, 3, 4, 6, 80, 0))
    up = tuple(row.packets_up * share // 100 for share in (70, 20, 4, 3, 2, 1, 0, 0))
    gaps = tuple(row.packets_down * share // 100 for share in (60, 20, 10, 5, 3, 1, 1, 0))
    return FlowShape(up, gaps, down, gaps, 40, row.bytes_down // 20)


def wave(step: int, index: int) -> float:
    """0.2 to 1, different for each index, the same for the same step."""
    return 0.6 + 0.4 * math.sin(step / 3 + index * 1.7)


class FakeControl:
    """A ``RunControl`` that does at once what it is told."""

    def __init__(self, reader: FakeReader) -> None:
        self.reader = reader
        self.heard = "eth0"
        self.received = {"lo": 4_096, "eth0": 0, "wlan0": 1_000_000, "tun0": 0}
        self.refusal: str | None = None
        """Why the next thing asked for cannot be."""
        self.can_listen = True
        self.kept_bytes = 0
        self.writable: tuple[Path, ...] = ()
        self.written: list[tuple[list[int], Path]] = []

    def adapters(self) -> list[Adapter]:
        words = {"lo": ("loopback", "127.0.0.1/8", "up"), "eth0": ("ethernet (e1000)", "192.168.1.2/24", "up"),
                 "wlan0": ("wifi", "192.168.1.3/24", "up"), "tun0": ("tun", None, "down")}  # fmt: skip
        return [
            Adapter(name, kind, address, state, self.received[name], self.received[name] // 100, name == self.heard)
            for name, (kind, address, state) in words.items()
        ]

    def listen(self, name: str) -> Future[None]:
        done: Future[None] = Future()
        if self.refusal is not None:
            done.set_exception(NetScopeError(self.refusal))
        else:
            self.heard = name
            self.reader.changes["source"] = name
            done.set_result(None)
        return done

    @property
    def can_record(self) -> bool:
        return self.reader.changes.get("kind", "live") != "file"

    @property
    def recording(self) -> str | None:
        return self.reader.recording

    def new_recording(self) -> Path:
        return Path("/data/netscope-20261101-140312.db")

    def start_recording(self, path: Path) -> Future[Recorded]:
        done: Future[Recorded] = Future()
        if self.refusal is not None:
            done.set_exception(NetScopeError(self.refusal))
        else:
            self.reader.recording = str(path)
            done.set_result(Recorded(path, 0))
        return done

    def stop_recording(self) -> Future[Recorded]:
        done: Future[Recorded] = Future()
        assert self.reader.recording is not None
        done.set_result(Recorded(Path(self.reader.recording), 41_000_000))
        self.reader.recording = None
        return done

    def write_packets(self, flow_ids: Sequence[int], path: Path) -> Future[WrittenPackets]:
        done: Future[WrittenPackets] = Future()
        if self.refusal is not None:
            done.set_exception(NetScopeError(self.refusal))
        else:
            self.written.append((list(flow_ids), path))
            done.set_result(WrittenPackets(path, 31 * len(flow_ids), self.reader.now_ns - 60 * SECOND))
        return done


class FakeReader:
    """``live`` home network; ``extra_flows`` adds that many small flows for load tests."""

    def __init__(self, *, extra_flows: int = 0, start_ns: int = START_NS) -> None:
        self.start_ns = start_ns
        self.step = 192
        self.extra_flows = extra_flows
        self.labels: dict[int, str | None] = {}
        self.notes: dict[int, str | None] = {}
        self.alert_states: dict[int, str] = {}
        self.allowed = AllowList()
        self.recording: str | None = None
        self.changes: dict[str, Any] = {}
        """Fields of CaptureState to override."""
        self.empty = False
        self.hostile_name: str | None = None
        self.watched: frozenset[int] = frozenset()
        self.run: FakeControl | None = FakeControl(self)

    @property
    def now_ns(self) -> int:
        return self.start_ns + self.step * SECOND

    def advance(self, seconds: int = 1) -> None:
        self.step += seconds

    @property
    def control(self) -> FakeControl | None:
        return self.run

    def watch_flows(self, flow_ids: frozenset[int]) -> None:
        self.watched = flow_ids

    def snapshot(self) -> Snapshot:
        if self.empty:
            return Snapshot(self.step, self._capture(0, 0), (), (), (), (), (), ())
        flows = self._flows()
        return Snapshot(
            version=self.step,
            capture=self._capture(len(flows), self.step * 12_000),
            flows=flows,
            devices=self._devices(flows),
            names=self._names(),
            trackers=self._trackers(),
            alerts=self._shown_alerts(hidden := Hidden()),
            pulse=self._pulse(),
            allowed=hidden.rows(self.allowed.rules),
        )

    def flow_detail(self, flow_id: int) -> FlowDetail | None:
        row = next((row for row in self._flows() if row.id == flow_id), None)
        if row is None:
            return None
        start = row.first_seen_ns
        same, community_id = self._same_server(row), "1:Ul8Ts2rzS0w1G6Zhx/V2Ug=="
        rate = fake_past.rate(self.step, flow_id, row.rate_down_bps, row.rate_up_bps, self.now_ns)
        return FlowDetail(row, _facts(row), _timeline(row, start), same, community_id, rate, _shape(row))

    def device_detail(self, device_id: int) -> DeviceDetail | None:
        snapshot = self.snapshot()
        row = next((row for row in snapshot.devices if row.id == device_id), None)
        if row is None:
            return None
        evidence = (
            ("dhcp", "hostname", row.name, 3, self.now_ns - 60 * SECOND),
            ("dhcp", "parameter list", "1,3,6,15,119,252", 3, self.now_ns - 60 * SECOND),
            ("mdns", "service", "_airplay._tcp", 12, self.now_ns - 9 * SECOND),
            ("oui", "vendor", row.vendor or "random address", 1, row.first_seen_ns),
        )
        names = [name for name in snapshot.names if name.device_id == device_id]
        day = fake_past.day(device_id, self.now_ns)
        rate = fake_past.rate(self.step, device_id, row.rate_down_bps, row.rate_up_bps, self.now_ns)
        minutes = fake_past.uses(2_000_000, device_id).minutes
        return DeviceDetail(row, evidence, names, fake_past.DESTINATIONS, day, minutes, rate, JUDGEMENTS,
                            note=self.notes.get(device_id))  # fmt: skip

    def name_detail(self, name: str) -> NameDetail | None:
        devices = [row.device_id for row in self._names() if row.name == name and row.device_id is not None]
        return fake_past.name_detail(name, devices, self.now_ns) if devices else None

    def alert_flows(self, alert_id: int) -> Sequence[FlowRow]:
        alert = next((row for row in self._alerts() if row.id == alert_id), None)
        if alert is None:
            return ()
        return fake_past.behind(alert_id, alert.device_id, alert.flow_id, self._flows())

    def tracker_uses(self) -> Sequence[TrackerUses]:
        return fake_past.tracker_uses(self._trackers())

    def tracker_lists(self) -> Sequence[TrackerList]:
        return (TrackerList("easyprivacy", "https://easylist.example/easyprivacy.txt", "2026-10-20", 51_203),)

    def countries(self) -> Sequence[CountryTraffic]:
        return () if self.empty else fake_past.COUNTRIES

    def course(self) -> Sequence[CourseBucket]:
        return () if self.empty else fake_past.course(self.start_ns, self.step)

    def device_privacy(self, device_id: int) -> PrivacySummary | None:
        row = next((row for row in self.snapshot().devices if row.id == device_id), None)
        if row is None:
            return None
        return PrivacySummary(
            device_id, 412, row.bytes_sent, row.bytes_received,
            trackers=[
                TrackerOwner("Facebook", ("advertising", "social"), 61, 40, 310_000, 2_900_000),
                TrackerOwner("Google", ("analytics",), 44, 30, 90_000, 410_000),
                TrackerOwner("beacon.example", (), 2, 0, 0, 0),
            ],
            resolvers=[
                Resolver("dns.quad9.net", "DNS over HTTPS", 3, 61_000), Resolver("192.168.1.1", "plain", 190, 39_000),
            ],
            clear_text=[ClearText("http", 4, 52_000)],
            countries=[Country("US", 210, 4_000_000, 61_000_000), Country("IE", 61, 300_000, 5_200_000)],
        )  # fmt: skip

    def set_device_note(self, device_id: int, note: str | None) -> None:
        self.notes[device_id] = note

    def set_device_label(self, device_id: int, label: str | None) -> None:
        self.labels[device_id] = label

    def set_alert_state(self, alert_id: int, state: str) -> None:
        self.alert_states[alert_id] = state

    def allow(self, rule: AllowRule) -> None:
        self.allowed = self.allowed.with_rule(checked(rule))

    def disallow(self, rule: AllowRule) -> None:
        self.allowed = self.allowed.without(rule.key)

    def _capture(self, flows: int, packets: int) -> CaptureState:
        state = CaptureState(
            source="eth0", kind="live", networks=("192.168.1.0/24",), gateway="192.168.1.1", filter=None,
            packets=packets, bytes=packets * 800, packets_per_s=0.0 if self.empty else 9214.0, dropped=0,
            dropped_interface=0, truncated=0, malformed=2, flows_open=flows, flows_evicted=0,
            recording=self.recording, recording_bytes=41_000_000 if self.recording else 0, started_ns=self.start_ns,
            now_ns=self.now_ns, finished=False, progress=None, error=None, cpu_share=0.11, rss_bytes=96_000_000,
            learning_until_ns=None, counters={"malformed_dns_name": 2},
        )  # fmt: skip
        return replace(state, **self.changes)

    def _name_of(self, index: int) -> str:
        if index == 1 and self.hostile_name is not None:
            return self.hostile_name
        return self.labels.get(index + 1) or DEVICES[index][0]

    def _flows(self) -> list[FlowRow]:
        rows = [self._flow(number, spec) for number, spec in enumerate(CONVERSATIONS)]
        rows += [self._small_flow(number) for number in range(self.extra_flows)]
        return rows

    def _flow(self, number: int, spec: tuple[Any, ...]) -> FlowRow:
        (device, name, source, ip, port, proto, label, cc, asn, org, tracker, down, up, age) = spec
        scale = wave(self.step, number)
        closed = number == 14
        first = self.start_ns + (192 - age) * SECOND
        if device == 1 and name == "icloud.com" and self.hostile_name is not None:
            name = self.hostile_name
        return FlowRow(
            id=number + 1, device_id=device + 1, device_name=self._name_of(device),
            client_ip=f"192.168.1.{DEVICES[device][5]}", client_port=51_000 + number * 37, server_ip=ip,
            server_port=port, protocol=proto, app_protocol=label.lower(), app_label=label, server_name=name,
            name_source=source, name_missing_reason=None if name else ("ech" if number == 8 else "address_only"),
            country=cc, asn=asn, as_org=org, application=None, tracker=tracker, alert=number == 6,
            bytes_up=int(up * age / 8) + 400, bytes_down=int(down * age / 8) + 900,
            packets_up=age * 9, packets_down=age * 20,
            rate_up_bps=0.0 if closed else up * scale, rate_down_bps=0.0 if closed else down * scale,
            history_bytes=_history(self.step, number, down), rtt_us=None if proto == "udp" else 12_000 + number * 5_300,
            retransmissions=number % 3, first_seen_ns=first, last_seen_ns=self.now_ns if not closed else first + SECOND,
            tcp_state=None if proto == "udp" else ("SF" if closed else "S1"), end_reason="fin" if closed else None,
            vlan=None, ja3="e7d705a3286e19ea42f587b344ee6865" if label.startswith("TLS") else None,
            ja4="t13d1516h2_8daaf6152771_02713d6af862" if label.startswith("TLS") else None,
        )  # fmt: skip

    def _small_flow(self, number: int) -> FlowRow:
        base = CONVERSATIONS[number % len(CONVERSATIONS)]
        row = self._flow(number % len(CONVERSATIONS), base)
        rate = (number * 7919 + self.step * 31) % 9_973
        return row._replace(
            id=1_000 + number,
            rate_down_bps=float(rate),
            rate_up_bps=rate / 9,
            server_ip=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
            server_name=f"host{number}.example.net",
            tracker=None,
            alert=False,
            end_reason=None,
        )

    def _devices(self, flows: Sequence[FlowRow]) -> list[DeviceRow]:
        rows = []
        for index, (_, mac, vendor, kind, os, octet, down, ago) in enumerate(DEVICES):
            own = [flow for flow in flows[: len(CONVERSATIONS)] if flow.device_id == index + 1]
            silent = DEVICES[index][0] == "ben-laptop"
            rows.append(DeviceRow(
                id=index + 1, mac=mac, name=self._name_of(index), name_source="dhcp", vendor=vendor, kind=kind, os=os,
                model=None, label=self.labels.get(index + 1), randomized_mac=mac.startswith("5e"),
                is_gateway=octet == 1, addresses=(f"192.168.1.{octet}", f"fe80::{octet:x}"),
                flows_open=sum(1 for flow in own if flow.end_reason is None),
                bytes_sent=int(down * 40) + 9_000, bytes_received=int(down * 300) + 40_000,
                rate_up_bps=sum(flow.rate_up_bps for flow in own), rate_down_bps=down * wave(self.step, index),
                history_bytes=_history(self.step, index, down),
                trackers=sum(spec[5] for spec in TRACKERS if spec[4] == index),
                alerts=sum(1 for number, spec in enumerate(ALERTS)
                           if spec[3] == index and self._state(number, spec) == "new"),
                first_seen_ns=self.start_ns + (192 - ago) * SECOND,
                last_seen_ns=self.now_ns - (900 if silent else 1) * SECOND,
            ))  # fmt: skip
        return rows

    def _names(self) -> list[NameRow]:
        base = self.start_ns + 192 * SECOND
        return [
            NameRow(name, (source, "dns") if source in ("sni", "quic") else (source,), device + 1,
                    self._name_of(device), hits,
                    base - (ago + (0 if source == "dns" else 4_000)) * SECOND, base - ago * SECOND, rcode, addresses,
                    tracker, category)
            for name, source, device, hits, ago, rcode, addresses, tracker, category in NAMES
        ]  # fmt: skip

    def _trackers(self) -> list[TrackerRow]:
        base = self.start_ns + 192 * SECOND
        return [
            TrackerRow(name, rule, owner, category, "easyprivacy", device + 1, self._name_of(device), hits, size,
                       base - 7_000 * SECOND, base - hits * SECOND)
            for name, rule, owner, category, device, hits, size in TRACKERS
        ]  # fmt: skip

    def _state(self, number: int, spec: tuple[Any, ...]) -> str:
        return self.alert_states.get(number + 1, str(spec[8]))

    def _shown_alerts(self, hidden: Hidden) -> list[AlertRow]:
        shown = []
        for row in self._alerts():
            mac = None if row.device_id is None else DEVICES[row.device_id - 1][1]
            ends = alert_ends(row.evidence, (mac, row.device_name), ())
            rule = self.allowed.allows(row.detector, lambda ends=ends: ends)  # type: ignore[misc]
            if rule is None:
                shown.append(row)
            else:
                hidden.add(rule, row.last_ns)
        return shown

    def _alerts(self) -> list[AlertRow]:
        base = self.start_ns + 192 * SECOND
        rows = []
        for number, spec in enumerate(ALERTS):
            detector, severity, title, device, flow, first, last, count, _, evidence = spec
            what, usual, check = TEXTS[detector]
            rows.append(AlertRow(
                number + 1, detector, severity, title, None if device is None else device + 1,
                "192.168.1.99" if device is None else self._name_of(device), flow, base - first * SECOND,
                base - last * SECOND, count, self._state(number, spec), evidence, what, usual, check,
            ))  # fmt: skip
        return rows

    def _pulse(self) -> list[PulsePoint]:
        first = max(0, self.step - 239)
        return [
            PulsePoint(self.start_ns + second * SECOND, int(76_000 * wave(second, 2) ** 2),
                       int(1_050_000 * wave(second, 0) ** 3 + 40_000 * (second % 17)), 9_000 + second % 400)
            for second in range(first, self.step + 1)
        ]  # fmt: skip

    def _same_server(self, row: FlowRow) -> list[tuple[str, int, int]]:
        if row.server_name != "graph.facebook.com":
            return []
        return [("desktop-7", 5, self.now_ns - 1_300 * SECOND), ("living-room-tv", 1, self.now_ns - 6_900 * SECOND)]


def _history(step: int, index: int, scale: float) -> tuple[int, ...]:
    return tuple(int(scale / 2 * wave(step // 4 - 15 + slot, index) ** 3) for slot in range(16))


def _facts(row: FlowRow) -> list[tuple[str, str, str]]:
    facts = [
        ("Flow", "history", "ShADadFf" if row.protocol == "tcp" else "Dd"),
        ("Name", "name", row.server_name or "none"),
        ("Name", "from", (row.name_source or "none").upper()),
        ("Place", "country", row.country or "-"),
        ("Place", "network", f"AS{row.asn} {row.as_org}" if row.asn else "-"),
    ]
    if row.ja4:
        facts += [
            ("TLS", "version", "TLS 1.3"), ("TLS", "ALPN", "h2"), ("TLS", "ECH", "no"),
            ("TLS", "cipher", "TLS_AES_128_GCM_SHA256"), ("TLS", "JA4", row.ja4), ("TLS", "JA3", row.ja3 or ""),
            ("Certificate", "subject", "hidden (TLS 1.3)"),
        ]  # fmt: skip
    return facts


def _timeline(row: FlowRow, start: int) -> list[TimelineEntry]:
    if row.protocol != "tcp":
        return [TimelineEntry(start, "first packet →"), TimelineEntry(start + SECOND // 50, "first data ←")]
    name = row.server_name or row.server_ip
    steps = ((-92, f"DNS A? {name}"), (-73, f"DNS A {row.server_ip}"), (0, "SYN →"), (23, "SYN-ACK ← 23 ms"),
             (25, "ClientHello  SNI ALPN h2"), (51, "ServerHello  26 ms"), (67, "first data ←"),
             (12_296, "last data ←"))  # fmt: skip
    return [TimelineEntry(start + ms * 1_000_000, text) for ms, text in steps]
