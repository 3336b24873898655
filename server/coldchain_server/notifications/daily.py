"""What is told day by day: a trial of the way to each site, and good news in the morning."""

from collections.abc import Callable
from datetime import date, timedelta

import structlog
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.model import Contact, Fleet, Site
from coldchain_server.fleet.voices import voices
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import AttemptRow, HeardRow, IncidentRow, LatestRow, NotificationRow
from coldchain_server.notifications import heartbeat, morning, ways
from coldchain_server.notifications.choosing import Order
from coldchain_server.notifications.leaving import Occasion, leave
from coldchain_server.notifications.news import Daily as Kind
from coldchain_server.notifications.recipients import may_hear
from coldchain_server.notifications.rows import State
from coldchain_server.notifications.settings import NotificationSettings

RULE = "heartbeat"
_LOOK_EVERY_MS = 60_000
_MORNING_MS = 3_600_000
ARRIVED, LOST = "arrived", "lost"

log = structlog.get_logger()


class Daily:
    """Looks once a minute of its clock. A message is of one site's day, so that no crash doubles it."""

    def __init__(self, *, sessions: Sessions, fleet: Fleet, clock: Clock, settings: NotificationSettings) -> None:
        self._sessions, self._fleet, self._clock, self._settings = sessions, fleet, clock, settings
        self._looked_ms: int | None = None

    def plan(self) -> None:
        """Leave what is due today, and judge the trials of yesterday and today."""
        now_ms = self._clock.now_ms()
        if self._looked_ms is not None and 0 <= now_ms - self._looked_ms < _LOOK_EVERY_MS:
            return
        for site in self._fleet.sites.values():
            self._site(site, now_ms=now_ms)
        self._looked_ms = now_ms

    def _site(self, site: Site, *, now_ms: int) -> None:
        today = site.local(now_ms).date()
        tester = next((one for one in self._fleet.contacts if one.id == site.heartbeat), None)
        if tester is not None:
            self._heartbeat(site, tester, today, now_ms=now_ms)
            self._judged(site, tester, today, now_ms=now_ms)
        self._good_news(site, today, now_ms=now_ms)

    def _heartbeat(self, site: Site, tester: Contact, day: date, *, now_ms: int) -> None:
        due_ms = heartbeat.due_ms(site, day, self._settings)
        if due_ms <= now_ms < due_ms + self._settings.heartbeat_within_s * 1000:
            occasion = _occasion(Kind.HEARTBEAT, site, day)
            self._once(occasion, lambda session: [leave(session, occasion, tester, now_ms=now_ms, order=Order.SMS)])

    def _judged(self, site: Site, tester: Contact, today: date, *, now_ms: int) -> None:
        """Say where the newest trial of which anything is known was lost, or where the way works again."""
        verdict = heartbeat.Verdict.WAITING
        for day in (today, today - timedelta(days=1)):
            with self._sessions() as session:
                trial = _trial(session, site, tester, day, self._settings)
            if trial is not None and verdict is heartbeat.Verdict.WAITING:
                verdict = heartbeat.judge(trial, now_ms=now_ms, settings=self._settings)
        if verdict is heartbeat.Verdict.WAITING:
            return
        way = ways.Way(subject=f"heartbeat:{site.id}", rule=RULE, level=Level.CRITICAL, site=site.id)
        with self._sessions() as session:
            if ways.dead_by_now(session, way) is (verdict in heartbeat.LOST):
                return
        with self._sessions.begin() as session:
            if ways.say(session, way, dead=verdict in heartbeat.LOST, now_ms=now_ms):
                log.warning("daily trial", site=site.id, because=verdict.value)

    def _good_news(self, site: Site, day: date, *, now_ms: int) -> None:
        begins_ms, told_ms = morning.night_of(site, day)
        people = [one for one in self._fleet.contacts if one.good_news and site.id in one.sites]
        if not people or not told_ms <= now_ms < told_ms + _MORNING_MS:
            return
        occasion = _occasion(Kind.GOOD_NEWS, site, day)

        def left(session: Session) -> list[bool]:
            night = morning.judge(self._facts(session, site, begins_ms=begins_ms, now_ms=now_ms), now_ms=now_ms)
            if night is not morning.Night.GOOD:
                return []
            hearing = [one for one in people if may_hear(one, Kind.GOOD_NEWS)]
            return [leave(session, occasion, one, now_ms=now_ms, order=Order.SPOKEN) for one in hearing]

        self._once(occasion, left)

    def _once(self, occasion: Occasion, left: Callable[[Session], list[bool]]) -> None:
        """Leave the rows of an occasion that has none yet."""
        with self._sessions() as session:
            if session.scalars(_rows_of(occasion.id).limit(1)).first() is not None:
                return
        with self._sessions.begin() as session:
            left(session)

    def _facts(self, session: Session, site: Site, *, begins_ms: int, now_ms: int) -> morning.Facts:
        units = [unit for unit in self._fleet.units.values() if unit.site == site.id]
        speaking = [voice for voice in voices(self._fleet, now_ms) if voice.site == site.id]
        rows = [row for voice in speaking if (row := session.get(LatestRow, voice.probe)) is not None]
        fresh_s = {}
        for voice in speaking:
            borne_s = self._fleet.profiles[self._fleet.units[voice.unit].profile].silent_after_s
            placement = self._fleet.placement(voice.probe, now_ms)
            fresh_s[voice.unit] = self._fleet.teller(placement).present_s(borne_s) if placement else borne_s
        return morning.Facts(
            units=[unit.id for unit in units],
            voices=speaking,
            heard={
                voice.probe: morning.Heard(ok_ms=row.ok_at_ms, estimated=row.estimated)
                for voice in speaking
                for row in rows
                if row.probe == voice.probe
            },
            fresh_s=fresh_s,
            incidents=_incidents(session, site, begins_ms=begins_ms),
        )


