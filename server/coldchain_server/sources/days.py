"""Dates as programs write them for people, read only where days cannot be taken for months."""

import re
from collections.abc import Iterable
from datetime import datetime

import msgspec

from coldchain_server.sources.errors import NotUnderstood

_YEAR_FIRST = re.compile(r"(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})\b")
_YEAR_LAST = re.compile(r"(?P<first>\d{1,2})(?P<sign>[-/.])(?P<second>\d{1,2})(?P=sign)(?P<year>\d{4})\b")
_TIME = re.compile(
    r"[ T,]*(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*$"
)
_MONTHS = 12


class Days(msgspec.Struct, frozen=True):
    """How one file writes its dates: the year first, else the day or the month first."""

    day_first: bool = True

    @classmethod
    def of(cls, dates: Iterable[str]) -> "Days":
        """Return how all of `dates` are written; `NotUnderstood` where days and months could be either."""
        firsts, seconds, pointed, seen = 0, 0, False, ""
        for text in dates:
            if found := _YEAR_LAST.match(text.strip()):
                firsts, seconds = max(firsts, int(found["first"])), max(seconds, int(found["second"]))
                pointed, seen = pointed or found["sign"] == ".", seen or text.strip()
        if firsts > _MONTHS and seconds > _MONTHS:
            raise NotUnderstood("some of its dates have the day first and others the month")
        if seen and firsts <= _MONTHS and seconds <= _MONTHS and not pointed:
            raise NotUnderstood(
                f"whether {seen!r} has the day or the month first cannot be told; export it again with dates such as "
                "2026-03-01"
            )
        return cls(day_first=seconds <= _MONTHS)

    def read(self, text: str) -> datetime:
        """Return a date with its time; `ValueError` where it is none."""
        text = text.strip()
        if found := _YEAR_FIRST.match(text):
            day, month = int(found["day"]), int(found["month"])
        elif found := _YEAR_LAST.match(text):
            first, second = int(found["first"]), int(found["second"])
            day, month = (first, second) if self.day_first else (second, first)
        else:
            raise ValueError(f"{text[:40]!r} begins with no date")
        clock = _TIME.match(text, found.end())
        if clock is None:
            raise ValueError(f"{text[:40]!r} ends with no time of day")
        hour, minute, second = _hour(clock), int(clock["minute"]), int(clock["second"] or 0)
        return datetime(int(found["year"]), month, day, hour, minute, second)  # noqa: DTZ001 - whose zone is not said


def _hour(clock: re.Match[str]) -> int:
    hour, half = int(clock["hour"]), (clock["half"] or "").lower()
    if not half:
        return hour
    if not 1 <= hour <= _MONTHS:
        raise ValueError(f"{hour} is no hour of half a day")
    return hour % 12 + (12 if half.startswith("p") else 0)
