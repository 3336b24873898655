"""Late readings marked: which stretch of whose timeline is to be judged anew, and when that is worth beginning."""

import msgspec
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import ProbeUrn
from coldchain_server.ledger.tables import DirtyRow

QUIET_MS = 120_000
"""Backlog that still flows is waited for: it is worked in once no more of it has come for this long …"""

LONGEST_WAIT_MS = 1_800_000
"""… or once it has been coming for this long."""

Place = tuple[ProbeUrn, int]
"""A probe in one place: the probe, and when its placement began."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Instants between which readings of one probe came late; the spool held them up to `position`."""

    start_ms: int
    end_ms: int
    position: int

    def joined(self, other: "Stretch | None") -> "Stretch":
        """Return the stretch that holds both."""
        if other is None:
            return self
        return Stretch(
            start_ms=min(self.start_ms, other.start_ms),
            end_ms=max(self.end_ms, other.end_ms),
            position=max(self.position, other.position),
        )


def due_ms(*, first_ms: int, now_ms: int) -> int:
    """Return when to begin, where late readings have come since `first_ms` and came again now."""
    return min(now_ms + QUIET_MS, first_ms + LONGEST_WAIT_MS)


def mark(session: Session, place: Place, stretch: Stretch, *, now_ms: int) -> None:
    """Enter that a stretch is dirty, joined with what is dirty already.

    What was worked in after its start is undone. Only judging calls this, one transaction at a time; whoever works the
    stretch in may delete the row meanwhile, and is waited for.
    """
    probe, from_ms = place
    row = session.get(DirtyRow, (probe, from_ms), with_for_update=True, populate_existing=True)
    if row is None:
        row = DirtyRow(probe=probe, from_ms=from_ms, marks=0, position=0, marked_ms=now_ms)
        session.add(row)
    elif row.start_ms is None:
        row.marked_ms = now_ms
    if row.through_ms is not None and stretch.start_ms <= row.through_ms:
        # What lies between is as it was followed, not as live judging had it: it is to be followed as far again.
        stretch = stretch.joined(Stretch(start_ms=stretch.start_ms, end_ms=row.through_ms, position=row.position))
        row.through_ms, row.course = None, None
    joined = stretch.joined(_dirty(row))
    row.start_ms, row.end_ms, row.position = joined.start_ms, joined.end_ms, max(joined.position, row.position)
    row.marks += 1
    row.due_ms = due_ms(first_ms=row.marked_ms, now_ms=now_ms)


def _dirty(row: DirtyRow) -> Stretch | None:
    if row.start_ms is None or row.end_ms is None:
        return None
    return Stretch(start_ms=row.start_ms, end_ms=row.end_ms, position=row.position)
