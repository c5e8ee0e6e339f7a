"""Did a device fetch a program without encryption? Executables in unencrypted answers, by first bytes, type or name.

Whoever is on the way can swap such a program, and malware is fetched so since few look. Update services that sign what
they send are exempt by name. From a bare address, or under the name and type of something else, it is high; by name
medium. A class file that a Java program fetches from a bare address is high inside the network too: Log4Shell does so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, Explanation, QuietDetector
from netscope.engine.analyze.names import is_under
from netscope.engine.analyze.neighbours import Neighbours
from netscope.model.records import Alert, HttpRequest

PROGRAM_TYPES: Final = frozenset((
    "application/x-msdownload", "application/x-dosexec", "application/x-msdos-program", "application/x-executable",
    "application/x-elf", "application/x-mach-binary", "application/vnd.microsoft.portable-executable",
    "application/x-msi", "application/hta", "application/x-sharedlib", "application/java-vm",
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
DISGUISES: Final = ("image/", "text/", "audio/", "video/", "font/", "application/json", "application/pdf")
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

    def observe(self, record: HttpRequest) -> Sequence[Alert]:
        if record.status != 200:
            return NOTHING
        kind = (record.content_type or "").partition(";")[0].strip().lower()
        path = record.uri.partition("?")[0].lower()
        if record.program is None and not _says_program(record, kind, path):
            return NOTHING
        flow = record.flow
        host = (record.host or flow.server_ip).partition(":")[0].lower()
        is_bare = host == flow.server_ip
        is_class = record.program == "java" or kind == "application/java-vm"
        if is_under(host, SIGNED_ZONES) or (self._neighbours.is_local(flow.server_ip) and not (is_class and is_bare)):
            return NOTHING
        size = record.response_bytes
        if record.program is None and not is_class and size is not None and size < WORTH_BYTES:
            return NOTHING
        return (self._fetched(record, host, kind, path, is_bare=is_bare),)

    def _fetched(self, record: HttpRequest, host: str, kind: str, path: str, *, is_bare: bool) -> Alert:
        flow = record.flow
        disguised = record.program is not None and kind.startswith(DISGUISES)
        because = "it came under the type of something else" if disguised else "from a bare address"
        return self.alert(
            f"{flow.client_ip} {host}", "high" if is_bare or disguised else "medium",
            f"Program fetched in clear from {host}", record.timestamp_ns,
            because=because if is_bare or disguised else "unencrypted, from no known update service",
            observed={"content_type": kind or None, "program": record.program, "bytes": record.response_bytes},
            threshold={"programs": 1},
            window_s=0,
            data={"host": host, "path": path[:120], "server": flow.server_ip, "user_agent": record.user_agent},
            device_id=flow.device_id, flow=flow,
        )  # fmt: skip


def _says_program(record: HttpRequest, kind: str, path: str) -> bool:
    """By type or name, where the first bytes were not seen."""
    if record.method != "GET":
        return False
    return kind in PROGRAM_TYPES or (path.endswith(PROGRAM_ENDINGS) and not kind.startswith("text/"))
