"""How numbers and times read: three figures, one unit, ``-`` for zero."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import Final

SECOND_NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * SECOND_NS
HOUR_NS: Final = 60 * MINUTE_NS
DAY_NS: Final = 24 * HOUR_NS
DATE_NS: Final = 330 * DAY_NS
"""How far a date without its year is told apart."""

_STEPS: Final = ("", "k", "M", "G", "T", "P")


def scaled(value: float) -> tuple[str, str]:
    """(figures, prefix): 612_345 is ("612", "k"), 8_400_000 is ("8.4", "M")."""
    step = 0
    while value >= 999.5 and step < len(_STEPS) - 1:
        value /= 1000
        step += 1
    return (f"{value:.1f}" if value < 9.95 and step else f"{value:.0f}"), _STEPS[step]


def rate(bits_per_s: float) -> str:
    """For a column: ``5.1M``; below one bit a second ``-``."""
    return "".join(scaled(bits_per_s)) if bits_per_s >= 1 else "-"


def rate_unit(bits_per_s: float) -> str:
    """For a sentence: ``8.4 Mb/s``."""
    figures, prefix = scaled(bits_per_s)
    return f"{figures} {prefix}b/s"


def size(count_bytes: float) -> str:
    if count_bytes < 1:
        return "-"
    figures, prefix = scaled(count_bytes)
    return f"{figures} {prefix}B"


def counted(number: int, noun: str) -> str:
    """``1 alert``, ``2 alerts``."""
    return f"{count(number) if number else 0} {noun}{'' if number == 1 else 's'}"


def of_one(nouns: str) -> str:
    """The plural of a field's name as it is said of one: ``devices``, ``dns queries``."""
    if nouns.endswith("ies"):
        return nouns[:-3] + "y"
    if nouns.endswith(("sses", "xes", "ches")):
        return nouns[:-2]
    return nouns.removesuffix("s") if not nouns.endswith("ss") else nouns


def count(number: int) -> str:
    return "-" if not number else f"{number}" if number < 10_000 else "".join(scaled(number))


def age(nanoseconds: int) -> str:
    """``00:41``, ``3h12``, ``12d``: five characters at most."""
    seconds = max(0, nanoseconds) // SECOND_NS
    if seconds < 3600:
        return f"{seconds // 60:02d}:{seconds % 60:02d}"
    if seconds < 86_400:
        return f"{seconds // 3600}h{seconds // 60 % 60:02d}"
    return f"{seconds // 86_400}d"


def elapsed(nanoseconds: int) -> str:
    seconds = max(0, nanoseconds) // SECOND_NS
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days}d {clock}" if days else clock


def round_trip(microseconds: int | None) -> str:
    if microseconds is None:
        return "-"
    if microseconds < 1_000:
        return f"{microseconds}us"
    return f"{microseconds / 1000:.1f}ms" if microseconds < 9_950 else f"{microseconds / 1000:.0f}ms"


def clock(time_ns: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(time_ns // SECOND_NS))


def clock_ms(time_ns: int) -> str:
    return f"{clock(time_ns)}.{time_ns // 1_000_000 % 1000:03d}"


def day_clock(time_ns: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(time_ns // SECOND_NS))


def seen(time_ns: int, now_ns: int) -> str:
    """Five characters at most: the time of day within a day, else the date, of another year the year."""
    local, distance_ns = time.localtime(time_ns // SECOND_NS), abs(now_ns - time_ns)
    form = "%H:%M" if distance_ns < DAY_NS else "%d.%m" if distance_ns < DATE_NS else "%Y"
    return time.strftime(form, local)


def ago(time_ns: int, now_ns: int) -> str:
    """``now``, ``3 min ago``, ``2 days ago``."""
    seconds = (now_ns - time_ns) // SECOND_NS
    if seconds < 5:
        return "now"
    for length, unit in ((86_400, "day"), (3600, "h"), (60, "min")):
        if seconds >= length:
            number = seconds // length
            return f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''} ago"
    return f"{seconds} s ago"


def utc_offset_s(time_ns: int) -> int:
    return time.localtime(time_ns // SECOND_NS).tm_gmtoff


def hour_of_day(time_ns: int) -> int:
    return time.localtime(time_ns // SECOND_NS).tm_hour


def axis_time(time_ns: int, step_s: int) -> str:
    """As exact as marks that are ``step_s`` apart need: ``14:03:10``, ``14:03``, ``2026-11-01``."""
    form = "%H:%M:%S" if step_s < 60 else "%H:%M" if step_s < 86_400 else "%Y-%m-%d"
    return time.strftime(form, time.localtime(time_ns // SECOND_NS))


def period_start(time_ns: int, seconds: int) -> str:
    """Where a stretch of so many seconds begins, as exact as its length needs: ``Sun 2026-11-01``, ``14:03:10``."""
    form = "%a %Y-%m-%d" if seconds >= 86_400 else "%d.%m. %H:%M" if seconds >= 600 else "%H:%M"
    if seconds < 60:
        form = "%H:%M:%S"
    return time.strftime(form, time.localtime(time_ns // SECOND_NS))


def span_words(seconds: int) -> str:
    """``4 min``, ``10 s``, ``2 h``, ``1 day``."""
    for length, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if seconds >= length:
            number = round(seconds / length)
            return f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''}"
    return f"{seconds} s"


def share(part: float, whole: float) -> str:
    """``61 %``, and ``<1 %`` for what is there but small."""
    if whole <= 0 or part <= 0:
        return "0 %"
    percent = 100 * part / whole
    return "<1 %" if percent < 1 else f"{percent:.0f} %"


def short_path(path: Path) -> str:
    """With ``~`` for the home folder, as a prompt takes it."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) and path != home else str(path)


def shell_path(path: Path) -> str:
    """The same as a shell takes it."""
    short = short_path(path)
    return short if shlex.quote(short[1:]) == short[1:] else shlex.quote(str(path))
