"""What is wrong with a device and a person must see to: entered when it begins, closed when it is over."""

import enum

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import DeviceId
from coldchain_contract.topics import Topic
from coldchain_server.ledger.tables import FindingRow

log = structlog.get_logger()


class FindingKind(enum.Enum):
    """What can be wrong with a device."""

    TWO_BOXES = "two-boxes"


_BEGINS = {
    FindingKind.TWO_BOXES: "two boxes speak under one device's name; enrol one of them under a name of its own",
}
_ENDS = {FindingKind.TWO_BOXES: "only one box speaks under the device's name again"}


def begin(session: Session, kind: FindingKind, topic: Topic, *, at_ms: int, detail: str) -> None:
    """Enter that it goes on since `at_ms`; where it does already, only that it still did then."""
    row = going_on(session, kind, topic.device)
    if row is not None:
        row.last_ms = max(row.last_ms, at_ms)
        return
    entered = FindingRow(
        site=topic.site, device=topic.device, kind=kind.value, since_ms=at_ms, last_ms=at_ms, detail=detail
    )
    session.add(entered)
    session.flush()
    log.warning(_BEGINS[kind], device=topic.device, detail=detail)


def end(session: Session, kind: FindingKind, device: DeviceId, *, at_ms: int) -> None:
    """Enter that it is over; nothing where it was not going on."""
    row = going_on(session, kind, device)
    if row is not None:
        row.ended_ms = at_ms
        log.info(_ENDS[kind], device=device)


def going_on(session: Session, kind: FindingKind, device: DeviceId) -> FindingRow | None:
    """Return the finding that goes on, if one does."""
    wanted = select(FindingRow).where(
        FindingRow.device == device, FindingRow.kind == kind.value, FindingRow.ended_ms.is_(None)
    )
    return session.scalars(wanted).first()
