"""Installing is a list of steps, shown or done; what is the user's stays."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from netscope.model.errors import NetScopeError
from netscope.service import install
from netscope.service.install import Step, installing, uninstalling
from netscope.service.units import Plan

HERE = Plan(("/bin/true",), "root")


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with systemd running and nothing of ours on it."""
    monkeypatch.setattr(install, "MACHINE_FILE", tmp_path / "etc" / "netscope.toml")
    monkeypatch.setattr(install, "UNIT", tmp_path / "netscope.service")
    monkeypatch.setattr(install, "INIT_SCRIPT", tmp_path / "init.d" / "netscope")
    monkeypatch.setattr(install, "_SYSTEMD_RUNS", tmp_path)
    monkeypatch.setattr(install, "uses_procd", lambda: False)
    monkeypatch.setattr(install.shutil, "which", lambda name: f"/usr/bin/{name}")
    return tmp_path


def shown(steps: list[Step]) -> list[str]:
    return [str(step) for step in steps]


def test_a_first_install_makes_account_configuration_and_unit(machine: Path) -> None:
    steps = installing(Plan(("/bin/true",), "no-such-account"), ["eth1", "eth2"])
    assert shown(steps)[0].startswith("useradd --system --user-group --home-dir /var/lib/netscope --no-create-home")
    assert shown(steps)[1:] == [
        f"write {machine}/etc/netscope.toml (0644)",
        f"write {machine}/netscope.service (0644)",
        "systemctl daemon-reload",
        "systemctl enable netscope",
        "systemctl restart netscope",
    ]
    steps[1].do()
    written = (machine / "etc" / "netscope.toml").read_text()
    assert tomllib.loads(written)["capture"]["interfaces"] == ["eth1", "eth2"]
    assert (machine / "etc" / "netscope.toml").stat().st_mode & 0o777 == 0o644


def test_what_is_there_stays(machine: Path) -> None:
    (machine / "etc").mkdir()
    (machine / "etc" / "netscope.toml").touch()
    steps = installing(HERE, [], start=False)
    assert shown(steps) == [
        f"write {machine}/netscope.service (0644)", "systemctl daemon-reload", "systemctl enable netscope",
    ]  # fmt: skip
    with pytest.raises(NetScopeError, match="name the interfaces in it"):
        installing(HERE, ["eth1"])


def test_where_systemd_does_not_run_it_is_only_enabled(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "_SYSTEMD_RUNS", machine / "absent")
    assert shown(installing(HERE, []))[-1] == "systemctl enable netscope"
    assert shown(uninstalling()) == ["systemctl disable netscope", f"rm {machine}/netscope.service"]


def test_openwrt_gets_an_init_script(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "uses_procd", lambda: True)
    script = machine / "init.d" / "netscope"
    assert shown(installing(HERE, []))[1:] == [
        "mkdir -p -m 700 /var/lib/netscope",
        "chown root /var/lib/netscope",
        f"write {script} (0755)",
        f"{script} enable",
        f"{script} restart",
    ]
    assert shown(uninstalling())[-1] == f"rm {script}"


def test_another_place_for_the_recording_is_made_the_services(machine: Path) -> None:
    steps = installing(Plan(("/bin/true",), "root", Path("/srv/net/home.db")), [])
    assert "chown root /srv/net" in shown(steps)


def test_a_program_the_account_cannot_reach_is_refused_with_the_remedy(machine: Path) -> None:
    closed = machine / "home"
    closed.mkdir(mode=0o700)
    program = closed / "netscope"
    program.touch(mode=0o755)
    machine.chmod(0o755)
    with pytest.raises(NetScopeError, match="is closed to others; install NetScope where all may read it"):
        installing(Plan((str(program),)), [])


def test_steps_do_what_they_say(machine: Path) -> None:
    path = machine / "deep" / "file"
    Step(path=path, content="text", mode=0o755).do()
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("text", 0o755)
    Step(path=path).do()
    assert not path.exists()
    Step(path=path).do()
    Step(("false",), may_fail=True).do()
    with pytest.raises(NetScopeError, match="false: Command"):
        Step(("false",)).do()
    with pytest.raises(NetScopeError, match="no-such-program"):
        Step(("no-such-program",)).do()
