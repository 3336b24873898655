"""Which probes are set aside, as the ledger says now."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import ProbeUrn
from coldchain_server.ledger.tables import SetAsideRow


def probes_aside(session: Session) -> dict[ProbeUrn, int]:
    """Return every probe that is set aside, and since when."""
    aside = select(SetAsideRow.probe, SetAsideRow.from_ms).where(SetAsideRow.to_ms.is_(None)).order_by(SetAsideRow.id)
    return {ProbeUrn(probe): from_ms for probe, from_ms in session.execute(aside)}
