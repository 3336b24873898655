"""Reading what judging knows of a unit: its breaches as all readings have them, its milk being cooled, its findings."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_judgement.capacity import is_cooled
from coldchain_judgement.course import Course
from coldchain_judgement.limits import Level
from coldchain_judgement.rules import too_small
from coldchain_judgement.verdicts import Evidence, Standing, Why
from coldchain_server.fleet.model import Fleet, Placement, Unit
from coldchain_server.judging.memory import kept_of
from coldchain_server.ledger.tables import FindingRow, TimelineRow
from coldchain_server.queries.standing import nearness

SHOWN_DAYS = 30
_DAY_MS = 86_400_000


class BreachSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A breach in the timeline; `until_ms` None is one that goes on, as far as readings tell."""

    rule: str
    why: Why
    level: Level
    since_ms: int
    until_ms: int | None
    worst_celsius: float | None


class FillSeen(msgspec.Struct, frozen=True, kw_only=True):
    """Milk that was poured in last. `cold_ms` None is milk that is not cold yet; `as_usual`: it cools as it does here.

    `usual_s` is how long a fill usually takes in this unit; None before enough were seen.
    """

    begun_ms: int
    peak_celsius: float
    cold_ms: int | None
    ended_ms: int | None
    as_usual: bool
    usual_s: int | None


class UnitFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What a technician and a lab should know of a unit, and nobody is called for. `asked_s`: what its profile asks."""

    kind: str
    since_ms: int
    usual_s: int | None
    asked_s: int | None


class UnitCourse(msgspec.Struct, frozen=True, kw_only=True):
    """What judging knows of a unit: the breaches of 30 days, newest first, the last fill, and standing findings."""

    breaches: tuple[BreachSeen, ...]
    fill: FillSeen | None
    findings: tuple[UnitFinding, ...]


def unit_course(session: Session, fleet: Fleet, unit: Unit, *, now_ms: int) -> UnitCourse:
    course = voices_course(session, fleet, unit, now_ms=now_ms)
    return UnitCourse(
        breaches=tuple(sorted(_breaches(session, unit, now_ms), key=lambda one: -one.since_ms)),
        fill=None if course is None else _fill(course, fleet, unit, now_ms),
        findings=tuple(_findings(session, fleet, unit, course)),
    )


def voices_course(session: Session, fleet: Fleet, unit: Unit, *, now_ms: int) -> Course | None:
    """Return the course of the probe that speaks for a unit; None where it was not judged in its place yet."""

    def rank(placement: Placement) -> tuple[int, int]:
        return nearness(fleet.teller(placement).confidence, placement.place)

    held = [placement for placement in fleet.placements_of(unit.id) if placement.holds(now_ms)]
    if not held:
        return None
    voice = min(held, key=rank)
    kept = kept_of(session, voice.probe)
    return kept.settled if kept is not None and kept.is_in(voice) else None


def _breaches(session: Session, unit: Unit, now_ms: int) -> Iterator[BreachSeen]:
    wanted = select(TimelineRow).where(
        TimelineRow.unit == unit.id, TimelineRow.happened_ms >= now_ms - SHOWN_DAYS * _DAY_MS
    )
    begun: dict[tuple[str, str], TimelineRow] = {}
    for row in session.scalars(wanted.order_by(TimelineRow.at_ms, TimelineRow.id)):
        key = (row.probe, row.rule)
        if row.rule == too_small.NAME:
            continue
        if row.standing == Standing.BREACH.value:
            begun.setdefault(key, row)
        elif row.standing == Standing.FINE.value and key in begun:
            yield _breach(begun.pop(key), ended=row)
    yield from (_breach(row, ended=None) for row in begun.values())


def _breach(row: TimelineRow, *, ended: TimelineRow | None) -> BreachSeen:
    worst = _evidence(ended or row).worst_celsius
    return BreachSeen(
        rule=row.rule,
        why=Why(row.reason),
        level=Level(row.level),
        since_ms=row.since_ms,
        until_ms=None if ended is None else ended.since_ms,
        worst_celsius=_evidence(row).worst_celsius if worst is None else worst,
    )


def _fill(course: Course, fleet: Fleet, unit: Unit, now_ms: int) -> FillSeen | None:
    fill, profile = course.fill, fleet.profiles.get(unit.profile)
    cooling = profile.cooling if profile else None
    if fill is None or cooling is None:
        return None
    return FillSeen(
        begun_ms=fill.begun_ms,
        peak_celsius=fill.peak,
        cold_ms=fill.cold_ms,
        ended_ms=fill.ended_ms,
        as_usual=not fill.slow and (not fill.open or is_cooled(fill, course.capacity, cooling, at_ms=now_ms)),
        usual_s=course.capacity.usual_s,
    )


def _findings(session: Session, fleet: Fleet, unit: Unit, course: Course | None) -> Iterator[UnitFinding]:
    profile = fleet.profiles.get(unit.profile)
    cooling = profile.cooling if profile else None
    wanted = select(FindingRow).where(FindingRow.unit == unit.id, FindingRow.ended_ms.is_(None))
    for row in session.scalars(wanted.order_by(FindingRow.id)):
        yield UnitFinding(
            kind=row.kind,
            since_ms=row.since_ms,
            usual_s=None if course is None else course.capacity.usual_s,
            asked_s=None if cooling is None else cooling.for_s,
        )


def _evidence(row: TimelineRow) -> Evidence:
    try:
        return msgspec.json.decode(row.evidence, type=Evidence)
    except msgspec.MsgspecError:  # another version wrote it
        return Evidence()
