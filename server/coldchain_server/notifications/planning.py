"""From transitions to notification rows: one for each person and channel, once."""

import structlog
from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_judgement.limits import Level
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.addresses import kind_of
from coldchain_server.fleet.model import Contact, Fleet
from coldchain_server.ledger import cursors
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import IncidentRow, NotificationRow, TransitionRow
from coldchain_server.notifications.news import News
from coldchain_server.notifications.recipients import Audience, Hearing, audience
from coldchain_server.notifications.retrying import expires_s
from coldchain_server.notifications.rows import State, news_of, standing_of
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.wording import message_text

CURSOR = "notifications"
_BATCH = 100
_LATE_MS, _LATE_IDS = 300_000, 10_000

log = structlog.get_logger()


class Planner:
    """Reads transitions after its cursor and leaves rows to send, both in one transaction."""

    def __init__(self, *, sessions: Sessions, fleet: Fleet, clock: Clock, settings: NotificationSettings) -> None:
        self._sessions, self._fleet, self._clock, self._settings = sessions, fleet, clock, settings
        self._begun = False
        self._seen: set[int] = set()  # read already and of interest to nobody, so without rows to tell

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
            if heard is not Hearing.AT_ONCE:
                log.info("not told at once", transition=number, because=heard.value if heard else "it cannot be read")
        newest = max([position, *numbers])
        cursors.moved(session, CURSOR, was=position, now=newest)
        self._seen = {number for number in self._seen | set(numbers) if number > newest - _LATE_IDS}
        return bool(numbers)

    def _unplanned(self, session: Session, position: int) -> list[int]:
        """Return the transitions after the cursor, and those of the last minutes that became visible behind it.

        PostgreSQL gives out ids before their transactions commit, so a lower id may appear after a higher one.
        """
        late = and_(TransitionRow.id > position - _LATE_IDS, TransitionRow.learnt_ms > self._clock.now_ms() - _LATE_MS)
        told = exists().where(NotificationRow.transition_id == TransitionRow.id)
        wanted = select(TransitionRow.id).where(or_(TransitionRow.id > position, late), ~told)
        numbers = session.scalars(wanted.order_by(TransitionRow.id).limit(_BATCH + len(self._seen)))
        return [number for number in numbers if number not in self._seen][:_BATCH]

    def _heard(self, session: Session, transition: TransitionRow, incident: IncidentRow) -> Hearing | None:
        """Leave rows for whoever hears of a transition and say why they or nobody do; None where it cannot be read."""
        try:
            news = news_of(transition, incident, self._fleet)
        except (UnknownThing, ValueError) as error:
            log.error("transition cannot be told", transition=transition.id, trouble=str(error))
            return None
        now_ms = self._clock.now_ms()
        told = audience(
            news,
            self._fleet.contacts,
            standing=standing_of(session, transition, incident),
            learnt_ms=transition.learnt_ms,
            now_ms=now_ms,
            expires_s=expires_s(self._settings, news.level),
        )
        session.add_all(self._rows(transition, news, told, now_ms=now_ms))
        return told.hearing

    def _rows(self, transition: TransitionRow, news: News, told: Audience, *, now_ms: int) -> list[NotificationRow]:
        def row(contact: Contact, channel: int) -> NotificationRow:
            return NotificationRow(
                occasion=f"{transition.id}:{news.change.value}",
                kind=news.change.value,
                site=news.site.id,
                critical=news.level is Level.CRITICAL,
                transition_id=transition.id,
                incident_id=news.incident,
                contact=contact.id,
                channel=channel,
                channel_kind=kind_of(contact.channels[channel]),
                language=contact.language,
                text=message_text(news, contact.language, now_ms=now_ms),
                state=State.PENDING.value,
                attempts=0,
                next_ms=told.from_ms,
                created_ms=now_ms,
                outcome="",
            )

        return [row(contact, channel) for contact in told.contacts for channel in range(len(contact.channels))]
