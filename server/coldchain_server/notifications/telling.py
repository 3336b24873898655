"""Telling an incident until somebody answers: what the pure decision says, done in somebody's transaction."""

from collections.abc import Sequence
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from coldchain_judgement.limits import Level
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Contact, Fleet
from coldchain_server.ledger.tables import IncidentRow, NotificationRow, TellingRow, TransitionRow
from coldchain_server.notifications import rounds
from coldchain_server.notifications.attempts import SENT_AGAIN
from coldchain_server.notifications.escalating import Decision, Move, Round, Step, Why, decide
from coldchain_server.notifications.leaving import Occasion, leave, occasion_of, of_reminder, of_step
from coldchain_server.notifications.news import Change, Daily, Kind, News
from coldchain_server.notifications.quieting import wait_of
from coldchain_server.notifications.recipients import Hearing, may_hear, steps_for
from coldchain_server.notifications.rows import (
    OPEN,
    State,
    news_of,
    saying_the_same_since,
    scope_of,
    standing_of,
)
from coldchain_server.notifications.settings import NotificationSettings

ASK_AGAIN_MS = 300_000
"""How soon it is looked again whether another incident still speaks for one that says the same."""

log = structlog.get_logger()


class Telling:
    """Takes rounds as far as they go now. Whoever calls commits."""

    def __init__(self, *, fleet: Fleet, settings: NotificationSettings) -> None:
        self._fleet, self._settings = fleet, settings

    def go_on(self, session: Session, row: TellingRow, *, now_ms: int) -> Hearing:
        """Leave what is due of a round, and note when to look again; return why somebody or nobody hears."""
        incident = session.get_one(IncidentRow, row.incident_id)
        transition = session.get_one(TransitionRow, row.transition_id)
        if incident.state != OPEN:
            rounds.further(session, row, due_ms=None)
            return Hearing.ANSWERED
        standing = standing_of(session, transition, incident)
        if standing.same_before and row.step == 0:
            rounds.further(session, row, due_ms=now_ms + ASK_AGAIN_MS)
            return Hearing.SAME_CAUSE
        try:
            scope = scope_of(session, incident, self._fleet)
            news = news_of(transition, incident, self._fleet, scope=scope)
        except UnknownThing as error:
            rounds.further(session, row, due_ms=None)
            log.error("incident cannot be told", incident=incident.id, trouble=str(error))
            return Hearing.NOBODY
        steps = steps_for(news, scope, self._fleet)
        self._take_over(session, row)
        self._take(session, row, news, steps, now_ms=now_ms)
        return Hearing.TOLD if steps else Hearing.NOBODY

    def fell_through(self, session: Session, row: NotificationRow, *, now_ms: int) -> None:
        """Look for another way where a message did not count: another channel of the person, else the next step.

        What may have arrived all the same is told to somebody else, not to the same person again.
        """
        if not _taken_up(session, row):
            return
        kind = kind_of_row(row)
        incident = session.get(IncidentRow, row.incident_id) if row.incident_id is not None else None
        if incident is not None and row.kind in _UNANSWERED and incident.state != OPEN:
            return
        contact = next((one for one in self._fleet.contacts if one.id == row.contact), None)
        may_have_arrived = row.state == State.UNKNOWN.value or row.outcome == SENT_AGAIN
        again = contact is not None and not may_have_arrived and kind is not Daily.HEARTBEAT
        if again and contact is not None and leave(session, occasion_of(row, kind), contact, now_ms=now_ms):
            return
        if row.incident_id is not None and row.transition_id is not None:
            rounds.hasten(session, incident=row.incident_id, transition=row.transition_id, now_ms=now_ms)

    def _take_over(self, session: Session, row: TellingRow) -> None:
        """Go on where another incident was that has said the same until now: people know already."""
        if row.step:
            return
        for number in saying_the_same_since(session, row.incident_id)[1:]:
            before = session.get(TellingRow, number)
            if before is not None and before.step:
                further = {name: getattr(before, name) for name in ("step_ms", "reminders", "reminded_ms")}
                rounds.further(session, row, step=before.step, **further)
                return

    def _take(self, session: Session, row: TellingRow, news: News, steps: Sequence[Step], *, now_ms: int) -> None:
        """Do what is due until nothing is; where somebody else is at it, leave it to them.

        Where all who are still to be told sleep, waits count from when the first of them may hear; nobody is reminded
        who sleeps. In the morning there is one message, and time to answer it.
        """
        while True:
            decision = self._decision(session, row, news, steps, now_ms=now_ms)
            if decision.move in (Move.WAIT, Move.REST):
                rounds.further(session, row, due_ms=decision.at_ms)
                return
            step, first = decision.move is Move.STEP, row.step == 0
            told = steps[row.step].contacts if step else _everybody(steps[: row.step])
            heard_ms = _heard_ms(news, _everybody(steps[row.step :]) if step else told, now_ms=now_ms)
            if heard_ms > now_ms and not first:
                rounds.further(session, row, due_ms=heard_ms)
                return
            values = {"step": row.step + 1, "step_ms": heard_ms} if step else {"reminders": row.reminders + 1}
            if first or not step:
                values["reminded_ms"] = heard_ms
            if not step:
                told = tuple(one for one in told if _heard_ms(news, (one,), now_ms=now_ms) <= now_ms)
            occasion = self._occasion(row, news, step=step)
            if not rounds.further(session, row, **values):
                return
            self._leave(session, occasion, told, now_ms=now_ms)
            if decision.why is not Why.FIRST:
                people = [contact.id for contact in told]
                log.info("told further", incident=row.incident_id, to=people, because=decision.why.value)

    def _decision(
        self, session: Session, row: TellingRow, news: News, steps: Sequence[Step], *, now_ms: int
    ) -> Decision:
        round = Round(
            step=row.step,
            step_ms=row.step_ms,
            reminders=row.reminders,
            reminded_ms=row.reminded_ms,
            reached=reached(session, _last_step(session, row)),
        )
        critical = news.level is Level.CRITICAL
        return decide(round, steps, critical=critical, now_ms=now_ms, settings=self._settings)

    def _occasion(self, row: TellingRow, news: News, *, step: bool) -> Occasion:
        change = news.change if row.step == 0 else Change.ESCALATION
        name = of_step(row.transition_id, row.step)
        if not step:
            change, name = Change.REMINDER, of_reminder(row.transition_id, row.reminders + 1)
        return Occasion(
            id=name,
            kind=change,
            site=news.site.id,
            transition_id=row.transition_id,
            incident_id=row.incident_id,
            critical=news.level is Level.CRITICAL,
        )

    def _leave(self, session: Session, occasion: Occasion, contacts: Sequence[Contact], *, now_ms: int) -> None:
        for contact in contacts:
            if may_hear(contact, occasion.kind):
                leave(session, occasion, contact, now_ms=now_ms)


