"""What judging has learnt of how units cool, for the boxes beside them: a new card need not learn it again."""

import msgspec
import structlog
from sqlalchemy import select

from coldchain_contract.identifiers import UnitId
from coldchain_contract.messages import CapacitySetting
from coldchain_judgement.capacity import Capacity
from coldchain_server.errors import LedgerUnavailable
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import CourseRow

log = structlog.get_logger()


class _Course(msgspec.Struct, frozen=True):
    capacity: Capacity = Capacity()


class _Carried(msgspec.Struct, frozen=True):
    """What is read of the course of a probe; the rest is judging's."""

    unit: UnitId
    course: _Course = _Course()


_decoder = msgspec.json.Decoder(_Carried)


def capacities(sessions: Sessions) -> dict[UnitId, CapacitySetting]:
    """Return what is known of each unit, by the probe that saw most of its fills; nothing where the ledger is away."""
    known: dict[UnitId, Capacity] = {}
    try:
        with sessions() as session:
            states = session.scalars(select(CourseRow.state).order_by(CourseRow.probe)).all()
    except LedgerUnavailable as error:
        log.warning("what units can cool is not told to their boxes now", why=str(error))
        return {}
    for state in states:
        try:
            carried = _decoder.decode(state)
        except msgspec.MsgspecError:  # another version wrote it: judging says so
            continue
        if len(carried.course.capacity.took_s) > len(known.get(carried.unit, Capacity()).took_s):
            known[carried.unit] = carried.course.capacity
    return {unit: CapacitySetting(took_s=one.took_s, slowest_s=one.slowest_s) for unit, one in known.items()}
