"""The course of one probe in its place: the states of all rules that its readings drive, and one step of them."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from coldchain_contract.readings import Quality, Reading
from coldchain_judgement import filling
from coldchain_judgement.capacity import Capacity, warmed
from coldchain_judgement.curve import Curve, Drawn, draw
from coldchain_judgement.filling import Hold
from coldchain_judgement.limits import Level, Profile, Side
from coldchain_judgement.milk.ahead import cools, falls
from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.events import Event
from coldchain_judgement.milk.following import emptied_ms, follow, tell
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.rules import beyond, blend, cumulative, fault, gap, jump, time_left, too_small, trend
from coldchain_judgement.rules.beyond import Beyond
from coldchain_judgement.rules.blend import Blended
from coldchain_judgement.rules.cumulative import Warmth
from coldchain_judgement.rules.fault import Faulty
from coldchain_judgement.rules.fill import Fill
from coldchain_judgement.rules.jump import Jumps
from coldchain_judgement.rules.time_left import TimeLeft
from coldchain_judgement.rules.trend import Warming
from coldchain_judgement.verdicts import Standing, Verdict


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By what a course is judged.

    `judged` says whether its values are: those of a unit's voice, in the milk or at the wall. Others are judged by
    their faults alone. Readings farther apart than `longest_gap_s` have a gap between them. `blind_level` is how much
    it matters that the probe gives no value. `milk` is None where no raw milk is kept.
    """

    profile: Profile
    judged: bool
    longest_gap_s: int
    blind_level: Level
    milk: MilkTerms | None = None


