"""The table of a story: text to rows."""

import re
from collections import Counter

import msgspec

_DAY_MINUTES = 1440
_TIME = re.compile(r"(?:day (?P<day>\d+) )?(?P<hour>\d\d):(?P<minute>\d\d)$")
_TOLD = re.compile(
    r"(?P<who>[\w, -]+): (?P<about>[\w-]+)(?P<critical> critical)? (?P<why>[a-z-]+)"
    r"(?: (?P<change>[a-z-]+))?(?: ×(?P<times>\d+))?$"
)
_COLUMNS = 3
OPENS = "open"


class Told(msgspec.Struct, frozen=True, order=True):
    """One message: who heard of which unit or site, for which reason, and what became of that."""

    who: str
    about: str
    why: str
    change: str = OPENS
    critical: bool = False

    def __str__(self) -> str:
        critical, change = "critical " * self.critical, f" {self.change}" * (self.change != OPENS)
        return f"{self.who}: {self.about} {critical}{self.why}{change}"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What happens at a minute of the story, and what is told from then until the next row."""

    minute: int
    happens: tuple[str, ...]
    told: Counter[Told]


def rows(text: str) -> list[Row]:
    """Return the rows of a table; `ValueError` names the line that cannot be read."""
    found: list[tuple[int, list[str], list[str]]] = []
    for line in filter(str.strip, text.splitlines()):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != _COLUMNS:
            raise ValueError(f"a line has three columns, unlike {line.strip()!r}")
        when, happens, told = cells
        if when:
            found.append((_minute(when, after=found[-1][0] if found else -1), [], []))
        if not found:
            raise ValueError(f"the first line has a time, unlike {line.strip()!r}")
        found[-1][1].extend([happens] if happens else [])
        found[-1][2].extend([told] if told else [])
    return [Row(minute=minute, happens=tuple(happens), told=_all(told)) for minute, happens, told in found]


def _minute(when: str, *, after: int) -> int:
    matched = _TIME.match(when)
    if matched is None:
        raise ValueError(f"{when!r} is no time such as 06:00 or day 2 06:00")
    minute = int(matched["hour"]) * 60 + int(matched["minute"])
    if matched["day"]:
        minute += (int(matched["day"]) - 1) * _DAY_MINUTES
    while minute <= after:
        minute += _DAY_MINUTES
    return minute


def _all(told: list[str]) -> Counter[Told]:
    found: Counter[Told] = Counter()
    for text in told:
        if text == "nobody":
            continue
        matched = _TOLD.match(text)
        if matched is None:
            raise ValueError(f"{text!r} is not like `aminata, moussa: menaka-1 critical too-warm resolved`")
        for who in matched["who"].split(","):
            change, critical = matched["change"] or OPENS, bool(matched["critical"])
            found[Told(who.strip(), matched["about"], matched["why"], change, critical)] += int(matched["times"] or 1)
    return found
