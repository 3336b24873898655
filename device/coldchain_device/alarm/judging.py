"""How a unit stands by what its own box has seen: pure, by the course of rules that the server judges by too.

Instants here are those of `timeline`: the alarm must not depend on a clock that may not be known yet.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality
from coldchain_judgement import course
from coldchain_judgement.capacity import Capacity
from coldchain_judgement.course import Course, Terms
from coldchain_judgement.light import Light, light_of
from coldchain_judgement.milk.events import Event
from coldchain_judgement.verdicts import Standing, Verdict


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one probe, and the last verdict that each of them gave."""

    course: Course = Course()
    verdicts: dict[str, Verdict] = {}

    def words(self) -> Iterator[Verdict | None]:
        """Yield the last verdict of every rule that has judged a reading; None for one that cannot say yet."""
        for rule, standing in self.course.standings.items():
            if standing is Standing.UNKNOWN:
                yield self.verdicts.get(rule)
            elif rule in self.verdicts:
                yield self.verdicts[rule]


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """What is carried from reading to reading of a unit; `valued_ms` is when its last value was taken."""

    probes: dict[ProbeUrn, Judged] = {}
    celsius: float | None = None
    valued_ms: int | None = None

    def verdicts(self) -> tuple[Verdict | None, ...]:
        """Return the last word of every rule; None for one that cannot say yet."""
        return tuple(word for judged in self.probes.values() for word in judged.words())


def judge(
    stand: Stand,
    terms: Terms,
    *,
    probe: ProbeUrn,
    at_ms: int,
    celsius: float | None,
    quality: Quality,
    capacity: Capacity,
    events: Sequence[Event] = (),
) -> Stand:
    """Step the rules of a probe by one of its readings; `capacity` is what is known of the unit when they begin, and
    `events` what was told of its milk since the last reading."""
    before = stand.probes.get(probe) or Judged(course=Course(capacity=capacity))
    after, said = course.step(before.course, terms, at_ms=at_ms, celsius=celsius, quality=quality, events=events)
    judged = Judged(course=after, verdicts=before.verdicts | {verdict.rule: verdict for verdict in said})
    valued = celsius is not None
    return Stand(
        probes={**stand.probes, probe: judged},
        celsius=celsius if valued else stand.celsius,
        valued_ms=at_ms if valued else stand.valued_ms,
    )


def light_for(stand: Stand, terms: Terms | None, *, besides: Iterable[Verdict], now_ms: int) -> Light:
    """Return the light of a unit by its rules and what is known `besides`: UNKNOWN where nothing says what it is judged
    by, or no value is recent."""
    if terms is None or stand.valued_ms is None or now_ms - stand.valued_ms > terms.longest_gap_s * 1000:
        return Light.UNKNOWN
    return light_of((*stand.verdicts(), *besides))
