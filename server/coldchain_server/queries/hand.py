"""Reading what was measured by hand: where it may be, and what was told lately."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_judgement.limits import Limit
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Fleet, Site, Unit
from coldchain_server.hand.rows import UNDO_S, State
from coldchain_server.ledger.tables import HandReadingRow
from coldchain_server.queries.rows import site_named, unit_named
from coldchain_server.queries.standing import limit_crossed
from coldchain_server.sources.hand import OLDEST_S, measured_by_hand
from coldchain_server.viewer import Viewer

__all__ = ["OLDEST_S", "UNDO_S", "HandPage", "HandReading", "Measurable"]

_MOST_SHOWN = 10


class Measurable(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that the viewer may measure by hand."""

    site: Site
    unit: Unit


class HandReading(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody read off a thermometer. `can_undo` while it does not count yet; `beyond` is a limit it crosses."""

    id: str
    site: Site
    unit: Unit
    celsius: float
    at_ms: int
    who: str
    state: State
    can_undo: bool
    beyond: Limit | None


class HandPage(msgspec.Struct, frozen=True, kw_only=True):
    units: tuple[Measurable, ...]
    lately: tuple[HandReading, ...]


def measurable(fleet: Fleet, viewer: Viewer, *, now_ms: int) -> tuple[Measurable, ...]:
    """Return where the viewer may measure by hand."""
    return tuple(
        Measurable(site=fleet.sites[unit.site], unit=unit)
        for unit, _ in measured_by_hand(fleet, now_ms)
        if viewer.sees(unit.site) and viewer.handles_incidents
    )


def hand_page(session: Session, fleet: Fleet, viewer: Viewer, *, now_ms: int) -> HandPage:
    """Return where the viewer may measure, and what was told there within a day, the newest first."""
    units = measurable(fleet, viewer, now_ms=now_ms)
    told = select(HandReadingRow).where(HandReadingRow.told_ms > now_ms - OLDEST_S * 1000)
    if not viewer.sees_every_site:
        told = told.where(HandReadingRow.site == viewer.site)
    rows = session.scalars(told.order_by(HandReadingRow.told_ms.desc()).limit(_MOST_SHOWN))
    return HandPage(units=units, lately=tuple(_reading(row, fleet, now_ms=now_ms) for row in rows))


def seen_reading(session: Session, viewer: Viewer, reading: str) -> HandReadingRow:
    """Return a reading; `UnknownThing` where there is none or the viewer may not see it, without saying which."""
    row = session.get(HandReadingRow, reading)
    if row is None or not viewer.sees(row.site):
        raise UnknownThing("no reading by hand that you can see")
    return row


def _reading(row: HandReadingRow, fleet: Fleet, *, now_ms: int) -> HandReading:
    unit, state = unit_named(fleet, row.unit, site=row.site), State(row.state)
    profile = fleet.profiles.get(unit.profile)
    return HandReading(
        id=row.id,
        site=site_named(fleet, row.site),
        unit=unit,
        celsius=row.celsius,
        at_ms=row.at_ms,
        who=row.who,
        state=state,
        can_undo=state is State.WAITING and row.due_ms > now_ms,
        beyond=limit_crossed(profile.limits, row.celsius) if profile else None,
    )
