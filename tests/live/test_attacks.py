"""A few of the lab's attacks with real tools, told in time; all of them: ``python -m tests.live.run_attacks``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

import pytest

from tests.live.attacks import ATTACKS, Attack, missing_tools, nmap, talk
from tests.live.lab import Lab, Watch, address, missing_for_a_lab, running
from tests.live.run_attacks import attack

pytestmark = pytest.mark.live
QUICK = ("arpspoof as the router", "dnsmasq as a second DHCP server", "expired certificate", "dns2tcp")
TAKE = "import http.server as h\nclass T(h.BaseHTTPRequestHandler):\n def do_POST(s):\n  print(s.rfile.read(int(s.headers['Content-Length'])).decode(), flush=True); s.send_response(204); s.end_headers()\nh.HTTPServer(('127.0.0.1', 8080), T).serve_forever()"  # noqa: E501 - a program
NOTIFY = '[[notify.webhook]]\nurl = "http://127.0.0.1:8080/"\n'


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    reason = missing_for_a_lab()
    if reason is not None:
        pytest.skip(reason)
    with running() as made:
        yield made


def need(*tools: Attack) -> None:
    missing = [tool for wanted in tools for tool in missing_tools(wanted)]
    if missing:
        pytest.skip(f"needs {missing[0]}")


@pytest.mark.parametrize("name", QUICK)
def test_the_attack_is_told_in_time(lab: Lab, name: str) -> None:
    wanted = next(one for one in ATTACKS if one.name == name)
    need(wanted)
    found, alerts = attack(lab, wanted)
    assert found is not None, alerts


def test_a_scan_reaches_the_webhook_while_the_capture_sends_nothing_and_no_flow_is_lost(lab: Lab) -> None:
    """A thousand flows are closed in one batch; the process that sends does so on the loopback, the engine nowhere."""
    need(next(one for one in ATTACKS if one.name.startswith("nmap")))
    told = lab.folder / "told"
    with told.open("w") as sink:
        lab.start("eye", sys.executable, "-c", TAKE, sink=sink)
        before = lab.sent("eye")
        watch = Watch(lab, "notify", NOTIFY)
        try:
            watch.wait_until_recording()
            talk(lab)
            nmap("-sS", address("nas"))(lab)
            deadline_s = time.monotonic() + 20
            while "port_scan" not in told.read_text() and time.monotonic() < deadline_s:
                time.sleep(0.1)
        finally:
            watch.close()
            lab.stop_background()
    messages = [json.loads(line) for line in told.read_text().splitlines()]
    assert [(said["detector"], said["severity"]) for said in messages] == [("port_scan", "high")]
    assert lab.sent("eye") == before
    assert watch.rows("SELECT count(*) FROM flows WHERE end_reason IS NULL") == [(0,)]
    assert watch.rows("SELECT count(*) > 1000 FROM flows") == [(1,)]