def _incidents(session: Session, site: Site, *, begins_ms: int) -> int:
    """Return how many incidents of a site's milk and boxes went on at some time since an instant."""
    went_on = select(func.count()).select_from(IncidentRow)
    return (
        session.scalar(
            went_on.where(
                IncidentRow.site == site.id,
                IncidentRow.reason != Why.CHANNEL_DEAD.value,
                or_(IncidentRow.resolved_ms.is_(None), IncidentRow.resolved_ms >= begins_ms),
            )
        )
        or 0
    )


def _trial(
    session: Session, site: Site, tester: Contact, day: date, settings: NotificationSettings
) -> heartbeat.Trial | None:
    """Return what is known of a day's trial; None where there was none."""
    row = session.scalars(_rows_of(_occasion(Kind.HEARTBEAT, site, day).id).limit(1)).first()
    if row is None:
        return None
    reports = session.scalars(
        select(AttemptRow.report).where(AttemptRow.notification_id == row.id, AttemptRow.report != "")
    ).all()
    kind_reports = select(AttemptRow.id).where(AttemptRow.channel_kind == row.channel_kind, AttemptRow.report != "")
    replied = select(HeardRow.id).where(HeardRow.contact == tester.id, HeardRow.at_ms >= row.created_ms)
    return heartbeat.Trial(
        due_ms=heartbeat.due_ms(site, day, settings),
        sent_ms=row.sent_ms,
        hopeless=row.state == State.FAILED.value,
        reports=session.scalars(kind_reports.limit(1)).first() is not None,
        arrived=ARRIVED in reports,
        lost=bool(reports) and reports[-1] == LOST,
        replied=session.scalars(replied.limit(1)).first() is not None,
    )


def _rows_of(occasion: str) -> Select[NotificationRow]:
    return select(NotificationRow).where(NotificationRow.occasion == occasion)


def _occasion(kind: Kind, site: Site, day: date) -> Occasion:
    return Occasion(id=f"{kind.value}:{site.id}:{day.isoformat()}", kind=kind, site=site.id)
