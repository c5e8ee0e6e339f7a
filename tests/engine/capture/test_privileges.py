"""Every right is given up for good, and capture goes on: each test in a process of its own that really drops."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from netscope.engine.capture import privileges
from netscope.model.errors import NetScopeError
from tests.live.namespace import VethPair

NOBODY = 65534
ROOT = Path(__file__).resolve().parents[3]

pytestmark = [
    pytest.mark.skipif(os.getuid() != 0, reason="needs root, to have something to give up"),
    pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's"),
]

# What is loaded after the drop could not be read by nobody where the interpreter lies in root's home.
PRELUDE = """
import ctypes, errno, json, os, socket, subprocess, sys, threading, time
from pathlib import Path
from netscope.engine.capture.live import adapter, open_live
from netscope.engine.capture.interfaces import list_interfaces
from netscope.engine.capture.privileges import drop_privileges
from netscope.model.errors import NetScopeError
adapter()

def attempt(action):
    try:
        action()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"

class Sink:
    frames = 0
    def add_frame(self, *frame):
        self.frames += 1

def say(**facts):
    print(json.dumps(facts), flush=True)
"""


class Dropping:
    """A child process that follows a script and is talked to by lines."""

    def __init__(
        self, script: str, *arguments: str, python: Sequence[str] = (sys.executable,), **environment: str
    ) -> None:
        self._process = subprocess.Popen(
            [*python, "-c", PRELUDE + script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        )

    def hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(self._process.communicate()[1])
        facts: dict[str, Any] = json.loads(line)
        return facts

    def go_on(self) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self.hear()

    def end(self) -> None:
        _, said = self._process.communicate(timeout=20)
        assert self._process.returncode == 0, said


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of nobody's, which pytest's own temporary folders would not let nobody reach."""
    with tempfile.TemporaryDirectory() as outer:
        Path(outer).chmod(0o755)
        own = Path(outer, "recording")
        own.mkdir(mode=0o700)
        os.chown(own, NOBODY, NOBODY)
        yield own


EVERYTHING = """
inherited = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
source = open_live([sys.argv[1]])
folder = Path(sys.argv[2])
os.setgroups([4, 20])
dropped = drop_privileges(sys.argv[3] or None, writable=[folder], captures=source.descriptors())
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
capture = source.descriptors()[0]
left, right = socket.socketpair()
pipe = os.pipe()
os.write(pipe[1], bytes(60))
say(
    text=str(dropped), home=os.environ["HOME"], user=os.environ["USER"],
    uid=os.getresuid(), gid=os.getresgid(), groups=os.getgroups(),
    **{name: int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")},
    no_new_privs=status["NoNewPrivs"].strip(), seccomp=status["Seccomp"].strip(), landlock=dropped.landlock_version,
    setuid=attempt(lambda: os.setuid(0)),
    packet=attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)),
    raw=attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)),
    udp=attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
    tcp6=attempt(lambda: socket.socket(socket.AF_INET6, socket.SOCK_STREAM)),
    capture_send=attempt(lambda: socket.socket(fileno=source.descriptors()[0]).send(bytes(60))),
    ways=[
        attempt(way) for way in (
            lambda: os.write(capture, bytes(60)),
            lambda: os.writev(capture, [bytes(60)]),
            lambda: os.sendfile(capture, os.open("/dev/zero", os.O_RDONLY), 0, 60),
            lambda: os.splice(pipe[0], capture, 60),
            lambda: os.dup(capture),
            lambda: os.dup2(capture, 200),
            lambda: __import__("fcntl").fcntl(capture, 1030, 0),
            lambda: socket.send_fds(left, [b"x"], [capture]),
            lambda: inherited.connect(("127.0.0.1", 9)),
            lambda: inherited.sendto(b"x", ("127.0.0.1", 9)),
        )
    ],
    local=attempt(lambda: left.send(b"x")),
    inside=attempt(lambda: (folder / "a").write_text("x")),
    rename=attempt(lambda: (folder / "a").rename(folder / "b")),
    outside=attempt(lambda: Path(sys.argv[4]).write_text("x")),
    null=attempt(lambda: Path("/dev/null").write_text("x")),
    reading=attempt(lambda: Path("/proc/net/dev").read_text()),
    interfaces=len(list_interfaces()),
)
"""


