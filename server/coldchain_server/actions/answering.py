"""What people say back as deeds: an answer, a question or a reading by SMS, a key pressed in a call, a missed call."""

from collections.abc import Sequence

import msgspec
import structlog
from sqlalchemy.orm import Session

from coldchain_judgement.advice import Advice, advise
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.actions.handling import Said, answer, at_that_hour
from coldchain_server.actions.milk_texting import MilkTexting
from coldchain_server.actions.texting import Text, read
from coldchain_server.answers import keys, rows
from coldchain_server.answers.milk_codes import milk_code
from coldchain_server.answers.rows import Reply, Way
from coldchain_server.answers.speaking import Speaking, UnitState
from coldchain_server.answers.told import last_told, told_by
from coldchain_server.fleet.model import Contact, Fleet, Role, Site, Unit, UnitKind
from coldchain_server.fleet.phones import known_by, number_of, numbers_of
from coldchain_server.hand.rows import last_of as last_measured
from coldchain_server.incidents.handling import Handling
from coldchain_server.ledger.tables import HeardRow, IncidentRow
from coldchain_server.notifications.milk import MilkSaid, for_nobody, time_left, with_milk
from coldchain_server.notifications.rows import good_until_ms
from coldchain_server.queries.milk_said import milks_of
from coldchain_server.queries.units import units_now
from coldchain_server.queries.values import UnitNow
from coldchain_server.sources import hand
from coldchain_server.sources.sms import takes_back
from coldchain_server.viewer import Viewer
from coldchain_server.words.lexicons import lexicon_in

_SHOWN_DIGITS = 2
_MILK_SAID_OF = 6
"""One SMS has room for what to do with the milk of so many units; of those beyond it is not looked up."""

