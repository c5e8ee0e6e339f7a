"""``[notify]``: targets of each kind, and what is wrong with them in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.config.notify import Command, Mqtt, Notify, Syslog, Webhook
from netscope.config.reading import ConfigInvalid, read_config

HERE = Path("/etc/netscope/netscope.toml")


def test_nothing_is_sent_by_default() -> None:
    config, _ = read_config("", HERE)
    assert config.notify == Notify()
    assert (config.notify.webhook, config.notify.command, config.notify.syslog, config.notify.mqtt) == ((), (), (), ())


def test_targets_of_each_kind() -> None:
    config, _ = read_config(
        '[notify]\nseverity = "low"\n[[notify.webhook]]\nurl = "https://a.example/x"\nheaders = ["X-Token: a b"]\n'
        '[[notify.command]]\nrun = ["/bin/true", "-v"]\nseverity = "high"\n[[notify.syslog]]\n'
        '[[notify.mqtt]]\nhost = "b"\npassword_file = "secret"\n',
        HERE,
    )
    assert config.notify == Notify(
        severity="low",
        webhook=(Webhook(url="https://a.example/x", headers=("X-Token: a b",)),),
        command=(Command(run=("/bin/true", "-v"), severity="high"),),
        syslog=(Syslog(),),
        mqtt=(Mqtt(host="b", password_file=Path("/etc/netscope/secret")),),
    )


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("[[notify.webhook]]\nurl = 'ftp://x'", ":2: notify.webhook[1].url: 'ftp://x' is no http or https address"),
        ("[[notify.webhook]]\nurl = 'http://'", ":2: notify.webhook[1].url: 'http://' is no http"),
        ("[[notify.webhook]]\nurl = 'http://a'\nheaders = ['x']", ":3: notify.webhook[1].headers[1]: 'x' is no header"),
        ("[[notify.command]]\nrun = []", ":1: notify.command[1]: run: names no program"),
        ("[[notify.syslog]]\nto = 'udp:514'", ":2: notify.syslog[1].to: 'udp:514' is none of unix:/dev/log"),
        ("[[notify.syslog]]\nto = 'udp://a:x'", ":2: notify.syslog[1].to: 'udp://a:x': the port is no number"),
        ("[[notify.mqtt]]\nport = 70000\nhost = 'a'", ":2: notify.mqtt[1].port: 70,000 is too large"),
        ("[notify]\nper_hour = 0", ":2: notify.per_hour: 0 is too small; at least 1 messages"),
    ],
)
def test_what_is_no_target_is_refused(document: str, said: str) -> None:
    with pytest.raises(ConfigInvalid) as invalid:
        read_config(document, HERE)
    assert invalid.value.problems[0].removeprefix(str(HERE)).startswith(said)
