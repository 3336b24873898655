"""The course of one probe in its place: the states of all rules that its readings drive, and one step of them."""

from collections.abc import Iterable, Iterator

import msgspec

from coldchain_contract.readings import Quality, Reading
from coldchain_judgement.limits import Level, Profile
from coldchain_judgement.rules import beyond, fault
from coldchain_judgement.rules.beyond import Beyond
from coldchain_judgement.rules.fault import Faulty
from coldchain_judgement.verdicts import Standing, Verdict


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """By what a course is judged.

    `judged` says whether its values are: those of a unit's voice, in the milk or at the wall. Others are judged by
    their faults alone. Readings farther apart than `longest_gap_s` have a gap between them. `blind_level` is how much
    it matters that the probe gives no value.
    """

    profile: Profile
    judged: bool
    longest_gap_s: int
    blind_level: Level


class Course(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the rules carry from one reading to the next. Kept as JSON and read back, it goes on as if it had stayed."""

    fault: Faulty = Faulty()
    limits: dict[str, Beyond] = {}

    @property
    def last_ms(self) -> int | None:
        """Return the instant of the newest reading that was judged."""
        return self.fault.last_ms

    @property
    def standings(self) -> dict[str, Standing]:
        """Return where each rule stands that has judged a reading, by its name."""
        limits = {beyond.PREFIX + name: state.standing for name, state in self.limits.items()}
        return {fault.NAME: self.fault.standing, **limits}


def rules(terms: Terms) -> frozenset[str]:
    """Return the names of the rules that judge by these terms."""
    limits = terms.profile.limits if terms.judged else ()
    return frozenset({fault.NAME, *map(beyond.name_of, limits)})


def step(
    course: Course, terms: Terms, *, at_ms: int, celsius: float | None, quality: Quality
) -> tuple[Course, tuple[Verdict, ...]]:
    """Judge one reading by every rule; a reading that is not newer than the last changes nothing."""
    if course.fault.last_ms is not None and at_ms <= course.fault.last_ms:
        return course, ()
    said: list[Verdict] = []
    faulty, verdict = fault.step(
        course.fault,
        at_ms=at_ms,
        quality=quality,
        after_s=terms.profile.fault_after_s,
        longest_gap_s=terms.longest_gap_s,
        level=terms.blind_level,
    )
    if verdict is not None:
        said.append(verdict)
    limits = course.limits
    if terms.judged and celsius is not None:
        limits = dict(_limits(course, terms, at_ms=at_ms, celsius=celsius, said=said))
    return Course(fault=faulty, limits=limits), tuple(said)


def timeline(readings: Iterable[Reading], terms: Terms) -> Iterator[Verdict]:
    """Yield what is said of one probe's readings, in whatever order they come."""
    course = Course()
    for reading in sorted(readings, key=lambda one: one.at_ms):
        course, said = step(course, terms, at_ms=reading.at_ms, celsius=reading.value, quality=reading.quality)
        yield from said


def _limits(
    course: Course, terms: Terms, *, at_ms: int, celsius: float, said: list[Verdict]
) -> Iterator[tuple[str, Beyond]]:
    for limit in terms.profile.limits:
        state, verdict = beyond.step(
            course.limits.get(limit.name, Beyond()),
            limit,
            at_ms=at_ms,
            celsius=celsius,
            longest_gap_s=terms.longest_gap_s,
            profile=terms.profile.name,
        )
        if verdict is not None:
            said.append(verdict)
        yield limit.name, state