log = structlog.get_logger()


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who a number belongs to: several people where they share the phone, of whom the first is spoken to."""

    number: str
    people: tuple[Contact, ...]

    @property
    def contact(self) -> Contact:
        return self.people[0]


def answer_text(session: Session, fleet: Fleet, text: Text, *, now_ms: int) -> str | None:
    """Do what a text says and return what to answer; None for a sender nobody knows, who is answered nothing.

    The same text delivered again does nothing again and is answered the same. A reply goes out by `text.by`.
    """
    caller = caller_of(fleet, text.sender, way=Way.SMS)
    if caller is None:
        return None
    name = rows.name_of(Way.SMS, caller.number, text.id) if text.id else str(text.name)
    if (known := rows.known(session, name)) is not None:
        return known.reply
    conversation = _Conversation(session, fleet, caller, now_ms=now_ms)
    said, reply = conversation.texted(text)
    conversation.keep(name, Way.SMS, said=said, reply=reply, by=text.by)
    return reply


def answer_call(
    session: Session, fleet: Fleet, *, caller: str, handling: Handling, call: str, by: str, now_ms: int
) -> None:
    """Do what a missed call says: answer what its caller was told last. Who is not known is heard by nobody."""
    known = caller_of(fleet, caller, way=Way.MISSED_CALL)
    if known is None:
        return
    name = rows.name_of(Way.MISSED_CALL, known.number, call)
    if rows.known(session, name) is not None:
        return
    conversation = _Conversation(session, fleet, known, now_ms=now_ms)
    conversation.keep(name, Way.MISSED_CALL, said=handling.value, reply=conversation.answered(handling), by=by)


def answer_key(
    session: Session, fleet: Fleet, *, message: str, handling: Handling | None, call: str, now_ms: int
) -> str | None:
    """Do what a key pressed in the call that tells `message` says, and return what to say; None for no such key.

    In a trial, which is about nothing, a key is only thanked for. `UnknownThing` where there is no such message.
    """
    told = told_by(session, fleet, message)
    if handling is None:
        return None
    if told.incident is None:
        return Speaking.to(told.contact, lexicon_in(session)).thanks()
    name = rows.name_of(Way.KEY, call, handling.value)
    if (known := rows.known(session, name)) is not None:
        return known.reply
    conversation = _Conversation(session, fleet, Caller(number="", people=(told.contact,)), now_ms=now_ms)
    reply = conversation.answered_about([told.incident], handling)
    conversation.keep(name, Way.KEY, said=handling.value, reply=reply, by="")
    return reply


def caller_of(fleet: Fleet, number: str, *, way: Way) -> Caller | None:
    """Return who a number belongs to; None, said in the log with its last digits, where that is nobody."""
    spelt = number_of(number)
    people = known_by(fleet.contacts, spelt)
    if not people:
        log.warning("heard from a number nobody has in the fleet file", way=way.value, ends_in=spelt[-_SHOWN_DIGITS:])
        return None
    first = sorted(people, key=lambda one: spelt not in (one.phone, *one.phones))
    return Caller(number=spelt, people=tuple(first))


class _Conversation:
    """With somebody who is known, within somebody else's transaction."""

    def __init__(self, session: Session, fleet: Fleet, caller: Caller, *, now_ms: int) -> None:
        self._session, self._fleet, self._caller, self._now_ms = session, fleet, caller, now_ms
        self._contact = caller.contact
        self._speaking = Speaking.to(self._contact, lexicon_in(session))
        self._answered: list[int] = []

    def texted(self, text: Text) -> tuple[str, str]:
        """Return what a text was taken for, and what to answer: the one place that tells answers from readings."""
        if keys.asks_state(text.body):
            return "state", self._state()
        if (milk := self._of_milk(text)) is not None:
            return "milk", milk
        handling = keys.answer_in(text.body)
        if handling is None:
            return "reading", self._read(text)
        told = self._last_told()
        if not told and self._measures():
            return "reading", self._read(text)
        return handling.value, self.answered_about(told, handling)

    def _of_milk(self, text: Text) -> str | None:
        """Tell of milk what a text says, or take back what was told last; None where it is about something else."""
        texting = MilkTexting(
            session=self._session,
            fleet=self._fleet,
            contact=self._contact,
            speaking=self._speaking,
            now_ms=self._now_ms,
            stay=self._in_curfew(),
        )
        if takes_back(text.body):
            measured, told = last_measured(self._session, self._contact.id), texting.last()
            hand_ms = measured.told_ms if measured is not None and measured.due_ms > self._now_ms else 0
            return None if told is None or told.learnt_ms < hand_ms else texting.take_back(told)
        said = milk_code(text.body, texting.units())
        return None if said is None else texting.tell(said, key=str(text.name))

    def _read(self, text: Text) -> str:
        """Take a text for a reading; who measures nothing by hand is told which answers there are."""
        if not self._measures():
            return self._speaking.help(stay=self._in_curfew())
        return read(self._session, self._fleet, self._contact, text, now_ms=self._now_ms)

    def answered(self, handling: Handling) -> str:
        return self.answered_about(self._last_told(), handling)

    def answered_about(self, incidents: Sequence[IncidentRow], handling: Handling) -> str:
        """Answer incidents, and return what to say about the first of them."""
        if not incidents:
            return self._speaking.nothing_open(stay=self._in_curfew())
        said = [self._answer(incident, handling) for incident in incidents]
        site, unit = self._place(incidents[0])
        advice = self._advice(incidents[0], site, unit)
        return self._speaking.understood(said[0], advice, unit=unit, site=site, milk=self._milk(unit))

    def keep(self, name: str, way: Way, *, said: str, reply: str, by: str) -> None:
        numbers = numbers_of(self._contact)
        sent_on = bool(reply and by)
        self._session.add(
            HeardRow(
                id=name,
                way=way.value,
                contact=self._contact.id,
                phone=numbers.index(self._caller.number) if self._caller.number in numbers else 0,
                at_ms=self._now_ms,
                said=said,
                incidents=msgspec.json.encode(self._answered).decode(),
                reply=reply,
                channel_kind=by,
                state=(Reply.PENDING if sent_on else Reply.NONE).value,
                attempts=0,
                next_ms=self._now_ms,
                outcome="",
            )
        )
        self._session.flush()

    def _answer(self, incident: IncidentRow, handling: Handling) -> Handling:
        """Answer an incident and return what that is noted as, or would be where somebody has answered already."""
        self._answered.append(incident.id)
        said = Said(handling=handling, who=self._contact.id)
        noted = answer(self._session, self._fleet, incident, said, now_ms=self._now_ms)
        return noted or at_that_hour(self._fleet, incident, handling, self._now_ms)

    def _last_told(self) -> Sequence[IncidentRow]:
        return last_told(self._session, [one.id for one in self._caller.people], now_ms=self._now_ms)

    def _measures(self) -> bool:
        found = hand.measured_by_hand(self._fleet, self._now_ms)
        return any(unit.site in self._contact.sites for unit, _ in found)

    def _state(self) -> str:
        seen = [
            one
            for site in self._contact.sites
            for one in units_now(
                self._session,
                self._fleet,
                Viewer(name=self._contact.id, role=Role.COOPERATIVE, site=site),
                now_ms=self._now_ms,
            )
        ]
        units = [
            *map(self._state_of, seen[:_MILK_SAID_OF]),
            *(UnitState(unit=one.unit, light=one.light) for one in seen[_MILK_SAID_OF:]),
        ]
        return self._speaking.state(units, stay=self._in_curfew()) if units else self._speaking.nothing_open(stay=False)

    def _state_of(self, now: UnitNow) -> UnitState:
        """Return what the card of a unit says: what is wrong comes before how long its milk keeps."""
        milk = self._milk(now.unit)
        wrong = now.advice if now.incidents or now.light is not Light.GREEN else None
        return UnitState(unit=now.unit, light=now.light, advice=with_milk(wrong, milk), milk=milk)

    def _milk(self, unit: Unit | None) -> MilkSaid | None:
        return None if unit is None else milks_of(self._fleet)(self._session, unit, self._now_ms)

    def _in_curfew(self) -> bool:
        sites = [self._fleet.sites[site] for site in self._contact.sites if site in self._fleet.sites]
        return any(site.in_curfew(site.local(self._now_ms).time()) for site in sites)

    def _place(self, incident: IncidentRow) -> tuple[Site, Unit | None]:
        """Return where an incident is; one over several sites is at the first that this person hears of."""
        known = {str(name): site for name, site in self._fleet.sites.items()}
        site = known.get(incident.site) or self._fleet.sites[self._contact.sites[0]]
        return site, next((unit for name, unit in self._fleet.units.items() if name == incident.unit), None)

    def _advice(self, incident: IncidentRow, site: Site, unit: Unit | None) -> Advice:
        local = site.local(self._now_ms).time()
        hot = unit is not None and unit.kind is UnitKind.PASTEURISER
        try:
            why, level = Why(incident.reason), Level(incident.level)
        except ValueError:  # another version's reason: what it asks for is not known
            why, level = Why.WITHIN, Level.WARNING
        if why is Why.TIME_LEFT:
            until_ms = good_until_ms(incident)
            return time_left(level, until_ms, self._milk(unit), site=site, now_ms=self._now_ms)
        advice = advise(why, level, hot=hot, local=local, in_curfew=site.in_curfew(local))
        return for_nobody(advice, self._milk(unit))
