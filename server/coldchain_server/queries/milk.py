"""Reading the milk in a unit: what is known of it, until when it is good, what to do, and what was told of it."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_judgement.advice import Action, Advice
from coldchain_judgement.course import Course
from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.events import Tested
from coldchain_judgement.milk.following import as_of, tell
from coldchain_judgement.milk.limits import ACT_NOW, Deadline, deadline
from coldchain_judgement.milk.saying import Because, asks, because, say
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.what_if import WARMS_IN_H, WhatIf, what_if
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.milk import milk_terms
from coldchain_server.fleet.model import Fleet, Placement, Site, Unit
from coldchain_server.judging.milk import KEPT_MS
from coldchain_server.judging.watches import Watch, Watches
from coldchain_server.ledger.tables import IncidentRow
from coldchain_server.milk.rows import Entry, of_unit
from coldchain_server.queries.courses import voices_course

_UNCOOLED = {one.value for one in (Why.POWER_LOST, Why.WARMING, Why.TOO_WARM, Why.COOLS_SLOWLY, Why.WARM_TOO_LONG)}
_AHEAD_MS = 300_000
"""How far ahead of the server's clock a box's may be, and what was told right after its reading with it."""
SHOWN_MS = 3 * 86_400_000
"""How far back events are shown, and may be corrected: no raw milk is kept for longer."""
TESTED_MS = KEPT_MS
"""How far back tests may be told and corrected: bacteria are counted days after a sample is taken."""


class MilkNow(msgspec.Struct, frozen=True, kw_only=True):
    """The milk in a unit as it is now. `batch` None: nobody knows of any.

    `ends`, `because` and `what_if` are for who is shown ranges; a cooperative is told `advice` alone. Of milk that
    nobody can time, as a camel's, there are no `ends` and no `what_if`. `asks`: milk was found in the curve, and nobody
    has said yet when it was milked. `warms_in_h` is what the unit has taught of how fast it warms without power, None
    where it has not yet. `events` are the newest first, those that were taken back too.
    """

    unit: Unit
    site: Site
    batch: Batch | None
    ends: Deadline | None
    because: Because
    advice: Advice
    asks: bool
    what_if: WhatIf | None
    warms_in_h: float | None
    events: tuple[Entry, ...]

    @property
    def boils(self) -> bool:
        """Return whether it is said to boil it before drinking: of all milk but what may be past that, at worst."""
        gone = self.advice.action is Action.NOT_FOR_DRINKING
        return self.batch is not None and not gone and self.batch.estimate.counts()[0] < ACT_NOW


def milk_now(session: Session, fleet: Fleet, unit: Unit, *, now_ms: int) -> MilkNow | None:
    """Return the milk in a unit; None where it is no unit for raw milk."""
    profile = fleet.profiles.get(unit.profile)
    if profile is None or not profile.raw_milk:
        return None
    site = fleet.sites[unit.site]
    watch = voice_watch(fleet, unit, now_ms=now_ms)
    terms = terms_of(watch, site)
    entries = of_unit(session, unit.id, from_ms=now_ms - KEPT_MS, to_ms=now_ms + _AHEAD_MS)
    course = voices_course(session, fleet, unit, now_ms=now_ms) or Course()
    batch = _batch(course, site, watch, entries, now_ms=now_ms)
    held = _held(None if batch is None else batch.celsius, terms)
    ends = None if batch is None else deadline(batch, terms, at_ms=now_ms, celsius=held)
    why = because(batch, ends, terms, at_ms=now_ms)
    timed = batch is not None and why is not Because.UNTIMED
    warms = course.capacity.warms_in_h or WARMS_IN_H
    shown = [one for one in entries if one.event.at_ms >= now_ms - SHOWN_MS]
    return MilkNow(
        unit=unit,
        site=site,
        batch=batch,
        ends=ends if timed else None,
        because=why,
        advice=say(
            batch,
            ends,
            terms,
            at_ms=now_ms,
            in_curfew=site.in_curfew(site.local(now_ms).time()),
            uncooled=is_uncooled(session, unit),
        ),
        asks=asks(batch),
        what_if=what_if(batch, terms, at_ms=now_ms, celsius=held, warms_in_h=warms) if batch and timed else None,
        warms_in_h=course.capacity.warms_in_h,
        events=tuple(reversed(shown)),
    )


def batch_now(session: Session, fleet: Fleet, unit: Unit, *, now_ms: int) -> Batch | None:
    """Return the milk in a unit as it is now, with all that was told of it; None where nobody knows of any."""
    entries = of_unit(session, unit.id, from_ms=now_ms - KEPT_MS, to_ms=now_ms + _AHEAD_MS)
    course = voices_course(session, fleet, unit, now_ms=now_ms) or Course()
    watch = voice_watch(fleet, unit, now_ms=now_ms)
    return _batch(course, fleet.sites[unit.site], watch, entries, now_ms=now_ms)


def tests_of_unit(session: Session, unit: Unit, *, now_ms: int) -> tuple[Entry, ...]:
    """Return the quality tests of a unit that may still be corrected, the newest first, those taken back too."""
    entries = of_unit(session, unit.id, from_ms=now_ms - TESTED_MS, to_ms=now_ms + _AHEAD_MS)
    return tuple(one for one in reversed(entries) if isinstance(one.event, Tested))


def _batch(course: Course, site: Site, watch: Watch | None, entries: list[Entry], *, now_ms: int) -> Batch | None:
    """Return the milk as judging has it, with what was told since its last reading, carried to now."""
    terms = terms_of(watch, site)
    gap_s = watch.terms.longest_gap_s if watch is not None else 0
    heard_ms = course.last_ms if course.last_ms is not None else now_ms - KEPT_MS
    later = [one.event for one in entries if one.withdrawn_ms is None and one.event.at_ms > heard_ms]
    batch = tell(course.milk, terms, later, longest_gap_s=gap_s)
    return None if batch is None else _refused(as_of(batch, terms, at_ms=now_ms, longest_gap_s=gap_s), entries)


def _refused(batch: Batch, entries: list[Entry]) -> Batch:
    """Return a batch with a failed test of some time ago, which judging works in within minutes."""
    failed = (
        one.event.at_ms
        for one in entries
        if isinstance(one.event, Tested) and one.event.failed and one.withdrawn_ms is None
    )
    first_ms = min((at_ms for at_ms in failed if at_ms >= batch.begun_ms), default=None)
    if first_ms is None or batch.refused_ms is not None:
        return batch
    return msgspec.structs.replace(batch, refused_ms=first_ms)


def voice_watch(fleet: Fleet, unit: Unit, *, now_ms: int) -> Watch | None:
    """Return what watches the milk of a unit; None where nothing does."""
    placements = tuple(one for one in fleet.placements_of(unit.id) if one.holds(now_ms))
    watches = Watches(_only(fleet, placements)).at(now_ms)
    return next((one for one in watches if one.terms.milk is not None), None)


def _only(fleet: Fleet, placements: tuple[Placement, ...]) -> Fleet:
    return msgspec.structs.replace(fleet, placements=placements)


def terms_of(watch: Watch | None, site: Site) -> MilkTerms:
    if watch is not None and watch.terms.milk is not None:
        return watch.terms.milk
    return milk_terms(site, None)


def _held(celsius: float | None, terms: MilkTerms) -> float:
    return terms.warm_celsius if celsius is None else celsius


def is_uncooled(session: Session, unit: Unit) -> bool:
    """Return whether nothing cools the unit now, or not enough, as far as its incidents say."""
    going_on = select(IncidentRow.id).where(
        IncidentRow.unit == unit.id, IncidentRow.state != "resolved", IncidentRow.reason.in_(_UNCOOLED)
    )
    return session.scalar(going_on.limit(1)) is not None
