"""The timeline in the ledger: verdicts that depend on the readings alone, however late those came."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why
from coldchain_server.judging.lateness import Place
from coldchain_server.ledger.tables import TimelineRow


class Told(msgspec.Struct, frozen=True):
    """A verdict, and the instant of the reading that showed it."""

    at_ms: int
    verdict: Verdict


def add(session: Session, entries: Iterable[tuple[Place, str, Told]]) -> None:
    """Enter verdicts of the timeline, each with its place and unit."""
    rows = [_columns(place, unit, told) for place, unit, told in entries]
    if rows:
        session.execute(insert(TimelineRow), rows)


def replace(session: Session, place: Place, unit: str, told: Iterable[Told], *, after_ms: int, through_ms: int) -> None:
    """Have the readings of a stretch show what is `told` of one place, and nothing else."""
    probe, from_ms = place
    session.execute(
        delete(TimelineRow).where(
            TimelineRow.probe == probe,
            TimelineRow.from_ms == from_ms,
            TimelineRow.at_ms > after_ms,
            TimelineRow.at_ms <= through_ms,
        )
    )
    add(session, ((place, unit, one) for one in told))


def verdicts(session: Session, place: Place, *, after_ms: int, through_ms: int) -> list[Verdict]:
    """Return what the readings of a stretch have shown of one place, in their order."""
    probe, from_ms = place
    wanted = select(TimelineRow).where(
        TimelineRow.probe == probe,
        TimelineRow.from_ms == from_ms,
        TimelineRow.at_ms > after_ms,
        TimelineRow.at_ms <= through_ms,
    )
    return [_verdict(row) for row in session.scalars(wanted.order_by(TimelineRow.at_ms, TimelineRow.id))]


def _columns(place: Place, unit: str, told: Told) -> dict[str, object]:
    (probe, from_ms), verdict = place, told.verdict
    return {
        "unit": unit,
        "probe": probe,
        "from_ms": from_ms,
        "rule": verdict.rule,
        "standing": verdict.standing.value,
        "level": verdict.level.value,
        "reason": verdict.why.value,
        "since_ms": verdict.since_ms,
        "happened_ms": verdict.happened_ms,
        "at_ms": told.at_ms,
        "evidence": msgspec.json.encode(verdict.evidence).decode(),
    }


def _verdict(row: TimelineRow) -> Verdict:
    return Verdict(
        rule=row.rule,
        standing=Standing(row.standing),
        level=Level(row.level),
        why=Why(row.reason),
        since_ms=row.since_ms,
        happened_ms=row.happened_ms,
        evidence=msgspec.json.decode(row.evidence, type=Evidence),
    )
