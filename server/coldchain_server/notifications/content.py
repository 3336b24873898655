"""What a notification row has to say when it is due: of an incident, or of the day."""

from typing import Protocol

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import SiteId
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Contact, Fleet, Site
from coldchain_server.ledger.tables import IncidentRow, NotificationRow, TransitionRow
from coldchain_server.notifications.catalogue import Lexicon
from coldchain_server.notifications.milk import Milks
from coldchain_server.notifications.news import Change, Daily, News, Standing
from coldchain_server.notifications.quieting import Quiet, Wait, wait_of
from coldchain_server.notifications.retrying import IN_VAIN, Trial, expiry_ms, given_up
from coldchain_server.notifications.rows import news_for, news_of, scope_of, standing_of
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.wording import good_news_text, heartbeat_text, message_text

_OPENINGS = (Change.OPENED, Change.REOPENED)


class Content(Protocol):
    """One message to one person, as it stands now. `news` is None where it is of no incident."""

    @property
    def contact(self) -> Contact: ...

    @property
    def news(self) -> News | None: ...

    def given_up(self, *, now_ms: int) -> str:
        """Return why it is of no use any more; empty where it is."""
        ...

    def wait(self, *, now_ms: int) -> Wait:
        """Return until when it waits for the night's end."""
        ...

    def expires_ms(self) -> int:
        """Return when it is given up."""
        ...

    def text(self, language: str, *, held: int, now_ms: int, lexicon: Lexicon) -> str:
        """Return what is said at `now_ms`, with how many other messages were held back."""
        ...


class OfIncident(msgspec.Struct, frozen=True, kw_only=True):
    """A change of an incident, or that nobody has answered it."""

    contact: Contact
    news: News
    standing: Standing
    trial: Trial
    settings: NotificationSettings

    def given_up(self, *, now_ms: int) -> str:
        return given_up(self.news, self.trial, standing=self.standing, now_ms=now_ms, settings=self.settings)

    def wait(self, *, now_ms: int) -> Wait:
        return wait_of(self.news, self.contact, now_ms=now_ms)

    def expires_ms(self) -> int:
        return expiry_ms(self.news, self.trial, self.settings)

    def text(self, language: str, *, held: int, now_ms: int, lexicon: Lexicon) -> str:
        change = Change.HELD_BACK if held and self.news.change in _OPENINGS else self.news.change
        news = msgspec.structs.replace(self.news, held=held, change=change)
        return message_text(news, language, now_ms=now_ms, lexicon=lexicon)


class OfTheDay(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the day; its time was chosen, so that it waits for nothing."""

    contact: Contact
    kind: Daily
    site: Site
    created_ms: int
    settings: NotificationSettings
    news: None = None

    def given_up(self, *, now_ms: int) -> str:
        return IN_VAIN if now_ms > self.expires_ms() else ""

    def wait(self, *, now_ms: int) -> Wait:
        return Wait(until_ms=now_ms, why=Quiet.NOBODY_SLEEPS)

    def expires_ms(self) -> int:
        return self.created_ms + self.settings.warning_expires_s * 1000

    def text(self, language: str, *, held: int, now_ms: int, lexicon: Lexicon) -> str:  # noqa: ARG002 - it has no room
        write = heartbeat_text if self.kind is Daily.HEARTBEAT else good_news_text
        return write(self.site, language, now_ms=now_ms, lexicon=lexicon)


def content_of(
    session: Session,
    row: NotificationRow,
    contact: Contact,
    fleet: Fleet,
    *,
    settings: NotificationSettings,
    now_ms: int,
    milks: Milks,
) -> Content:
    """Return what a row has to say at `now_ms`; `UnknownThing` where the fleet file no longer names what it is of."""
    if row.incident_id is None or row.transition_id is None:
        site = fleet.sites.get(SiteId(row.site))
        if site is None:
            raise UnknownThing(f"site {row.site!r} is not in the fleet file any more")
        return OfTheDay(contact=contact, kind=Daily(row.kind), site=site, created_ms=row.created_ms, settings=settings)
    incident = session.get_one(IncidentRow, row.incident_id)
    transition = session.get_one(TransitionRow, row.transition_id)
    scope = scope_of(session, incident, fleet)
    news = news_of(transition, incident, fleet, change=Change(row.kind), scope=scope)
    milk = None if news.unit is None else milks(session, news.unit, now_ms)
    return OfIncident(
        contact=contact,
        news=news_for(contact, msgspec.structs.replace(news, milk=milk), scope, fleet),
        standing=standing_of(session, transition, incident),
        trial=Trial(contact=contact, created_ms=row.created_ms, told_otherwise=_told_otherwise(session, row)),
        settings=settings,
    )


def _told_otherwise(session: Session, row: NotificationRow) -> bool:
    """Return whether another channel has told the same person on the same occasion, in a way that counts."""
    other = select(NotificationRow.id).where(
        NotificationRow.occasion == row.occasion,
        NotificationRow.contact == row.contact,
        NotificationRow.id != row.id,
        NotificationRow.counts,
    )
    return session.scalars(other.limit(1)).first() is not None
