"""What a demo run did, read back from the store and the ledger after everything was drained."""

import msgspec
from sqlalchemy import func, select

from coldchain_app.app import App
from coldchain_server.ledger.tables import IncidentRow, NotificationRow, TransitionRow
from coldchain_server.store.totals import stored_totals


class DemoReport(msgspec.Struct, frozen=True, kw_only=True):
    """`readings_taken` is what the simulator saw being read; stored and duplicates are counted in the store itself.

    `first_alert_latency_s` is in wall time: from the reading that completed the first breach, as it was taken, until
    the first message about it was handed over, whoever found it first, the box or the server; None where nobody was
    told of anything.
    """

    readings_taken: int
    readings_stored: int
    readings_quarantined: int
    duplicates: int
    incidents_opened: int
    incidents_resolved: int
    notifications_sent: int
    first_alert_latency_s: float | None
    wall_s: float
    simulated_s: float

    @property
    def complete(self) -> bool:
        """Return whether every reading taken is stored exactly once."""
        return self.readings_taken == self.readings_stored + self.readings_quarantined and self.duplicates == 0


def report_of(app: App, *, taken: int, wall_s: float, simulated_s: float) -> DemoReport:
    """Count what is in the store and the ledger now."""
    totals = stored_totals(app.store())
    with app.sessions()() as session:
        opened = session.scalar(select(func.count()).select_from(IncidentRow)) or 0
        resolved = session.scalar(
            select(func.count()).select_from(TransitionRow).where(TransitionRow.to_state == "resolved")
        )
        sent = session.scalar(select(func.count()).select_from(NotificationRow).where(NotificationRow.state == "sent"))
        first = session.execute(
            select(TransitionRow.happened_ms, NotificationRow.sent_ms)
            .join(NotificationRow, NotificationRow.transition_id == TransitionRow.id)
            .where(NotificationRow.state == "sent", TransitionRow.to_state == "open")
            .order_by(NotificationRow.sent_ms, TransitionRow.happened_ms)
            .limit(1)
        ).first()
    return DemoReport(
        readings_taken=taken,
        readings_stored=totals.stored,
        readings_quarantined=sum(len(entry.item.sequences) for entry in app.spool().entries()),
        duplicates=totals.duplicates,
        incidents_opened=opened,
        incidents_resolved=resolved or 0,
        notifications_sent=sent or 0,
        first_alert_latency_s=None if first is None else _wall_s(app, first.sent_ms - first.happened_ms),
        wall_s=round(wall_s, 3),
        simulated_s=round(simulated_s, 3),
    )


def _wall_s(app: App, span_ms: int) -> float:
    return round(app.clock.wall_seconds(span_ms / 1000), 3)
