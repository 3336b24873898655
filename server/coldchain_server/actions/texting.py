"""Readings by SMS as deeds: what a text from a known phone says is done, and answered in one SMS."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4, uuid5

import msgspec
from sqlalchemy.orm import Session

from coldchain_contract.clock import milliseconds
from coldchain_server.actions.measuring import Telling, limit_of, take_back, tell
from coldchain_server.fleet.model import Contact, Fleet, Site
from coldchain_server.hand import rows
from coldchain_server.queries.rows import unit_named
from coldchain_server.sources import hand
from coldchain_server.sources.answering import Answering
from coldchain_server.sources.catalogue import answers
from coldchain_server.sources.hand import Refused
from coldchain_server.sources.sms import SmsPuzzle, SmsReading, SmsUndo, parse_sms

_MESSAGES = UUID("2f0d5d3a-8c1e-4d5e-a3a7-0c9a1f6b7e42")


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One SMS as a gateway hands it over. `id` is the gateway's, the same when it is delivered again; empty: none.

    `by` is the kind of channel that a reply is sent by; empty: the reply is the answer to the gateway's own request.
    """

    sender: str
    body: str
    id: str = ""
    by: str = ""

    @property
    def name(self) -> UUID:
        return uuid5(_MESSAGES, f"{self.sender} {self.id}") if self.id else uuid4()


def read(session: Session, fleet: Fleet, contact: Contact, text: Text, *, now_ms: int) -> str:
    """Take a text for a reading by hand, or for its undoing, and return what to answer."""
    return _Conversation(session, fleet, contact, now_ms=now_ms).answer(text)


class _Conversation:
    """One text of somebody who is known, answered within somebody else's transaction."""

    def __init__(self, session: Session, fleet: Fleet, contact: Contact, *, now_ms: int) -> None:
        self._session, self._fleet, self._contact, self._now_ms = session, fleet, contact, now_ms
        self._speaking = Answering(answers(contact.language))

    def answer(self, text: Text) -> str:
        found = hand.measured_by_hand(self._fleet, self._now_ms)
        units = [unit for unit, _ in found if unit.site in self._contact.sites]
        match parse_sms(text.body, units):
            case SmsUndo():
                return self._undone()
            case SmsPuzzle(units=known, has_value=has_value):
                return self._speaking.puzzled(known, has_value=has_value)
            case SmsReading() as said:
                return self._noted(said, text)

    def _undone(self) -> str:
        row = rows.last_of(self._session, self._contact.id)
        if row is None or row.due_ms <= self._now_ms:
            return self._speaking.nothing_to_undo()
        if not take_back(self._session, row, who=self._contact.id, now_ms=self._now_ms):
            return self._speaking.nothing_to_undo()
        return self._speaking.undone(unit_named(self._fleet, row.unit, site=row.site), row.celsius)

    def _noted(self, said: SmsReading, text: Text) -> str:
        unit, site, who = said.unit, self._fleet.sites[said.unit.site], self._contact.id
        if not said.sure and hand.doubt(said.celsius, unit.kind) is not None:
            return self._speaking.unusual(unit, said.celsius, text.body)
        at_ms = self._now_ms if said.clock is None else last_time_at(site, said.clock, self._now_ms)
        telling = Telling(id=text.name, unit=unit.id, celsius=said.celsius, at_ms=at_ms, who=who, channel="sms")
        try:
            tell(self._session, self._fleet, telling, now_ms=self._now_ms)
        except Refused as refused:
            return self._speaking.refused(refused.why, unit, said.celsius)
        return self._speaking.taken(
            unit,
            said.celsius,
            at=site.local(at_ms),
            undo_minutes=rows.UNDO_S // 60,
            beyond=limit_of(self._fleet, unit, said.celsius),
            stay=site.in_curfew(site.local(self._now_ms).time()),
        )


def last_time_at(site: Site, clock: tuple[int, int], now_ms: int) -> int:
    """Return the last instant at which the site's clocks showed that time of day."""
    now: datetime = site.local(now_ms)
    at = now.replace(hour=clock[0], minute=clock[1], second=0, microsecond=0)
    return milliseconds(at if at <= now else at - timedelta(days=1))
