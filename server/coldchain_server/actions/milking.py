"""What people tell of the milk in a unit, as deeds: told once, taken back while it is shown, each audited."""

import uuid

import msgspec
from sqlalchemy.orm import Session

from coldchain_judgement.milk.events import Emptied, Event, MilkIn, MovedIn, MovedOut, Sold, Tested
from coldchain_server.actions.audit import note
from coldchain_server.errors import BadEntry
from coldchain_server.fleet.model import Fleet, Unit
from coldchain_server.milk import rows
from coldchain_server.milk.rows import Entry, Telling
from coldchain_server.queries.courses import voices_course
from coldchain_server.queries.milk import SHOWN_MS, TESTED_MS, batch_now

MOST_LITRES = 2000.0
_AHEAD_MS = 300_000
_JUST_NOW_MS = 1000
_POURED_WITHIN_MS = 6 * 3_600_000
"""Milk is tested when it is received, and poured in within so long; how long ago that was is told in whole hours."""


class MilkTold(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the milk in a unit as somebody tells it; `key` is the same when the same telling comes again."""

    key: str
    unit: str
    event: Event
    who: str
    channel: str


def tell(session: Session, fleet: Fleet, told: MilkTold, unit: Unit, *, now_ms: int) -> int | None:
    """Enter what somebody tells and return its number; None where it was told before.

    Raises `BadEntry` for a unit that keeps no raw milk, an instant ahead or too long ago, or litres that cannot be.
    """
    _check(fleet, unit, told.event, now_ms=now_ms)
    event = _after_readings(session, fleet, unit, told.event, now_ms=now_ms)
    if isinstance(event, Tested):
        event = _of_its_milk(session, fleet, unit, event, now_ms=now_ms)
    telling = Telling(key=told.key, site=unit.site, unit=unit.id, event=event, who=told.who, channel=told.channel)
    number = rows.tell(session, telling, now_ms=now_ms)
    if number is not None:
        note(session, at_ms=now_ms, who=told.who, action=_name(told.event), subject=f"unit {unit.id}")
    return number


def move(
    session: Session, fleet: Fleet, told: MilkTold, source: Unit, target: Unit, *, litres: float | None, now_ms: int
) -> bool:
    """Enter that milk went from one unit to another, as it was when it left; False where it was told before.

    Raises `BadEntry` as `tell` does, and where nobody knows of milk in the first.
    """
    if source.id == target.id:
        raise BadEntry("milk is moved to another cooler than it is in")
    batch = batch_now(session, fleet, source, now_ms=now_ms)
    if batch is None:
        raise BadEntry(f"nobody knows of milk in {source.name}: tell of it first")
    out = msgspec.structs.replace(told, event=MovedOut(at_ms=now_ms, litres=litres))
    if tell(session, fleet, out, source, now_ms=now_ms) is None:
        return False
    came = MovedIn(at_ms=now_ms, batch=batch, litres=litres or batch.litres)
    key = str(uuid.uuid5(uuid.NAMESPACE_OID, told.key))
    tell(session, fleet, msgspec.structs.replace(told, key=key, event=came), target, now_ms=now_ms)
    return True


def take_back(session: Session, entry: Entry, *, who: str, channel: str, now_ms: int) -> bool:
    """Take an event back; False where it was taken back before. `BadEntry` once it is too long ago to be shown."""
    if entry.event.at_ms < now_ms - _known_ms(entry.event):
        raise BadEntry("that is too long ago to be corrected: no raw milk is kept for so long")
    if not rows.withdraw(session, entry.id, who=who, channel=channel, now_ms=now_ms):
        return False
    note(session, at_ms=now_ms, who=who, action=f"undo-{_name(entry.event)}", subject=f"unit {entry.unit}")
    return True


def _after_readings(session: Session, fleet: Fleet, unit: Unit, event: Event, *, now_ms: int) -> Event:
    """Return an event of just now as the newest thing that is known of its unit.

    A box's clock may be seconds ahead of the server's: what is told after a reading was seen comes after it, and counts
    at once instead of as something told late.
    """
    course = voices_course(session, fleet, unit, now_ms=now_ms)
    last_ms = None if course is None else course.last_ms
    if last_ms is None or event.at_ms > last_ms or now_ms - event.at_ms > _JUST_NOW_MS:
        return event
    return msgspec.structs.replace(event, at_ms=last_ms + 1) if last_ms - event.at_ms <= _AHEAD_MS else event


def _of_its_milk(session: Session, fleet: Fleet, unit: Unit, event: Tested, *, now_ms: int) -> Tested:
    """Return a test that was done before its milk was poured in as one of that milk, from the pour on.

    It is of the milk that is there where that came within hours of the test, and nothing left the unit in between.
    """
    batch = batch_now(session, fleet, unit, now_ms=now_ms)
    if batch is None or not 0 < batch.begun_ms - event.at_ms <= _POURED_WITHIN_MS:
        return event
    between = rows.in_force(session, unit.id, from_ms=event.at_ms, to_ms=batch.begun_ms)
    if any(isinstance(one, Emptied | Sold | MovedOut) for one in between):
        return event
    return msgspec.structs.replace(event, at_ms=batch.begun_ms + 1)


def _check(fleet: Fleet, unit: Unit, event: Event, *, now_ms: int) -> None:
    if not fleet.profiles[unit.profile].raw_milk:
        raise BadEntry(f"{unit.name} keeps no raw milk: its limits are those of {fleet.profiles[unit.profile].title!r}")
    if event.at_ms > now_ms + _AHEAD_MS:
        raise BadEntry("that has not happened yet")
    if event.at_ms < now_ms - _known_ms(event):
        raise BadEntry(f"that is too long ago: it is told within {_known_ms(event) // 86_400_000} days")
    litres = getattr(event, "litres", None)
    if litres is not None and not 0 < litres <= MOST_LITRES:
        raise BadEntry(f"litres are more than 0 and at most {MOST_LITRES:g}")
    milked_ms = event.milked_ms if isinstance(event, MilkIn) else None
    if milked_ms is not None and not now_ms - SHOWN_MS <= milked_ms <= event.at_ms:
        raise BadEntry("milk is milked before it is poured in, and not days before")


def _known_ms(event: Event) -> int:
    return TESTED_MS if isinstance(event, Tested) else SHOWN_MS


def _name(event: Event) -> str:
    return str(event.__struct_config__.tag)
