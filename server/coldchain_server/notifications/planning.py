"""From transitions to rounds of telling and notification rows: what is new is taken up, once."""

import structlog
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_judgement.limits import Level
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Contact, Fleet
from coldchain_server.ledger import cursors
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import IncidentRow, NotificationRow, TellingRow, TransitionRow
from coldchain_server.notifications import rounds
from coldchain_server.notifications.leaving import Occasion, leave
from coldchain_server.notifications.news import Change, News
from coldchain_server.notifications.recipients import Hearing, may_hear, others_told, past_for, silence_of
from coldchain_server.notifications.retrying import expires_s
from coldchain_server.notifications.rows import (
    OPEN,
    State,
    change_of,
    news_of,
    saying_the_same_since,
    scope_of,
    standing_of,
)
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.telling import Telling

CURSOR = "notifications"
_BATCH = 100
_LATE_MS, _LATE_IDS = 300_000, 10_000
_MAY_HAVE_ARRIVED = (State.SENDING.value, State.SENT.value, State.UNKNOWN.value)

log = structlog.get_logger()


class Planner:
    """Reads transitions after its cursor and leaves rounds and rows, all in one transaction."""

    def __init__(self, *, sessions: Sessions, fleet: Fleet, clock: Clock, settings: NotificationSettings) -> None:
        self._sessions, self._fleet, self._clock, self._settings = sessions, fleet, clock, settings
        self._telling = Telling(fleet=fleet, settings=settings)
        self._begun = False
        self._seen: set[int] = set()  # read already, and maybe of interest to nobody, so without rows to tell

    def plan(self) -> bool:
        """Plan one batch; False where there was nothing new."""
        if not self._begun:
            cursors.begin(self._sessions, CURSOR)
            self._begun = True
        with self._sessions() as session:
            if not self._unplanned(session, cursors.position(session, CURSOR)):
                return False
        with self._sessions.begin() as session:
            return self._planned(session)

    def _planned(self, session: Session) -> bool:
        position = cursors.position(session, CURSOR)
        if not cursors.moved(session, CURSOR, was=position, now=position):
            return True
        numbers = self._unplanned(session, position)  # read again: nobody else plans until this transaction ends
        for number in numbers:
            transition = session.get_one(TransitionRow, number)
            heard = self._heard(session, transition, session.get_one(IncidentRow, transition.incident_id))
            if heard is not None and heard is not Hearing.TOLD:
                log.info("not told", transition=number, because=heard.value)
        newest = max([position, *numbers])
        cursors.moved(session, CURSOR, was=position, now=newest)
        self._seen = {number for number in self._seen | set(numbers) if number > newest - _LATE_IDS}
        return bool(numbers)

    def _unplanned(self, session: Session, position: int) -> list[int]:
        """Return the transitions after the cursor, and those of the last minutes that became visible behind it.

        PostgreSQL gives out ids before their transactions commit, so a lower id may appear after a higher one.
        """
        late = and_(TransitionRow.id > position - _LATE_IDS, TransitionRow.learnt_ms > self._clock.now_ms() - _LATE_MS)
        told = (
            select(NotificationRow.id).where(NotificationRow.transition_id == TransitionRow.id).exists()
            | select(TellingRow.incident_id).where(TellingRow.transition_id == TransitionRow.id).exists()
        )
        wanted = select(TransitionRow.id).where(or_(TransitionRow.id > position, late), ~told)
        numbers = session.scalars(wanted.order_by(TransitionRow.id).limit(_BATCH + len(self._seen)))
        return [number for number in numbers if number not in self._seen][:_BATCH]

    def _heard(self, session: Session, transition: TransitionRow, incident: IncidentRow) -> Hearing | None:
        """Take up a transition and say why somebody or nobody hears of it; None where there is nothing to hear."""
        now_ms = self._clock.now_ms()
        if incident.state != OPEN:
            rounds.end(session, incident.id)
        change = change_of(transition, incident)
        if change is None:
            return None
        try:
            scope = scope_of(session, incident, self._fleet)
            news = news_of(transition, incident, self._fleet, change=change, scope=scope)
        except (UnknownThing, ValueError) as error:
            log.error("transition cannot be told", transition=transition.id, trouble=str(error))
            return None
        standing = standing_of(session, transition, incident)
        age_s = (now_ms - transition.learnt_ms) / 1000
        silence = silence_of(news, standing, age_s=age_s, expires_s=expires_s(self._settings, news.level))
        if silence is not None:
            return silence
        if transition.to_state == OPEN:
            return self._begun_round(session, transition, incident, now_ms=now_ms)
        people = past_for(news, scope, self._fleet) if change is Change.PAST else self._told(session, transition)
        return self._leave(session, transition, news, people, now_ms=now_ms)

    def _begun_round(
        self, session: Session, transition: TransitionRow, incident: IncidentRow, *, now_ms: int
    ) -> Hearing:
        """Begin a round, or go on with the one that an answer stopped which was taken back."""
        row = rounds.resume(session, incident=incident.id, now_ms=now_ms) if transition.event == "undone" else None
        row = row or rounds.begin(session, incident=incident.id, transition=transition.id, now_ms=now_ms)
        return self._telling.go_on(session, row, now_ms=now_ms)

    def _told(self, session: Session, transition: TransitionRow) -> tuple[Contact, ...]:
        """Return whoever was told of what is wrong, or may have been, but the one who answered."""
        told = select(NotificationRow.contact).where(
            NotificationRow.incident_id.in_(saying_the_same_since(session, transition.incident_id)),
            NotificationRow.state.in_(_MAY_HAVE_ARRIVED),
        )
        who = transition.who if transition.to_state != "resolved" else ""
        return others_told(set(session.scalars(told)), who=who, fleet=self._fleet)

    def _leave(
        self, session: Session, transition: TransitionRow, news: News, people: tuple[Contact, ...], *, now_ms: int
    ) -> Hearing:
        occasion = Occasion(
            id=f"{transition.id}:{news.change.value}",
            kind=news.change,
            site=news.site.id,
            transition_id=transition.id,
            incident_id=news.incident,
            critical=news.level is Level.CRITICAL and news.change is not Change.PAST,
        )
        left = [leave(session, occasion, one, now_ms=now_ms) for one in people if may_hear(one, news.change)]
        if any(left):
            return Hearing.TOLD
        return Hearing.NOBODY_ELSE if news.change is Change.ACKNOWLEDGED else Hearing.OVER_BEFORE_TOLD