@pytest.mark.live
@pytest.mark.parametrize("how", ["named", "sudo"])
def test_nothing_is_left_and_nothing_comes_back(veth: VethPair, folder: Path, how: str) -> None:
    # World-writable: only Landlock can be what refuses it.
    open_to_all = folder.parent / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    user, caller = ("nobody", {}) if how == "named" else ("", {"SUDO_UID": str(NOBODY)})
    child = Dropping(EVERYTHING, veth.right, str(folder), user, str(open_to_all / "x"), **caller)
    facts = child.hear()
    child.end()
    assert facts["uid"] == facts["gid"] == [NOBODY] * 3
    assert facts["groups"] == []
    assert [facts[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")] == [0] * 5
    assert facts["no_new_privs"] == "1"
    assert (facts["setuid"], facts["packet"], facts["raw"]) == ("EPERM", "EPERM", "EPERM")
    assert (facts["inside"], facts["rename"], facts["null"], facts["reading"]) == ("done",) * 4
    assert facts["user"] == "nobody"
    assert facts["local"] == "done"
    assert facts["interfaces"] == 3
    if facts["landlock"]:
        assert facts["outside"] == "EACCES"
    if facts["seccomp"] == "2":
        assert (facts["udp"], facts["tcp6"], facts["capture_send"]) == ("EPERM",) * 3
        assert facts["ways"] == ["EPERM"] * 10
    assert facts["text"].startswith("runs as nobody (uid 65534, gid 65534), without capabilities")


@pytest.mark.live
def test_root_that_stays_root_has_no_power(veth: VethPair, tmp_path: Path) -> None:
    own, others = tmp_path / "own", tmp_path / "others"
    own.mkdir()
    others.touch()
    script = EVERYTHING.replace("setuid(0)", f"chown('{others}', 1, 1)")
    child = Dropping(script, veth.right, str(own), "", str(others), SUDO_UID="", HOME=str(own))
    facts = child.hear()
    child.end()
    assert facts["uid"] == [0, 0, 0]
    assert facts["home"] == str(own)
    assert facts["groups"] == []
    assert [facts[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")] == [0] * 5
    assert facts["setuid"] in {"EPERM", "EACCES"}
    assert (facts["packet"], facts["raw"]) == ("EPERM", "EPERM")
    assert facts["inside"] == "done"


FOLLOWING = """
source = open_live([sys.argv[1]])
drop_privileges("nobody", captures=source.descriptors())
sink = Sink()
def pump_until(done):
    end_s = time.monotonic() + 8
    while not done() and time.monotonic() < end_s:
        source.pump(sink, 1000, 0.1)
say(ready=True)
pump_until(lambda: sink.frames)
input()
say(frames=sink.frames, packet=attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)))
pump_until(lambda: source.notices())
input()
say(notices=source.notices())
pump_until(lambda: not source.notices())
input()
say(notices=source.notices())
before = sink.frames
pump_until(lambda: sink.frames > before)
input()
say(more=sink.frames - before, received=source.statistics().received)
source.close()
"""


@pytest.mark.live
def test_an_interface_made_again_is_followed_without_any_right(veth: VethPair) -> None:
    child = Dropping(FOLLOWING, veth.right)
    assert child.hear()["ready"]
    veth.send(bytes(60))
    assert child.go_on() == {"frames": 1, "packet": "EPERM"}
    veth.remove()
    assert child.go_on() == {"notices": ["ns-right has disappeared; waiting for it to come back"]}
    veth.create()
    assert child.go_on() == {"notices": []}
    veth.send(bytes(60))
    assert child.go_on() == {"more": 1, "received": 2}
    child.end()


ORDINARY = """
source = open_live([sys.argv[1]])
dropped = drop_privileges(writable=[Path(sys.argv[2])], captures=source.descriptors())
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
say(
    uid=os.getresuid(), groups=os.getgroups(), text=str(dropped),
    caps=[int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")],
    packet=attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)),
    setuid=attempt(lambda: os.setuid(0)),
    again=subprocess.run([sys.executable, "-c", "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)"],
                         capture_output=True, text=True).stderr.splitlines()[-1],
)
source.close()
"""
BY_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


def assert_ordinary_user_kept_nothing(facts: dict[str, Any]) -> None:
    assert facts["uid"] == [NOBODY] * 3
    assert facts["groups"] == []
    assert facts["caps"] == [0] * 4
    assert (facts["packet"], facts["setuid"]) == ("EPERM", "EPERM")
    # Not even a program that brings the right along gets it back.
    assert facts["again"] == "PermissionError: [Errno 1] Operation not permitted"
    assert facts["text"].startswith("runs as nobody")


@pytest.mark.live
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv, to start with an ambient capability")
def test_an_ambient_capability_as_systemd_gives_it_is_given_up(veth: VethPair, folder: Path) -> None:
    given = (*BY_NOBODY, "--inh-caps=+net_raw", "--ambient-caps=+net_raw", sys.executable)
    child = Dropping(ORDINARY, veth.right, str(folder), python=given)
    assert_ordinary_user_kept_nothing(child.hear())
    child.end()


@pytest.mark.live
@pytest.mark.skipif(
    shutil.which("setpriv") is None or shutil.which("setcap") is None, reason="needs setpriv and setcap"
)
def test_a_file_capability_is_given_up(veth: VethPair, folder: Path) -> None:
    own = folder.parent / "python"
    shutil.copy(os.path.realpath(sys.executable), own)
    subprocess.run(["setcap", "cap_net_raw+ep", str(own)], check=True)
    paths = {"PYTHONHOME": f"{sys.base_prefix}:{sys.base_exec_prefix}", "PYTHONPATH": os.pathsep.join(sys.path)}
    child = Dropping(ORDINARY, veth.right, str(folder), python=(*BY_NOBODY, str(own)), **paths)
    assert_ordinary_user_kept_nothing(child.hear())
    child.end()


MOVING = """
source, sink = open_live([sys.argv[1]], spare=True), Sink()
drop_privileges("nobody", captures=source.descriptors())
source.listen([sys.argv[2]])
say(packet=attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)), name=source.name)
deadline = time.monotonic() + 10
while not sink.frames and time.monotonic() < deadline:
    source.pump(sink, 100, 0.1)
say(frames=sink.frames)
source.close()
"""


@pytest.mark.live
def test_a_capture_is_moved_to_another_interface_without_any_right(veth: VethPair) -> None:
    child = Dropping(MOVING, veth.right, veth.left)
    assert child.hear() == {"packet": "EPERM", "name": veth.left}
    veth.send(bytes(60), end=veth.right)
    assert child.hear() == {"frames": 1}
    child.end()


REFUSED = """
try:
    drop_privileges(sys.argv[1] or None, writable=[Path(sys.argv[2])])
except NetScopeError as error:
    say(error=str(error), uid=os.getuid())
else:
    say(error=None)
"""


def test_a_folder_the_user_cannot_write_is_named_with_the_remedy(tmp_path: Path) -> None:
    child = Dropping(REFUSED, "nobody", "/etc")
    facts = child.hear()
    assert facts["error"] == "nobody cannot write to /etc; run: sudo chown nobody /etc"
    child.end()


def test_an_unknown_user_is_refused_before_anything_is_given_up(tmp_path: Path) -> None:
    child = Dropping(REFUSED, "nobody-at-all", str(tmp_path))
    facts = child.hear()
    assert (facts["error"], facts["uid"]) == (
        "there is no user called nobody-at-all; name an existing one with --user",
        0,
    )
    child.end()


def test_an_ordinary_user_cannot_become_another(tmp_path: Path) -> None:
    script = "os.setresgid(1, 1, 1); os.setresuid(1, 1, 1)\n" + REFUSED
    child = Dropping(script, "nobody", str(tmp_path))
    assert child.hear()["error"] == "only root can become nobody; leave --user out or start with sudo"
    child.end()


def test_an_ordinary_user_keeps_its_user_and_is_contained_too(folder: Path) -> None:
    os.chown(folder, 1, 1)
    script = "os.setgroups([]); os.setresgid(1, 1, 1); os.setresuid(1, 1, 1)\n" + REFUSED.replace(
        "say(error=None)", "say(udp=attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)), uid=os.getuid())"
    )
    child = Dropping(script, "", str(folder))
    assert child.hear() == {"udp": "EPERM", "uid": 1}
    child.end()


def test_a_thread_that_kept_its_rights_is_found(folder: Path) -> None:
    script = "thread = threading.Thread(target=time.sleep, args=(3,), daemon=True); thread.start()\n" + REFUSED
    child = Dropping(script, "nobody", str(folder))
    # setresuid reaches every thread, no_new_privs does not.
    assert "NoNewPrivs of thread" in child.hear()["error"]
    child.end()


def test_regaining_root_would_be_noticed() -> None:
    # Where nothing was given up, the check itself must fail: this process is root and stays it.
    saved = os.getresuid()
    outcome: list[BaseException] = []

    def check() -> None:
        try:
            privileges._verify_root_is_gone()
        except NetScopeError as error:
            outcome.append(error)

    thread = threading.Thread(target=check)
    thread.start()
    thread.join()
    assert [str(error) for error in outcome] == ["refusing to go on: root could be regained after giving it up"]
    assert os.getresuid() == saved
