"""Reading freshness cards: what one would say now, those that were made, and whether one still holds."""

import enum

import msgspec
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import UnitId
from coldchain_judgement.milk.events import Emptied, MovedOut, Tested
from coldchain_judgement.milk.saying import Because
from coldchain_server.errors import StoreRefused, StoreUnavailable
from coldchain_server.fleet.model import Fleet, Site, Unit
from coldchain_server.freshness import rows
from coldchain_server.freshness.card import Card, Refusal, drawn_up
from coldchain_server.freshness.looking import LEAD_MS, seen
from coldchain_server.freshness.rows import Entry, Issued
from coldchain_server.milk.rows import in_force
from coldchain_server.queries.milk import is_uncooled, milk_now
from coldchain_server.store.protocol import Store

SHOWN_MS = 7 * 86_400_000


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said to a buyer of the milk in a unit: a card that may be made now, or why there is none.

    `made` are the cards of the last week, the newest first.
    """

    unit: Unit
    site: Site
    offered: Issued | Refusal
    made: tuple[Entry, ...]


class Holding(enum.Enum):
    """Whether a card holds."""

    HOLDS = "holds"
    OVER = "over"  # its milk was to be sold by now
    FALLEN = "fallen"  # it was taken back, or would not be made any more by what is known now
    UNCHECKED = "unchecked"  # the readings cannot be read now


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A card as anybody sees it who has its code: what it said, whose milk it is, and whether that holds."""

    code: str
    card: Card
    site: Site
    holding: Holding


def offer(session: Session, store: Store, fleet: Fleet, unit: Unit, *, now_ms: int) -> Offer | None:
    """Return what may be said of the milk in a unit; None where it keeps no raw milk. Raises as the store does."""
    milk = milk_now(session, fleet, unit, now_ms=now_ms)
    if milk is None:
        return None
    offered = _offered(session, store, fleet, unit, now_ms=now_ms)
    if isinstance(offered, Issued) and milk.because is not Because.IN_TIME:
        offered = Refusal.TOO_LATE  # what the cooperative is told is never less careful than what a buyer is
    made = tuple(rows.of_unit(session, unit.id, from_ms=now_ms - SHOWN_MS))
    return Offer(unit=unit, site=milk.site, offered=offered, made=made)


def checked(session: Session, store: Store, fleet: Fleet, code: str, *, now_ms: int) -> Checked | None:
    """Return the card of a code; None where there is none, or its cooler is no more in the fleet."""
    entry = rows.of_code(session, code)
    unit = None if entry is None else fleet.units.get(UnitId(entry.unit))
    if entry is None or unit is None:
        return None
    return Checked(
        code=entry.code,
        card=entry.issued.card,
        site=fleet.sites[unit.site],
        holding=_holding(session, store, fleet, unit, entry, now_ms=now_ms),
    )


def _offered(session: Session, store: Store, fleet: Fleet, unit: Unit, *, now_ms: int) -> Issued | Refusal:
    found = seen(session, store, fleet, unit, at_ms=now_ms)
    if found is None:
        return Refusal.SILENT
    card = drawn_up(found, uncooled=is_uncooled(session, unit))
    return Issued(card=card, terms=found.terms) if isinstance(card, Card) else card


def _holding(session: Session, store: Store, fleet: Fleet, unit: Unit, entry: Entry, *, now_ms: int) -> Holding:
    """Return whether a card holds: it is drawn up anew as of then, with all that has been learnt since."""
    card = entry.issued.card
    if entry.withdrawn_ms is not None or _failed_since(session, unit, card, now_ms=now_ms):
        return Holding.FALLEN
    try:
        found = seen(session, store, fleet, unit, at_ms=card.at_ms, terms=entry.issued.terms)
    except (StoreUnavailable, StoreRefused):
        return Holding.UNCHECKED
    anew = Refusal.SILENT if found is None else drawn_up(found)
    if not isinstance(anew, Card) or anew.until_ms < card.until_ms:
        return Holding.FALLEN
    return Holding.OVER if now_ms >= card.until_ms else Holding.HOLDS


def _failed_since(session: Session, unit: Unit, card: Card, *, now_ms: int) -> bool:
    """Return whether a test has refused the milk since, before it was gone from the unit."""
    for event in in_force(session, unit.id, from_ms=card.at_ms, to_ms=min(now_ms, card.at_ms + LEAD_MS)):
        if isinstance(event, Emptied) or (isinstance(event, MovedOut) and event.litres is None):
            return False
        if isinstance(event, Tested) and event.failed:
            return True
    return False
