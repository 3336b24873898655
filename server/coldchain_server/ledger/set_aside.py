"""Which probes are set aside, and when one was, as the ledger says."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import ProbeUrn
from coldchain_server.ledger.tables import SetAsideRow


def probes_aside(session: Session) -> dict[ProbeUrn, int]:
    """Return every probe that is set aside, and since when."""
    aside = select(SetAsideRow.probe, SetAsideRow.from_ms).where(SetAsideRow.to_ms.is_(None)).order_by(SetAsideRow.id)
    return {ProbeUrn(probe): from_ms for probe, from_ms in session.execute(aside)}


def stretches_aside(session: Session, probe: ProbeUrn) -> tuple[tuple[int, int | None], ...]:
    """Return from when until when a probe was set aside, each time; None: it still is."""
    aside = select(SetAsideRow.from_ms, SetAsideRow.to_ms).where(SetAsideRow.probe == probe).order_by(SetAsideRow.id)
    return tuple((from_ms, to_ms) for from_ms, to_ms in session.execute(aside))


def was_aside(stretches: Iterable[tuple[int, int | None]], at_ms: int) -> bool:
    """Return whether a probe was set aside at an instant."""
    return any(from_ms <= at_ms and (to_ms is None or at_ms < to_ms) for from_ms, to_ms in stretches)
