"""Milk by SMS as deeds: what a code from a known phone says is told of the milk, and another text takes it back."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from coldchain_judgement.milk.events import Emptied, Event, MilkIn
from coldchain_judgement.milk.kinds import Species
from coldchain_server.actions.milking import MilkTold, take_back, tell
from coldchain_server.answers.milk_codes import MilkCode, MilkPuzzle
from coldchain_server.answers.speaking import Speaking
from coldchain_server.fleet.model import Contact, Fleet, Role, Site, Unit
from coldchain_server.milk import rows
from coldchain_server.milk.rows import Entry
from coldchain_server.queries.milk_said import milks_of
from coldchain_server.queries.rows import site_named, unit_named

UNDO_S = 7200
"""How long a text takes back what was told of milk by one: as long as the answer about a pour may come after it."""
CHANNEL = "sms"


class MilkTexting(msgspec.Struct, frozen=True, kw_only=True):
    """One text about milk of somebody who is known, answered within somebody else's transaction.

    Where they are to `stay` inside, whatever is said ends with that.
    """

    session: Session
    fleet: Fleet
    contact: Contact
    speaking: Speaking
    now_ms: int
    stay: bool

    def units(self) -> Sequence[Unit]:
        """Return the units for raw milk that the person may tell of; a lab looks on."""
        if self.contact.role is Role.LAB:
            return ()
        profiles = self.fleet.profiles
        return [
            unit
            for unit in self.fleet.units.values()
            if unit.site in self.contact.sites and unit.profile in profiles and profiles[unit.profile].raw_milk
        ]

    def tell(self, said: MilkCode | MilkPuzzle, *, key: str) -> str:
        """Tell of milk what a code says, and return what to answer; `key` is the same when the text comes again."""
        if isinstance(said, MilkPuzzle):
            return self.speaking.which_milk(self.units(), key=said.key, stay=self.stay)
        unit, site = said.unit, self.fleet.sites[said.unit.site]
        event = _event(said, site, at_ms=self.now_ms)
        told = MilkTold(key=key, unit=unit.id, event=event, who=self.contact.id, channel=CHANNEL)
        tell(self.session, self.fleet, told, unit, now_ms=self.now_ms)
        return self._said(unit, site, event)

    def last(self) -> Entry | None:
        """Return what the person told last of milk by SMS and may still take back."""
        return rows.last_of(self.session, self.contact.id, channel=CHANNEL, from_ms=self.now_ms - UNDO_S * 1000)

    def take_back(self, entry: Entry) -> str:
        """Take that back, and return what to answer."""
        take_back(self.session, entry, who=self.contact.id, channel=CHANNEL, now_ms=self.now_ms)
        unit, site = unit_named(self.fleet, entry.unit, site=entry.site), site_named(self.fleet, entry.site)
        return self.speaking.milk_undone(unit, site, stay=self.stay)

    def _said(self, unit: Unit, site: Site, event: Event) -> str:
        milk = milks_of(self.fleet)(self.session, unit, self.now_ms)
        if milk is None or not isinstance(event, MilkIn):
            return self.speaking.emptied(unit, site, stay=self.stay)
        return self.speaking.milk_in(event.milked, milk, unit=unit, site=site)


def _event(said: MilkCode, site: Site, *, at_ms: int) -> Event:
    """Return what a code tells. Where a site keeps several kinds of milk and nobody said which, it is one untimed."""
    if said.milked is None:
        return Emptied(at_ms=at_ms)
    untimed: Species | None = next((one for one in site.species if not one.timed), None)
    return MilkIn(at_ms=at_ms, milked=said.milked, species=said.species or untimed)
