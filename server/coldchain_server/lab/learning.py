"""What the quality tests of a site teach: each tested batch followed to its test, and held against what it showed."""

import math
from collections import defaultdict

import msgspec
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_judgement.milk.events import MovedIn, Tested
from coldchain_judgement.milk.learning import Learnt, learnt, together
from coldchain_judgement.milk.offset import Labelled
from coldchain_judgement.milk.testing import Bounds, bounds
from coldchain_server.fleet.model import Fleet, Unit
from coldchain_server.fleet.offsets import without
from coldchain_server.lab.batches import PastBatch, is_modelled, past_batches
from coldchain_server.ledger.tables import LessonRow
from coldchain_server.milk import rows
from coldchain_server.store.protocol import Store

REACHES_BACK_MS = 365 * 86_400_000
"""Tests of a year count, so that every season does and none for ever."""
MOST_TESTS = 300
"""Of a site, the newest: each takes some tenths of a second."""
_SEEN_WITHIN_MS = 3_600_000
"""Milk that was not measured for longer before its test says nothing of how it began."""


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """What the tests of a site taught by all that is known: from so many `batches`, `left_out` being tests that say
    nothing of how their milk began: its age was not told, it was not measured, it came from elsewhere, or it is milk
    that nobody can time. `learnt` None: there are not enough."""

    batches: int
    left_out: int
    learnt: Learnt | None


class LessonNow(msgspec.Struct, frozen=True, kw_only=True):
    """A lesson as it was reckoned last, with everything that was told up to the event `through`."""

    lesson: Lesson
    learnt_ms: int
    through: int


def learn(session: Session, store: Store, fleet: Fleet, site: SiteId, *, now_ms: int) -> LessonNow:
    """Reckon what the tests of a site teach, without any offset. Raises as the store does.

    It takes some tenths of a second for a test.
    """
    through, bare = rows.newest(session, site), without(fleet, site)
    tests = rows.tests_of(session, site, from_ms=now_ms - REACHES_BACK_MS)[-MOST_TESTS:]
    telling = [(entry, said) for entry in tests if (said := _bounds(entry.event)) is not None]
    of_batch: dict[tuple[str, int], list[Labelled]] = defaultdict(list)
    left_out = 0
    for entry, said in telling:
        unit = bare.units.get(UnitId(entry.unit))
        milk = None if unit is None else _milk_at(session, store, bare, unit, at_ms=entry.event.at_ms)
        if milk is None:
            left_out += 1
            continue
        likely = math.log10(milk.batch.estimate.counts()[1])
        labelled = Labelled(log10_likely=likely, at_least=said.at_least, at_most=said.at_most)
        of_batch[entry.unit, milk.batch.begun_ms].append(labelled)
    batches = [one for one in map(together, of_batch.values()) if one is not None]
    lesson = Lesson(batches=len(batches), left_out=left_out, learnt=learnt(batches))
    return LessonNow(lesson=lesson, learnt_ms=now_ms, through=through)


def keep(session: Session, site: SiteId, now: LessonNow) -> None:
    """Keep a lesson in the place of the one before."""
    text = msgspec.json.encode(now.lesson).decode()
    session.merge(LessonRow(site=site, learnt_ms=now.learnt_ms, through=now.through, lesson=text))


def kept(session: Session, site: SiteId) -> LessonNow | None:
    """Return the lesson that was kept last; None where there is none, or another version wrote it."""
    row = session.get(LessonRow, site)
    if row is None:
        return None
    try:
        lesson = msgspec.json.decode(row.lesson, type=Lesson)
    except msgspec.MsgspecError:
        return None
    return LessonNow(lesson=lesson, learnt_ms=row.learnt_ms, through=row.through)


def _bounds(event: object) -> Bounds | None:
    return bounds(event) if isinstance(event, Tested) else None


def _milk_at(session: Session, store: Store, fleet: Fleet, unit: Unit, *, at_ms: int) -> PastBatch | None:
    """Return the milk of a unit as it was when it was tested; None where that says nothing of how it began."""
    found = past_batches(session, store, fleet, unit, from_ms=at_ms, to_ms=at_ms + 1)
    milk = next((one for one in found if one.batch.begun_ms <= at_ms), None)
    if milk is None or not milk.batch.known or not is_modelled(milk.batch):
        return None
    if at_ms - milk.batch.at_ms > _SEEN_WITHIN_MS:
        return None
    told = rows.in_force(session, unit.id, from_ms=milk.batch.begun_ms, to_ms=at_ms)
    return None if any(isinstance(one, MovedIn) for one in told) else milk
