"""Readings by hand as deeds: told by form or SMS, taken back while they do not count yet."""

from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from coldchain_judgement.limits import Limit
from coldchain_server.actions.audit import note
from coldchain_server.fleet.model import Fleet, Placement, Unit
from coldchain_server.hand import rows
from coldchain_server.ledger.tables import HandReadingRow
from coldchain_server.queries.standing import limit_crossed
from coldchain_server.sources import hand
from coldchain_server.sources.hand import Refusal, Refused


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """A reading as somebody tells it. `id` is the same when the same telling comes again."""

    id: UUID
    unit: str
    celsius: float
    at_ms: int
    who: str
    channel: str


def tell(session: Session, fleet: Fleet, telling: Telling, *, now_ms: int) -> bool:
    """Keep a reading until it counts; False where it was told before. `Refused` says why it is not taken."""
    unit, placement = measured(fleet, telling.unit, now_ms=now_ms)
    hand.check(telling.celsius, telling.at_ms, placement=placement, now_ms=now_ms)
    row = HandReadingRow(
        id=str(telling.id),
        site=unit.site,
        unit=unit.id,
        source=placement.device,
        probe=placement.probe,
        celsius=telling.celsius,
        at_ms=telling.at_ms,
        told_ms=now_ms,
        due_ms=now_ms + rows.UNDO_S * 1000,
        who=telling.who,
        channel=telling.channel,
        state=rows.State.WAITING.value,
    )
    if not rows.told(session, row):
        return False
    note(
        session, at_ms=now_ms, who=telling.who, action="measure", subject=f"unit {unit.id}", detail=f"{row.celsius} °C"
    )
    return True


def take_back(session: Session, reading: HandReadingRow, *, who: str, now_ms: int) -> bool:
    """Undo a reading; False where it counts already, or was undone before."""
    if not rows.undone(session, reading.id):
        return False
    detail = f"{reading.celsius} °C"
    note(session, at_ms=now_ms, who=who, action="undo-measure", subject=f"unit {reading.unit}", detail=detail)
    return True


def measured(fleet: Fleet, unit: str, *, now_ms: int) -> tuple[Unit, Placement]:
    """Return a unit and where its readings by hand belong; `Refused` where nobody measures it by hand."""
    for one, placement in hand.measured_by_hand(fleet, now_ms):
        if one.id == unit:
            return one, placement
    raise Refused(Refusal.NOT_MEASURED, f"unit {unit[:64]!r} is not measured by hand; the fleet file says which are")


def limit_of(fleet: Fleet, unit: Unit, celsius: float) -> Limit | None:
    """Return the gravest limit of a unit that a temperature is beyond."""
    return limit_crossed(fleet.profiles[unit.profile].limits, celsius)
