"""Reading a unit by the sticker on it: how it stands and what to do, for whoever is beside it, and nothing else."""

import msgspec
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import UnitId
from coldchain_judgement.advice import Action, Advice
from coldchain_judgement.light import Light
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Fleet
from coldchain_server.ledger.stickers import unit_of
from coldchain_server.queries.sharing import advised


class AtSticker(msgspec.Struct, frozen=True, kw_only=True):
    """State and action. Who has it knows neither place nor name, litres, sales or history; `advice` None: no data."""

    light: Light
    advice: Advice | None
    boils: bool


def at_sticker(session: Session, fleet: Fleet, code: str, *, now_ms: int) -> AtSticker:
    """Return what the sticker of that code shows; `UnknownThing` where it leads nowhere, or nowhere any more."""
    unit = fleet.units.get(UnitId(unit_of(session, code) or ""))
    if unit is None:
        raise UnknownThing("no sticker with this code, or another has taken its place")
    now, milk, advice = advised(session, fleet, unit, now_ms=now_ms)
    closed = advice is not None and advice.action is Action.KEEP_CLOSED
    return AtSticker(light=now.light, advice=advice, boils=milk is not None and milk.boils and closed)
