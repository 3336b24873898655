"""The timeline in the ledger: verdicts that depend on the readings alone, however late those came."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why
from coldchain_server.judging.lateness import Place
from coldchain_server.ledger.tables import TimelineRow


def add(session: Session, entries: Iterable[tuple[Place, str, Verdict]]) -> None:
    """Enter verdicts of the timeline, each with its place and unit."""
    rows = [_columns(place, unit, verdict) for place, unit, verdict in entries]
    if rows:
        session.execute(insert(TimelineRow), rows)


def replace(
    session: Session, place: Place, unit: str, verdicts: Iterable[Verdict], *, after_ms: int, through_ms: int
) -> None:
    """Have a stretch of the timeline of one place say `verdicts` and nothing else."""
    probe, from_ms = place
    session.execute(
        delete(TimelineRow).where(
            TimelineRow.probe == probe,
            TimelineRow.from_ms == from_ms,
            TimelineRow.happened_ms > after_ms,
            TimelineRow.happened_ms <= through_ms,
        )
    )
    add(session, ((place, unit, verdict) for verdict in verdicts))


def verdicts(session: Session, place: Place, *, after_ms: int, through_ms: int) -> list[Verdict]:
    """Return what the timeline of one place says of a stretch, in the order it happened."""
    probe, from_ms = place
    wanted = select(TimelineRow).where(
        TimelineRow.probe == probe,
        TimelineRow.from_ms == from_ms,
        TimelineRow.happened_ms > after_ms,
        TimelineRow.happened_ms <= through_ms,
    )
    return [_verdict(row) for row in session.scalars(wanted.order_by(TimelineRow.happened_ms, TimelineRow.id))]


def _columns(place: Place, unit: str, verdict: Verdict) -> dict[str, object]:
    probe, from_ms = place
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