class Course(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the rules carry from one reading to the next. Kept as JSON and read back, it goes on as if it had stayed.

    `fill` is the milk that was last poured in, `capacity` what has been learnt of the unit; whoever knows it from
    another probe of the unit begins a course with it. `milk` is the batch that is in it, as far as anybody knows, and
    `emptied_ms` when somebody last told that there is none.
    """

    fault: Faulty = Faulty()
    jumps: Jumps = Jumps()
    curve: Curve = Curve()
    fill: Fill | None = None
    capacity: Capacity = Capacity()
    small: Standing = Standing.UNKNOWN
    limits: dict[str, Beyond] = {}
    cumulative: dict[str, Warmth] = {}
    blend: Blended = Blended()
    trend: Warming = Warming()
    milk: Batch | None = None
    emptied_ms: int | None = None
    left: TimeLeft = TimeLeft()

    @property
    def last_ms(self) -> int | None:
        """Return the instant of the newest reading that was judged."""
        return self.fault.last_ms

    @property
    def standings(self) -> dict[str, Standing]:
        """Return where each rule stands that has judged a reading, by its name."""
        known = {
            fault.NAME: self.fault.standing,
            jump.NAME: self.jumps.standing,
            gap.NAME: Standing.FINE if self.curve.last else Standing.UNKNOWN,
            **{beyond.PREFIX + name: state.standing for name, state in self.limits.items()},
            **{cumulative.PREFIX + name: state.standing for name, state in self.cumulative.items()},
            blend.NAME: self.blend.standing,
            trend.NAME: self.trend.standing,
            too_small.NAME: self.small,
            time_left.NAME: self.left.standing,
        }
        return {
            name: standing
            for name, standing in known.items()
            if name == fault.NAME or standing is not Standing.UNKNOWN or name.startswith(_NAMED)
        }


_NAMED = (beyond.PREFIX, cumulative.PREFIX)


def rules(terms: Terms) -> frozenset[str]:
    """Return the names of the rules that judge by these terms."""
    if not terms.judged:
        return frozenset({fault.NAME})
    profile = terms.profile
    names = {fault.NAME, jump.NAME, gap.NAME, *map(beyond.name_of, profile.limits)}
    names.update(map(cumulative.name_of, profile.cumulative))
    given = (
        (trend.NAME, profile.trend),
        (blend.NAME, profile.blend),
        (too_small.NAME, profile.cooling),
        (time_left.NAME, terms.milk if terms.milk is not None and terms.milk.needed_at else None),
    )
    return frozenset(names.union(name for name, limit in given if limit is not None))


def step(
    course: Course,
    terms: Terms,
    *,
    at_ms: int,
    celsius: float | None,
    quality: Quality,
    events: Sequence[Event] = (),
) -> tuple[Course, tuple[Verdict, ...]]:
    """Judge one reading by every rule; a reading that is not newer than the last changes nothing.

    `events` is what was told of the milk since the last reading, oldest first. A value that leaps is judged with those
    after it, once they show that it was real.
    """
    if course.fault.last_ms is not None and at_ms <= course.fault.last_ms:
        return course, ()
    said: list[Verdict | None] = []
    faulty, verdict = fault.step(
        course.fault,
        at_ms=at_ms,
        quality=quality,
        after_s=terms.profile.fault_after_s,
        longest_gap_s=terms.longest_gap_s,
        level=terms.blind_level,
    )
    said.append(verdict)
    course = msgspec.structs.replace(course, fault=faulty)
    if events and terms.judged and terms.milk is not None:
        milk = tell(course.milk, terms.milk, events, longest_gap_s=terms.longest_gap_s)
        course = msgspec.structs.replace(course, milk=milk, emptied_ms=emptied_ms(events) or course.emptied_ms)
    if terms.judged and celsius is not None:
        jumps, values, verdict = jump.step(course.jumps, at_ms=at_ms, celsius=celsius)
        said.append(verdict)
        course = msgspec.structs.replace(course, jumps=jumps)
        for value_ms, value in values:
            course = _valued(course, terms, at_ms=value_ms, celsius=value, said=said)
    return course, tuple(one for one in said if one is not None)


def timeline(readings: Iterable[Reading], terms: Terms) -> Iterator[Verdict]:
    """Yield what is said of one probe's readings, in whatever order they come."""
    course = Course()
    for reading in sorted(readings, key=lambda one: one.at_ms):
        course, said = step(course, terms, at_ms=reading.at_ms, celsius=reading.value, quality=reading.quality)
        yield from said


def _valued(course: Course, terms: Terms, *, at_ms: int, celsius: float, said: list[Verdict | None]) -> Course:
    """Return the course after a value that counts."""
    last_ms = course.curve.last_ms
    broken = last_ms is not None and at_ms - last_ms > terms.longest_gap_s * 1000
    said += gap.verdicts(last_ms=last_ms, at_ms=at_ms, longest_gap_s=terms.longest_gap_s, level=terms.blind_level)
    drawn = draw(course.curve, at_ms=at_ms, celsius=celsius, gap=broken)
    fill = course.fill
    course, hold = _filled(course, terms, drawn, at_ms=at_ms, gap=broken, said=said)
    if terms.milk is not None:
        new = _new_milk(course, before=fill)
        cooled = hold.held or falls(drawn.curve)
        course = _milk(course, terms.milk, at_ms=at_ms, celsius=celsius, gap=broken, cooled=cooled, fill=new, said=said)
    limits = dict(_limits(course, terms, hold, at_ms=at_ms, celsius=celsius, said=said))
    course = msgspec.structs.replace(course, curve=drawn.curve, limits=limits)
    warmth = dict(_cumulative(course, terms, hold, at_ms=at_ms, celsius=celsius, gap=broken, said=said))
    blended, warming = course.blend, course.trend
    if terms.profile.blend is not None:
        blended, verdict = blend.step(
            blended,
            terms.profile.blend,
            course.fill,
            at_ms=at_ms,
            celsius=drawn.celsius,
            gap=broken,
            profile=terms.profile.name,
        )
        said.append(verdict)
    if terms.profile.trend is not None:
        warming, verdict = trend.step(
            warming,
            terms.profile.trend,
            drawn.curve,
            filling=course.fill is not None and course.fill.open,
            pointed=drawn.pointed,
            profile=terms.profile.name,
        )
        said.append(verdict)
    if warming.began is not None and course.trend.began is None and terms.milk is not None:
        capacity = warmed(course.capacity, warming.began, drawn.curve.points[-1], around=terms.milk.around_celsius)
        course = msgspec.structs.replace(course, capacity=capacity)
    return msgspec.structs.replace(course, cumulative=warmth, blend=blended, trend=warming)


def _new_milk(course: Course, *, before: Fill | None) -> Fill | None:
    """Return the fill that has just been found in the curve, or shows that there was more of it; None: nothing new.

    A rise that began before the unit was told to be empty, and does not go on for long, is none: its lid stood open
    while it was emptied, and the air in it got warm.
    """
    fill = course.fill
    if fill is before or fill is None or not fill.open:
        return None
    if course.milk is None and course.emptied_ms is not None and fill.begun_ms <= course.emptied_ms:
        return fill if fill.poured_ms - course.emptied_ms > _LID_OPEN_MS else None
    if before is None or before.begun_ms != fill.begun_ms:
        return fill
    return fill if course.milk is not None and fill.peak > before.peak else None


def _milk(
    course: Course,
    terms: MilkTerms,
    *,
    at_ms: int,
    celsius: float,
    gap: bool,
    cooled: bool,
    fill: Fill | None,
    said: list[Verdict | None],
) -> Course:
    """Return the course with the milk as it is now, and whether what is left of its time is enough."""
    milk, colder = course.milk, None
    if milk is not None or fill is not None:
        if cooled and course.fill is not None:
            colder = cools(course.fill, course.capacity, at_ms=at_ms, celsius=celsius)
        milk = follow(milk, terms, at_ms=at_ms, celsius=celsius, gap=gap, fill=fill, cools=colder)
    left, verdict = course.left, None
    if terms.needed_at:
        left, verdict = time_left.step(left, terms, milk, at_ms=at_ms, celsius=celsius)
        said.append(verdict)
    if milk is course.milk and left is course.left:
        return course
    return msgspec.structs.replace(course, milk=milk, left=left)


def _filled(
    course: Course, terms: Terms, drawn: Drawn, *, at_ms: int, gap: bool, said: list[Verdict | None]
) -> tuple[Course, Hold]:
    """Return the course with its fill, what was learnt of it, and what that means to the limits."""
    cooling, quiet = terms.profile.cooling, drawn.poured_from is None and (course.fill is None or not course.fill.open)
    if cooling is None or (quiet and course.small is not Standing.UNKNOWN):
        return course, filling.NO_HOLD
    filled = filling.step(
        course.fill, course.capacity, cooling, drawn, at_ms=at_ms, warm_celsius=terms.profile.warm_celsius, gap=gap
    )
    small = course.small
    if filled.capacity is not course.capacity or small is Standing.UNKNOWN:
        small, verdict = too_small.step(
            small,
            filled.capacity,
            cooling,
            at_ms=at_ms,
            since_ms=filled.learnt_from_ms or at_ms,
            profile=terms.profile.name,
        )
        said.append(verdict)
    if filled.fill is course.fill and small is course.small:
        return course, filled.hold
    warmth = {name: cumulative.anew(of) for name, of in course.cumulative.items()} if filled.new_batch else None
    course = msgspec.structs.replace(
        course, fill=filled.fill, capacity=filled.capacity, small=small, cumulative=warmth or course.cumulative
    )
    return course, filled.hold


def _limits(
    course: Course, terms: Terms, hold: Hold, *, at_ms: int, celsius: float, said: list[Verdict | None]
) -> Iterator[tuple[str, Beyond]]:
    for limit in terms.profile.limits:
        warm = limit.side is Side.ABOVE
        state, verdict = beyond.step(
            course.limits.get(limit.name, _NEW_LIMIT),
            limit,
            at_ms=at_ms,
            celsius=celsius,
            longest_gap_s=terms.longest_gap_s,
            profile=terms.profile.name,
            held=warm and hold.held,
            uncooled=hold.uncooled if warm else None,
        )
        said.append(verdict)
        yield limit.name, state


def _cumulative(
    course: Course,
    terms: Terms,
    hold: Hold,
    *,
    at_ms: int,
    celsius: float,
    gap: bool,
    said: list[Verdict | None],
) -> Iterator[tuple[str, Warmth]]:
    for limit in terms.profile.cumulative:
        state, verdict = cumulative.step(
            course.cumulative.get(limit.name, _NEW_WARMTH),
            limit,
            at_ms=at_ms,
            celsius=celsius,
            gap=gap,
            counts=not hold.held,
            told=_is_told(course, terms),
            profile=terms.profile.name,
        )
        said.append(verdict)
        yield limit.name, state


def _is_told(course: Course, terms: Terms) -> bool:
    """Return whether a limit stands in breach already because the milk is too warm."""
    for limit in terms.profile.limits:
        if course.limits[limit.name].standing is _BREACH and limit.side is Side.ABOVE:
            return True
    return False


_LID_OPEN_MS = 1_800_000
_BREACH = Standing.BREACH  # a member is slow to look up, and this is asked once a value
_NEW_LIMIT, _NEW_WARMTH = Beyond(), Warmth()
