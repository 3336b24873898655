"""Readings that will not come any more: entered by name, and said once."""

from uuid import UUID

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.sequences import Sequences
from coldchain_server.asking.gaps import WhyLost
from coldchain_server.ledger.tables import LossRow

log = structlog.get_logger()


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of one outbox that were given to readings which will not come any more."""

    site: SiteId
    device: DeviceId
    outbox: UUID
    sequences: Sequences
    why: WhyLost


def enter(session: Session, loss: Loss, *, now_ms: int) -> None:
    """Name what of `loss` has not been named yet; nothing where all of it has."""
    fresh = loss.sequences - lost(session, loss.outbox)
    if not fresh.ranges:
        return
    row = LossRow(
        site=loss.site,
        device=loss.device,
        outbox=str(loss.outbox),
        sequences=str(fresh),
        readings=len(fresh),
        why=loss.why.value,
        learnt_ms=now_ms,
    )
    session.add(row)
    session.flush()
    log.warning(
        "readings are lost for good",
        device=loss.device,
        outbox=str(loss.outbox),
        sequences=_short(fresh),
        readings=len(fresh),
        why=loss.why.value,
    )


def lost(session: Session, outbox: UUID) -> Sequences:
    """Return every number of `outbox` that has been named as lost; some may have come after all, on a USB key."""
    together = Sequences()
    for (text,) in session.execute(select(LossRow.sequences).where(LossRow.outbox == str(outbox))):
        together |= Sequences.parse(text)
    return together


def _short(numbers: Sequences) -> str:
    text = str(numbers)
    return text if len(text) <= 200 else f"{text[:200]}…"
