"""What is standing of a unit and nobody is called for: entered when it is found, closed when it is over."""

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_judgement.course import Course
from coldchain_judgement.rules import too_small
from coldchain_judgement.verdicts import Standing
from coldchain_server.ledger.tables import FindingRow

log = structlog.get_logger()


def settle(session: Session, site: SiteId, unit: UnitId, course: Course, *, now_ms: int) -> None:
    """Have the finding that a unit is too small for its fills go on or be over, as its voice's course has it."""
    found = course.small is Standing.BREACH
    wanted = select(FindingRow).where(
        FindingRow.unit == unit, FindingRow.kind == too_small.NAME, FindingRow.ended_ms.is_(None)
    )
    row = session.scalars(wanted).first()
    if found and row is None:
        usual = f"usual_s={course.capacity.usual_s}"
        session.add(
            FindingRow(
                site=site, device="", unit=unit, kind=too_small.NAME, since_ms=now_ms, last_ms=now_ms, detail=usual
            )
        )
        log.warning("a unit is too small for its fills", unit=unit, usual_s=course.capacity.usual_s)
    elif row is not None and not found:
        row.ended_ms = now_ms
        log.info("a unit is no longer too small for its fills", unit=unit)
    elif row is not None:
        row.last_ms, row.detail = now_ms, f"usual_s={course.capacity.usual_s}"
