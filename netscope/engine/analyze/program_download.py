"""Did a device fetch a program without encryption? Executables in unencrypted answers, by type or name.

Whoever is on the way can swap such a program, and malware is fetched so since few look. Update services that sign what
they send are exempt by name. From a bare address it is high, by name medium.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, Explanation, QuietDetector
from netscope.engine.analyze.names import is_under
from netscope.engine.analyze.neighbours import Neighbours
from netscope.model.records import Alert, HttpRequest

PROGRAM_TYPES: Final = frozenset((
    "application/x-msdownload", "application/x-dosexec", "application/x-msdos-program", "application/x-executable",
    "application/x-elf", "application/x-mach-binary", "application/vnd.microsoft.portable-executable",
    "application/x-msi", "application/hta", "application/x-sharedlib",
))  # fmt: skip
PROGRAM_ENDINGS: Final = (".exe", ".scr", ".dll", ".msi", ".hta", ".ps1", ".vbs", ".jse", ".elf")
SIGNED_ZONES: Final = frozenset((
    "windowsupdate.com", "microsoft.com", "msftncsi.com", "office.net", "apple.com", "gvt1.com", "gvt2.com",
    "google.com", "mozilla.org", "mozilla.net", "adobe.com", "debian.org", "ubuntu.com", "fedoraproject.org",
    "steamcontent.com", "steampowered.com", "nvidia.com", "dell.com", "hp.com", "lenovo.com", "intel.com",
    "avast.com", "avg.com", "kaspersky.com", "symantec.com", "mcafee.com", "epicgames.com", "playstation.net",
    "xboxlive.com", "oracle.com", "googleapis.com",
))  # fmt: skip
"""Update services that are fetched in clear and check a signature."""
WORTH_BYTES: Final = 4096
"""Less is an error page with a wrong type."""


class ProgramDownload(QuietDetector):
    name: ClassVar[str] = "program_download"
    observes: ClassVar[tuple[type, ...]] = (HttpRequest,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A device fetched a program over an unencrypted connection. Malware is often fetched so, and a "
        "good program can be swapped on the way.",
        usual="Installers and updates of older software that fetch in clear.",
        check="Does the host belong to a maker whose software the device has? If not, do not run the file and "
        "scan the device; look at what it connected to right after.",
    )

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours

    def observe(self, record: HttpRequest) -> Iterable[Alert]:
        if record.status != 200 or record.method != "GET":
            return NOTHING
        kind = (record.content_type or "").partition(";")[0].strip().lower()
        path = record.uri.partition("?")[0].lower()
        if kind not in PROGRAM_TYPES and not (path.endswith(PROGRAM_ENDINGS) and not kind.startswith("text/")):
            return NOTHING
        flow = record.flow
        host = (record.host or flow.server_ip).partition(":")[0].lower()
        if is_under(host, SIGNED_ZONES) or self._neighbours.is_local(flow.server_ip):
            return NOTHING
        if record.response_bytes is not None and record.response_bytes < WORTH_BYTES:
            return NOTHING
        is_bare = host == flow.server_ip
        return (
            self.alert(
                f"{flow.client_ip} {host}", "high" if is_bare else "medium", f"Program fetched in clear from {host}",
                record.timestamp_ns,
                because="from a bare address" if is_bare else "unencrypted, from no known update service",
                observed={"content_type": kind or None, "bytes": record.response_bytes},
                threshold={"programs": 1},
                window_s=0,
                data={"host": host, "path": path[:120], "server": flow.server_ip, "user_agent": record.user_agent},
                device_id=flow.device_id, flow=flow,
            ),
        )  # fmt: skip
