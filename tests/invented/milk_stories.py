"""A cooler with milk in it, judged a minute at a time by what is told of it; the first midnight is instant 0."""

from collections.abc import Iterable
from importlib.resources import files

import msgspec

from coldchain_contract.readings import Quality
from coldchain_judgement.course import Course, Terms, step
from coldchain_judgement.limits import Level
from coldchain_judgement.milk.events import Event, MilkIn
from coldchain_judgement.milk.kinds import Milked
from coldchain_judgement.milk.limits import deadline
from coldchain_judgement.milk.saying import say
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_judgement.profiles import FILE, parse_profiles
from coldchain_judgement.rules import time_left
from coldchain_judgement.verdicts import Standing, Verdict
from invented.cooled_milk import Cooler, readings

BUILTIN = parse_profiles(files("coldchain_judgement").joinpath(FILE).read_text(encoding="utf-8"))
NEEDED = MilkTerms(needed_at=("07:00",))
TERMS = Terms(profile=BUILTIN["daily"], judged=True, longest_gap_s=1800, blind_level=Level.CRITICAL, milk=NEEDED)


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the course at the end, every verdict, and what was said of the milk at each hour."""

    course: Course
    verdicts: tuple[Verdict, ...]
    said: dict[int, str]

    @property
    def left(self) -> list[tuple[float, str, str]]:
        """Return (hour, standing, level) of what the rule of the time that is left said of milk, but for "fine"."""
        return [
            (round(one.happened_ms / HOUR_MS, 1), one.standing.value, one.level.value)
            for one in self.verdicts
            if one.rule == time_left.NAME and (one.standing is Standing.BREACH or one.happened_ms > HOUR_MS)
        ]


def at(hour: float) -> int:
    return round(hour * HOUR_MS)


def just_milked(hour: float, litres: float | None = None) -> MilkIn:
    return MilkIn(at_ms=at(hour), milked=Milked.JUST_NOW, litres=litres)


def lived(cooler: Cooler, told: Iterable[Event] = (), *, hours: float, terms: Terms = TERMS) -> Story:
    """Return the story of a cooler after so many hours."""
    course, waiting = Course(), sorted(told, key=lambda one: one.at_ms)
    verdicts: list[Verdict] = []
    said: dict[int, str] = {}
    for at_ms, celsius in readings(cooler, days=hours / 24):
        events = [one for one in waiting if one.at_ms <= at_ms]
        waiting = waiting[len(events) :]
        course, more = step(course, terms, at_ms=at_ms, celsius=celsius, quality=Quality.OK, events=events)
        verdicts += more
        if at_ms % HOUR_MS == 0:
            said[at_ms // HOUR_MS] = _said(course, terms, at_ms=at_ms, celsius=celsius)
    return Story(course=course, verdicts=tuple(verdicts), said=said)


def _said(course: Course, terms: Terms, *, at_ms: int, celsius: float) -> str:
    assert terms.milk is not None
    milk = course.milk
    ends = None if milk is None else deadline(milk, terms.milk, at_ms=at_ms, celsius=celsius)
    advice = say(milk, ends, terms.milk, at_ms=at_ms)
    return f"{advice.action.value} {advice.when.value}"
