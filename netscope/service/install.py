"""Puts the service in place and takes it away again, as steps that can be shown before they are done."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import shutil
import stat
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netscope.config.places import MACHINE_FILE
from netscope.config.template import template
from netscope.model.errors import NetScopeError
from netscope.service.units import DATA_FOLDER, SERVICE, Plan, procd_script, systemd_unit

UNIT: Final = Path("/etc/systemd/system/netscope.service")
INIT_SCRIPT: Final = Path("/etc/init.d/netscope")
_SYSTEMD_RUNS: Final = Path("/run/systemd/system")
_NO_LOGIN: Final = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to be done: a command, or a file to be written or removed."""

    command: tuple[str, ...] = ()
    path: Path | None = None
    content: str | None = None
    """None with a path: remove it."""
    mode: int = 0o644
    may_fail: bool = False

    def __str__(self) -> str:
        if self.path is None:
            return shlex.join(self.command)
        return f"rm {self.path}" if self.content is None else f"write {self.path} ({self.mode:04o})"

    def do(self) -> None:
        """Raises NetScopeError."""
        try:
            if self.path is None:
                subprocess.run(self.command, check=not self.may_fail, capture_output=self.may_fail)  # noqa: S603
            elif self.content is None:
                self.path.unlink(missing_ok=True)
            else:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.write_text(self.content, encoding="utf-8")
                self.path.chmod(self.mode)
        except (OSError, subprocess.CalledProcessError) as error:
            raise NetScopeError(f"{self}: {getattr(error, 'strerror', None) or error}") from None


def uses_procd() -> bool:
    return Path("/sbin/procd").exists()


def installing(plan: Plan, interfaces: Sequence[str], *, start: bool = True) -> list[Step]:
    """Raises NetScopeError where the service's user could not run the command."""
    _refuse_unreachable(plan.command[0])
    steps = [*_account(plan.user), *_configuration(interfaces), *_recording_folder(plan)]
    if uses_procd():
        steps.append(Step(path=INIT_SCRIPT, content=procd_script(plan), mode=0o755))
        steps += [Step((str(INIT_SCRIPT), "enable")), *([Step((str(INIT_SCRIPT), "restart"))] if start else [])]
        return steps
    steps.append(Step(path=UNIT, content=systemd_unit(plan)))
    if not shutil.which("systemctl"):
        return steps
    if not is_running():
        return [*steps, Step(("systemctl", "enable", SERVICE))]
    steps += [Step(("systemctl", "daemon-reload")), Step(("systemctl", "enable", SERVICE))]
    return [*steps, Step(("systemctl", "restart", SERVICE))] if start else steps


def uninstalling() -> list[Step]:
    """Recording, configuration and account stay."""
    if uses_procd():
        return [
            Step((str(INIT_SCRIPT), "stop"), may_fail=True),
            Step((str(INIT_SCRIPT), "disable"), may_fail=True),
            Step(path=INIT_SCRIPT),
        ]
    steps = [Step(path=UNIT)]
    if shutil.which("systemctl"):
        steps.insert(0, Step(("systemctl", "disable", SERVICE), may_fail=True))
        if is_running():
            steps = [Step(("systemctl", "stop", SERVICE), may_fail=True), *steps, Step(("systemctl", "daemon-reload"))]
    return steps


def is_running() -> bool:
    """Whether systemd runs this machine; in a container or chroot its files are there, but not it."""
    return _SYSTEMD_RUNS.is_dir()


def removing(user: str) -> str:
    """What is left after ``uninstalling``, as the command that takes it away."""
    return f"rm -r {DATA_FOLDER} {MACHINE_FILE.parent}; userdel {shlex.quote(user)}"


def _account(user: str) -> Iterator[Step]:
    try:
        pwd.getpwnam(user)
        return
    except KeyError:
        pass
    shell = next((path for path in _NO_LOGIN if Path(path).exists()), _NO_LOGIN[-1])
    if shutil.which("useradd"):
        group = ("--gid", user) if _is_group(user) else ("--user-group",)
        yield Step(("useradd", "--system", *group, "--home-dir", str(DATA_FOLDER), "--no-create-home",
                    "--shell", shell, user))  # fmt: skip
    else:  # busybox
        yield Step(("adduser", "-S", "-D", "-H", "-h", str(DATA_FOLDER), "-s", shell, user))


def _is_group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def _configuration(interfaces: Sequence[str]) -> Iterator[Step]:
    """The file is the user's: one that is there stays as it is."""
    if MACHINE_FILE.exists():
        if interfaces:
            raise NetScopeError(f"{MACHINE_FILE} is there: name the interfaces in it, under [capture], not with -i")
        return
    text = template()
    if interfaces:
        listed = ", ".join(f'"{name}"' for name in interfaces)
        text = text.replace("#interfaces = ", f"interfaces = [{listed}]\n#interfaces = ", 1)
    yield Step(path=MACHINE_FILE, content=text)


def _recording_folder(plan: Plan) -> Iterator[Step]:
    """systemd makes its own; of any other place the folder has to be the service's."""
    if plan.recording.parent != DATA_FOLDER or uses_procd():
        folder = str(plan.recording.parent)
        yield Step(("mkdir", "-p", "-m", "700", folder))
        yield Step(("chown", plan.user, folder))


def _refuse_unreachable(program: str) -> None:
    """An account without a home cannot run what lies in someone's."""
    path = Path(os.path.realpath(program))
    for part in (path, *path.parents):
        mode = part.stat().st_mode
        wanted = stat.S_IXOTH | (stat.S_IROTH if part == path else 0)
        if mode & wanted != wanted:
            raise NetScopeError(
                f"the service's account could not run {path}: {part} is closed to others; install NetScope where all "
                "may read it: sudo python3 -m venv /opt/netscope, then sudo /opt/netscope/bin/pip install netscope"
            )
