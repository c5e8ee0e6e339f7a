"""The texts of the service: a hardened systemd unit, and an init script for OpenWrt's procd."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SERVICE: Final = "netscope"
DATA_FOLDER: Final = Path("/var/lib/netscope")
RECORDING: Final = DATA_FOLDER / "netscope.db"


_CONFINEMENT: Final = """\
# The one right it starts with, given up for good once the capture is open.
AmbientCapabilities=CAP_NET_RAW
CapabilityBoundingSet=CAP_NET_RAW
NoNewPrivileges=yes
UMask=0077
MemoryMax=1G
TasksMax=64
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProcSubset=all
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
PrivateIPC=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_PACKET AF_NETLINK AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
KeyringMode=private
DevicePolicy=closed
IPAddressDeny=any
SystemCallArchitectures=native
SystemCallFilter=@system-service landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp
SystemCallFilter=~@resources @privileged
# capset is how it gives up its right.
SystemCallFilter=capset
SystemCallErrorNumber=EPERM
"""
"""Tried under systemd 252 with everything on: see docs/deployment.md."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run, and as whom."""

    command: tuple[str, ...]
    """netscope as this machine starts it, by full path."""
    user: str = SERVICE
    recording: Path = RECORDING

    @property
    def run(self) -> tuple[str, ...]:
        return (*self.command, "--record", str(self.recording))


def systemd_unit(plan: Plan) -> str:
    """The unit file. Interfaces and all else come from /etc/netscope/netscope.toml."""
    return f"""\
# Written by: netscope service install. Your changes belong into: systemctl edit {SERVICE}
[Unit]
Description=NetScope network recorder
After=network.target
# An interface may come late, a disk may be full for a day: try for ever.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStartPre={_line(plan.command)} doctor
ExecStart={_line(plan.run)}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=10
# Fed by the engine's own loop once a second.
WatchdogSec=120
TimeoutStopSec=30
User={plan.user}
Environment=XDG_DATA_HOME=/var/lib XDG_CONFIG_HOME=/etc
{_folders(plan)}
{_CONFINEMENT}
[Install]
WantedBy=multi-user.target
"""


def _folders(plan: Plan) -> str:
    """systemd makes /var/lib/netscope itself; another folder has to be let through ProtectSystem."""
    lines = ["StateDirectory=netscope", "StateDirectoryMode=0700"]
    if plan.recording.parent != DATA_FOLDER:
        lines.append(f"ReadWritePaths={_escaped(str(plan.recording.parent))}")
    return "\n".join(lines)


def _line(command: tuple[str, ...]) -> str:
    """As systemd.service(5) reads it."""
    return " ".join(_quoted(word) for word in command)


def _quoted(word: str) -> str:
    escaped = _escaped(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"' if set(escaped) & set(" \t\"'\\;") else escaped


def _escaped(word: str) -> str:
    return word.replace("%", "%%")


def procd_script(plan: Plan) -> str:
    """/etc/init.d/netscope. Started as root, as procd does; the capture open, it becomes the user."""
    run = shlex.join([*plan.run, "--user", plan.user])
    return f"""\
#!/bin/sh /etc/rc.common
# Written by: netscope service install
USE_PROCD=1
START=95
STOP=10

start_service() {{
\tprocd_open_instance
\tprocd_set_param command {run}
\tprocd_set_param env XDG_DATA_HOME=/var/lib XDG_CONFIG_HOME=/etc
\t# Again after 10 s, for ever.
\tprocd_set_param respawn 3600 10 0
\tprocd_set_param stdout 1
\tprocd_set_param stderr 1
\tprocd_set_param reload_signal HUP
\tprocd_close_instance
}}

reload_service() {{
\tprocd_send_signal {SERVICE}
}}
"""