_UNANSWERED = frozenset(
    change.value for change in (Change.OPENED, Change.REOPENED, Change.OUTAGE, Change.ESCALATION, Change.REMINDER)
)


def _last_step(session: Session, row: TellingRow) -> list[str]:
    """Return the occasions on which the last step was told: of this incident, or of one that this goes on from."""
    before = [session.get(TellingRow, number) for number in saying_the_same_since(session, row.incident_id)]
    return [of_step(one.transition_id, row.step - 1) for one in (row, *before) if one is not None]


def _taken_up(session: Session, row: NotificationRow) -> bool:
    """Take up a message that fell through; False where somebody else has."""
    still = (NotificationRow.id == row.id, NotificationRow.fell_through)
    change = update(NotificationRow).where(*still).values(fell_through=False)
    done = session.execute(change.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount == 1


def reached(session: Session, occasions: Sequence[str]) -> bool:
    """Return whether anybody was told on an occasion in a way that counts, or may yet be by what is on its way."""
    on_its_way = or_(
        and_(NotificationRow.state == State.PENDING.value, NotificationRow.attempts == 0),
        and_(NotificationRow.state == State.SENDING.value, NotificationRow.attempts == 1),
    )
    found = select(NotificationRow.id).where(
        NotificationRow.occasion.in_(occasions), or_(NotificationRow.counts, on_its_way)
    )
    return session.scalars(found.limit(1)).first() is not None


def kind_of_row(row: NotificationRow) -> Kind:
    """Return what kind of message a row is."""
    return Daily(row.kind) if row.kind in {daily.value for daily in Daily} else Change(row.kind)


def _heard_ms(news: News, contacts: Sequence[Contact], *, now_ms: int) -> int:
    """Return when the first of `contacts` may hear the news, `now_ms` where there are none."""
    return min((wait_of(news, contact, now_ms=now_ms).until_ms for contact in contacts), default=now_ms)


def _everybody(steps: Sequence[Step]) -> tuple[Contact, ...]:
    return tuple({contact.id: contact for step in steps for contact in step.contacts}.values())
