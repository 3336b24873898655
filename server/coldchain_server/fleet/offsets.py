"""Offsets on how the milk of sites begins: who put which in force or withdrew it, when and why; the newest counts."""

import msgspec
import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import SiteId
from coldchain_judgement.milk.learning import Learnt
from coldchain_server.fleet.model import Fleet, Site
from coldchain_server.ledger.tables import SiteOffsetRow

log = structlog.get_logger()


class OffsetEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a site's history. `learnt` None: what was in force before is withdrawn."""

    number: int
    site: str
    learnt: Learnt | None
    at_ms: int
    who: str
    why: str


def add(session: Session, site: str, learnt: Learnt | None, *, who: str, why: str, at_ms: int) -> int:
    """Let `learnt` be in force at a site, None: nothing; within somebody else's transaction. Return its number."""
    text = "" if learnt is None else msgspec.json.encode(learnt).decode()
    row = SiteOffsetRow(site=site, offset=text, at_ms=at_ms, who=who[:64], why=why)
    session.add(row)
    session.flush()
    return row.id


def history(session: Session, site: str) -> tuple[OffsetEntry, ...]:
    """Return what was in force at a site, newest first; what this version cannot read is said, and left out."""
    rows = session.scalars(select(SiteOffsetRow).where(SiteOffsetRow.site == site).order_by(SiteOffsetRow.id.desc()))
    return tuple(entry for entry in map(_entry, rows) if entry is not None)


def newest(session: Session) -> int:
    """Return the number of the newest entry of any site, 0 where there is none."""
    return session.scalar(select(func.max(SiteOffsetRow.id))) or 0


def applied(session: Session, fleet: Fleet) -> Fleet:
    """Return `fleet` with the offsets that are in force now, whatever it had before; sites without one have none."""
    newest_of_each = select(func.max(SiteOffsetRow.id)).group_by(SiteOffsetRow.site)
    rows = session.scalars(select(SiteOffsetRow).where(SiteOffsetRow.id.in_(newest_of_each)))
    learnt = {entry.site: entry.learnt for entry in map(_entry, rows) if entry is not None}
    sites = {name: _with(site, learnt.get(name)) for name, site in fleet.sites.items()}
    return fleet if sites == fleet.sites else msgspec.structs.replace(fleet, sites=sites)


def without(fleet: Fleet, site: SiteId) -> Fleet:
    """Return `fleet` with no offset at one site: tests are held against what would be presumed without any."""
    return msgspec.structs.replace(fleet, sites=fleet.sites | {site: _with(fleet.sites[site], None)})


def _with(site: Site, learnt: Learnt | None) -> Site:
    if learnt is None:
        return msgspec.structs.replace(site, offset_log10=0.0, tested=False)
    return msgspec.structs.replace(site, offset_log10=learnt.log10, tested=learnt.tested)


def _entry(row: SiteOffsetRow) -> OffsetEntry | None:
    try:
        learnt = msgspec.json.decode(row.offset, type=Learnt) if row.offset else None
    except msgspec.MsgspecError as error:
        log.error("an offset cannot be read, and does not count", site=row.site, why=str(error))
        return None
    return OffsetEntry(number=row.id, site=row.site, learnt=learnt, at_ms=row.at_ms, who=row.who, why=row.why)
