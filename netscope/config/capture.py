"""``[capture]``: what is listened to."""

from __future__ import annotations

from dataclasses import dataclass

from netscope.config.option import option
from netscope.engine.capture.bpf import refuse_host_names
from netscope.engine.capture.live import BUFFER_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What is listened to, and how much is held while it is."""

    interfaces: tuple[str, ...] = option(
        (), "Interfaces to listen on, several at once. Empty: the one of the default route.", example='["eth0"]'
    )
    filter: str | None = option(
        None,
        "A BPF expression: capture only what matches. Without host names, which would have to be looked up.",
        check=refuse_host_names,
        example='"not port 22"',
    )
    promiscuous: bool = option(
        True,
        "Ask the card for frames that are not for this machine.",
        reason="a mirror port brings nothing else; a card that refuses is used as it is, with a notice",
    )
    buffer_mib: int = option(
        BUFFER_BYTES >> 20,
        "The kernel's ring of each interface; when it is full the kernel drops packets, and counts them.",
        unit="MiB",
        reason="0.3 s of 1.9 Gb/s, longer than any pause of the engine",
        at_least=1,
        at_most=2047,
    )
    max_flows: int = option(
        65_536,
        "Flows held at once; at the bound the one idle longest is closed and counted as evicted.",
        unit="flows",
        reason="a full table takes 100 to 200 MB; a home has a few thousand flows",
        at_least=1_000,
        at_most=4_000_000,
    )
    user: str | None = option(
        None,
        "Whose rights to go on with once the capture is open. Default: who called sudo, else the account netscope if "
        "there is one, else root without its powers.",
        example='"netscope"',
    )
