"""By which of their channels a person is told, in which language, and whether that counts. Pure."""

import enum
from collections.abc import Callable, Collection

import msgspec

from coldchain_server.fleet.addresses import kind_of
from coldchain_server.fleet.model import Contact
from coldchain_server.fleet.phones import CALL_KINDS, SMS_KINDS
from coldchain_server.notifications.catalogue.languages import WRITTEN
from coldchain_server.notifications.catalogue.readable import Told, language_for, voice_for


class Order(enum.Enum):
    """Which channels are used, and which first."""

    CHOSEN = "as the person chose; calls first to who does not read"
    SPOKEN = "calls first"
    SMS = "by SMS alone"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A channel, as its place in the contact's list, and the language to use it in."""

    channel: int
    kind: str
    told: Told


_FIRST: dict[Order, Callable[[Contact, str], bool]] = {
    Order.CHOSEN: lambda contact, kind: contact.literate or kind in CALL_KINDS,
    Order.SPOKEN: lambda _contact, kind: kind in CALL_KINDS,
    Order.SMS: lambda _contact, kind: kind in SMS_KINDS,
}


def next_choice(
    contact: Contact,
    *,
    order: Order = Order.CHOSEN,
    without: Collection[int] = (),
    usable: Collection[str] = WRITTEN,
    recorded: Collection[str] = WRITTEN,
) -> Choice | None:
    """Return by what to tell a person next, `without` the channels that were tried or are refused; None: nothing left.

    `usable` are the languages whose texts may be used, `recorded` those that a call can speak.
    """
    kinds = [kind_of(address) for address in contact.channels]
    first = _FIRST[order]
    places = sorted(range(len(kinds)), key=lambda place: not first(contact, kinds[place]))
    if order is Order.SMS:
        places = [place for place in places if kinds[place] in SMS_KINDS]
    place = next((place for place in places if place not in without), None)
    if place is None:
        return None
    return Choice(channel=place, kind=kinds[place], told=told_by(contact, kinds[place], usable, recorded))


def told_by(
    contact: Contact, kind: str, usable: Collection[str] = WRITTEN, recorded: Collection[str] = WRITTEN
) -> Told:
    """Return in which language a channel of a kind tells a person, and whether they understand it so."""
    return voice_for(contact, recorded) if kind in CALL_KINDS else language_for(contact, usable)
