"""What is said of the milk in a unit as it is now, for whoever tells people of the unit."""

from sqlalchemy.orm import Session

from coldchain_server.fleet.model import Fleet, Unit
from coldchain_server.notifications.milk import Milks, MilkSaid
from coldchain_server.queries.milk import milk_now


def milks_of(fleet: Fleet) -> Milks:
    """Return what tells it of a fleet's units: as their cards do, and nothing where nobody knows of any milk."""

    def said(session: Session, unit: Unit, now_ms: int) -> MilkSaid | None:
        now = milk_now(session, fleet, unit, now_ms=now_ms)
        return None if now is None or now.batch is None else MilkSaid(advice=now.advice, boils=now.boils)

    return said
