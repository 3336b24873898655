"""What the log is told of the past: once, in one summary; and that milk which was touched is no longer there."""

from collections.abc import Iterable, Iterator

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import ProbeUrn
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why
from coldchain_server.fleet.model import Fleet
from coldchain_server.judging import past, timeline
from coldchain_server.judging.memory import kept_of
from coldchain_server.judging.past import Episode, Side, Span
from coldchain_server.judging.renewal import renewed_ms
from coldchain_server.judging.rows import verdict_row
from coldchain_server.judging.tasks import Task
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import RuleStateRow, VerdictRow

_EVER_MS = 2**62
_LOOK_EVERY_MS = 60_000
_RULES = [past.rule_of(side) for side in Side]

log = structlog.get_logger()


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """Milk that was touched in the past and may still be in a unit, until `leaves_ms` at the latest."""

    probe: ProbeUrn
    site: str
    level: Level
    ended_ms: int
    leaves_ms: int


class Aftermath:
    """Compares the timeline with the log, and tells the log what it lacks."""

    def __init__(self, fleet: Fleet, sessions: Sessions) -> None:
        self._fleet, self._sessions = fleet, sessions
        self._looked_ms: int | None = None

    def sum_up(self, session: Session, task: Task, *, renewed_ms: int | None, now_ms: int) -> None:
        """Enter one verdict for each direction in which a stretch shows breaches that nobody was told of."""
        told_since_ms = task.dirty_from_ms - past.TOLD_FOR_MS
        shown = timeline.verdicts(session, task.place, after_ms=told_since_ms, through_ms=_EVER_MS)
        found = [one for one in past.episodes(shown) if one.ends_ms(now_ms) >= task.dirty_from_ms]
        if not found:
            return
        told = list(_told(session, task, since_ms=told_since_ms, now_ms=now_ms))
        for verdict, episodes in past.by_side(past.untold(found, told, now_ms=now_ms), now_ms=now_ms):
            self._enter(session, task, verdict, episodes, renewed_ms=renewed_ms, now_ms=now_ms)

    def _enter(
        self,
        session: Session,
        task: Task,
        verdict: Verdict,
        episodes: list[Episode],
        *,
        renewed_ms: int | None,
        now_ms: int,
    ) -> None:
        held_s = task.history.at(verdict.happened_ms).profile.held_s
        leaves_ms = past.leaves_ms(episodes, held_s=held_s, now_ms=now_ms)
        there = past.may_be_there(episodes, leaves_ms=leaves_ms, renewed_ms=renewed_ms, now_ms=now_ms)
        site = self._fleet.units[task.placement.unit].site
        row = verdict_row(verdict, site=site, unit=task.unit, subject=task.place[0], learnt_ms=now_ms)
        row.past, row.still_there = True, there
        session.add(row)
        if there:
            leaving = Leaving(
                probe=task.place[0],
                site=site,
                level=verdict.level,
                ended_ms=max(one.ends_ms(now_ms) for one in episodes),
                leaves_ms=leaves_ms,
            )
            text = msgspec.json.encode(leaving).decode()
            session.merge(RuleStateRow(subject=task.unit, rule=verdict.rule, state=text))
        log.info("a breach of the past was found late", unit=task.unit, rule=verdict.rule, still_there=there)

    def let_go(self, *, now_ms: int) -> None:
        """Enter of milk that it is no longer there; looks once a minute."""
        if self._looked_ms is not None and 0 <= now_ms - self._looked_ms < _LOOK_EVERY_MS:
            return
        self._looked_ms = now_ms
        wanted = select(RuleStateRow).where(RuleStateRow.rule.in_(_RULES))
        with self._sessions() as session:
            if session.scalars(wanted.limit(1)).first() is None:
                return
        with self._sessions.begin() as session:
            for row in session.scalars(wanted).all():
                _let_go(session, row, now_ms)


def _let_go(session: Session, row: RuleStateRow, now_ms: int) -> None:
    try:
        leaving = msgspec.json.decode(row.state, type=Leaving)
    except msgspec.MsgspecError:  # another version wrote it: a person answers the incident
        session.delete(row)
        return
    kept = kept_of(session, leaving.probe)
    renewed = None if kept is None else renewed_ms(kept.settled)
    if now_ms < leaving.leaves_ms and not past.renewed_since(leaving.ended_ms, renewed):
        return
    verdict = Verdict(
        rule=row.rule,
        standing=Standing.FINE,
        level=leaving.level,
        why=Why.WITHIN,
        since_ms=now_ms,
        happened_ms=now_ms,
        evidence=Evidence(),
    )
    gone = verdict_row(verdict, site=leaving.site, unit=row.subject, subject=leaving.probe, learnt_ms=now_ms)
    gone.past = True
    session.add(gone)
    session.delete(row)


def _told(session: Session, task: Task, *, since_ms: int, now_ms: int) -> Iterator[Span]:
    """Yield from when to when the log tells of breaches of this probe in this unit."""
    wanted = select(VerdictRow).where(
        VerdictRow.unit == task.unit, VerdictRow.subject == task.place[0], VerdictRow.learnt_ms >= since_ms
    )
    rows = session.scalars(wanted.order_by(VerdictRow.id)).all()
    yield from _lasting(row for row in rows if not row.past)
    for row in rows:
        side = past.side_of(Why(row.reason))
        if row.past and side is not None:
            until_ms = _evidence(row).until_ms
            yield Span(side=side, start_ms=row.since_ms, end_ms=now_ms if until_ms is None else until_ms)


def _lasting(rows: Iterable[VerdictRow]) -> Iterator[Span]:
    begun: dict[str, tuple[Side, int]] = {}
    for row in rows:
        side = past.side_of(Why(row.reason))
        if row.standing == Standing.BREACH.value and side is not None:
            begun.setdefault(row.rule, (side, row.since_ms))
        elif row.rule in begun:
            of, since_ms = begun.pop(row.rule)
            yield Span(side=of, start_ms=since_ms, end_ms=row.happened_ms)
    for of, since_ms in begun.values():
        yield Span(side=of, start_ms=since_ms, end_ms=_EVER_MS)


def _evidence(row: VerdictRow) -> Evidence:
    try:
        return msgspec.json.decode(row.evidence, type=Evidence)
    except msgspec.MsgspecError:  # another version wrote it
        return Evidence()
