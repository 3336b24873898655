"""What people have made of incidents for a while: what is muted, and which probes are set aside until a visit."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import ProbeUrn
from coldchain_server.fleet.model import Fleet, Place, Site, Unit
from coldchain_server.ledger.tables import MuteRow, SetAsideRow
from coldchain_server.queries.rows import site_named, unit_named
from coldchain_server.viewer import Viewer


class MuteNow(msgspec.Struct, frozen=True, kw_only=True):
    """A mute that is not over: of a unit, else of a site, else (both None) of every site."""

    id: int
    site: Site | None
    unit: Unit | None
    from_ms: int
    to_ms: int
    critical_milk: bool
    who: str
    why: str


class AsideNow(msgspec.Struct, frozen=True, kw_only=True):
    """A probe that is set aside, for the next authorised visit to check or replace. `judged`: another speaks for it."""

    probe: ProbeUrn
    unit: Unit
    site: Site
    place: Place | None
    since_ms: int
    who: str
    why: str
    judged: bool


def mutes_now(session: Session, fleet: Fleet, viewer: Viewer, *, now_ms: int) -> tuple[MuteNow, ...]:
    """Return what is muted, or will be, the next to end first; what is muted everywhere concerns everybody."""
    rows = session.scalars(select(MuteRow).where(MuteRow.to_ms > now_ms).order_by(MuteRow.to_ms, MuteRow.id))
    return tuple(_mute(row, fleet) for row in rows if not row.site or viewer.sees(row.site))


def probes_set_aside(session: Session, fleet: Fleet, viewer: Viewer, *, now_ms: int) -> tuple[AsideNow, ...]:
    """Return the probes that judge nothing until somebody puts them back in use, the longest set aside first."""
    rows = session.scalars(select(SetAsideRow).where(SetAsideRow.to_ms.is_(None)).order_by(SetAsideRow.id)).all()
    aside = {row.probe for row in rows}
    return tuple(_aside(row, fleet, aside, now_ms=now_ms) for row in rows if viewer.sees(row.site))


def _mute(row: MuteRow, fleet: Fleet) -> MuteNow:
    return MuteNow(
        id=row.id,
        site=site_named(fleet, row.site) if row.site else None,
        unit=unit_named(fleet, row.unit, site=row.site) if row.unit else None,
        from_ms=row.from_ms,
        to_ms=row.to_ms,
        critical_milk=row.critical_milk,
        who=row.who,
        why=row.why,
    )


def _aside(row: SetAsideRow, fleet: Fleet, aside: set[str], *, now_ms: int) -> AsideNow:
    placement = fleet.placement(ProbeUrn(row.probe), now_ms)
    unit = unit_named(fleet, row.unit, site=row.site)
    others = (one for one in fleet.placements_of(unit.id) if one.holds(now_ms) and one.probe not in aside)
    return AsideNow(
        probe=ProbeUrn(row.probe),
        unit=unit,
        site=site_named(fleet, row.site),
        place=placement.place if placement else None,
        since_ms=row.from_ms,
        who=row.who,
        why=row.why,
        judged=any(one.place in (Place.MILK, Place.WALL) for one in others),
    )
